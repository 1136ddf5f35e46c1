import { hasRoom } from "./has-room.ts";
import type { PickDeployment } from "./pick-deployment.ts";

/** The first available target that is not above its limit of requests in flight; where all are, the first available one. */
export const pickInOrder: PickDeployment = (_request, candidates) => {
  let first = -1;
  for (let i = 0; i < candidates.length; i++) {
    const candidate = candidates[i] as (typeof candidates)[number];
    if (!candidate.isAvailable) continue;
    if (first < 0) first = i;
    if (candidate.readyReplicas > 0 && hasRoom(candidate)) return i;
  }
  return first;
};

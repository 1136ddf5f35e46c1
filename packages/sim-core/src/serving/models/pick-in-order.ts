import type { PickDeployment } from "./pick-deployment.ts";

/** The first available target that is not above its limit of requests in flight; where all are, the first available one. */
export const pickInOrder: PickDeployment = (_request, candidates) => {
  let first = -1;
  for (let i = 0; i < candidates.length; i++) {
    const { isAvailable, inFlight, readyReplicas, inFlightPerReplicaMax } = candidates[i] as (typeof candidates)[number];
    if (!isAvailable) continue;
    if (first < 0) first = i;
    if (readyReplicas > 0 && inFlight < inFlightPerReplicaMax * readyReplicas) return i;
  }
  return first;
};

import { hasRoom } from "./has-room.ts";
import type { ModelCandidate, PickDeployment } from "./pick-deployment.ts";

/** The first target that is good enough for what the request looks like, the last one for what is beyond all; another one while that is full. */
export const pickByComplexity: PickDeployment = ({ score }, candidates) => {
  let meant = candidates.length - 1;
  for (let i = candidates.length - 2; i >= 0; i--) if (score <= ((candidates[i] as ModelCandidate).scoreMax ?? 1)) meant = i;
  return withRoom(meant, candidates);
};

/** The first target, whatever the request looks like; another one while that is full. */
export const pickCascade: PickDeployment = (_request, candidates) => withRoom(0, candidates);

/** The target that is meant; while it is full or gone the next better one with room, else the next lesser one; when all are full the one that is meant. */
function withRoom(meant: number, candidates: readonly Readonly<ModelCandidate>[]): number {
  for (let i = meant; i < candidates.length; i++) if (hasRoom(candidates[i] as ModelCandidate)) return i;
  for (let i = meant - 1; i >= 0; i--) if (hasRoom(candidates[i] as ModelCandidate)) return i;
  for (let i = meant; i < candidates.length; i++) if (candidates[i]?.isAvailable === true) return i;
  for (let i = meant - 1; i >= 0; i--) if (candidates[i]?.isAvailable === true) return i;
  return meant;
}

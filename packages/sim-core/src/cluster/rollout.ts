import { podsDown, podsUp } from "./pod-amount.ts";
import type { RolloutState } from "./state.ts";

/** Pods of a deployment that exist and are not terminating, by revision. */
export interface RolloutCounts {
  readonly specReplicas: number;
  readonly fresh: number;
  readonly freshReady: number;
  readonly old: number;
  readonly oldReady: number;
}

export interface RolloutStep {
  readonly add: number;
  readonly removeFresh: number;
  readonly removeUnreadyOld: number;
  readonly removeReadyOld: number;
}

/**
 * What the deployment controller does next: new pods as the surge allows, then as many old ones away as may be missing,
 * those that serve nobody first. Replicas that change meanwhile change the new revision, not both in proportion.
 * @see kubernetes v1.37 pkg/controller/deployment/rolling.go, reconcileNewReplicaSet and reconcileOldReplicaSets
 */
export function nextRolloutStep(limits: RolloutState, counts: RolloutCounts): RolloutStep {
  const { specReplicas, fresh, freshReady, old, oldReady } = counts;
  const surge = podsUp(limits.maxSurge, specReplicas);
  const unavailable = podsDown(limits.maxUnavailable, specReplicas);
  // both 0 would stand still for ever
  const minAvailable = specReplicas - (surge === 0 && unavailable === 0 ? 1 : unavailable);
  const add = Math.max(0, Math.min(specReplicas + surge - fresh - old, specReplicas - fresh));
  const removable = Math.max(0, fresh + add + old - minAvailable - (fresh + add - freshReady));
  const removeUnreadyOld = Math.min(removable, old - oldReady);
  const removeReadyOld = Math.max(0, Math.min(removable - removeUnreadyOld, oldReady, freshReady + oldReady - minAvailable));
  return { add, removeFresh: Math.max(0, fresh - specReplicas), removeUnreadyOld, removeReadyOld };
}

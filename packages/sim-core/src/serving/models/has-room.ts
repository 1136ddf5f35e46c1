import type { ModelCandidate } from "./pick-deployment.ts";

/** Whether a target is available and below every limit it has; one without limits always has room. */
export function hasRoom(candidate: Readonly<ModelCandidate>): boolean {
  const { isAvailable, inFlight, readyReplicas, inFlightPerReplicaMax, kvCacheUtilization, kvCacheUtilizationMax = 1 } = candidate;
  if (!isAvailable || kvCacheUtilization > kvCacheUtilizationMax) return false;
  return inFlightPerReplicaMax === Number.POSITIVE_INFINITY || inFlight < inFlightPerReplicaMax * readyReplicas;
}

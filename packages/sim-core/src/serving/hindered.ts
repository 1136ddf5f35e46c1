/** What has got in an attempt's way, as bits of `RequestTable.hindered`. */
export const Hindered = {
  /** It was preempted at least once. */
  Preempted: 1,
  /** It was sent to a replica that held clearly more than the mean. */
  Crowded: 2,
  /** An attempt of the request was cut off because its replica was told to end. */
  DrainCut: 4,
  /** An attempt of the request was cut off by a crash, or a node's loss. */
  Fault: 8,
  /** Another deployment had answered it before, and its answer did not do. */
  Escalated: 16,
} as const;

/** What ends an attempt against the will of all. */
export type CutReason = typeof Hindered.DrainCut | typeof Hindered.Fault;

/** A replica holds clearly more than the mean when it holds this share of it more, and no less than this much of an attempt. */
const CROWDED_SHARE = 0.5;

/** Whether a replica's attempts in flight are clearly more than the mean of those it could have been instead. */
export function isCrowded(inFlight: number, inFlightOfAll: number, replicas: number): boolean {
  const mean = inFlightOfAll / replicas;
  return inFlight - mean >= CROWDED_SHARE * Math.max(1, mean);
}

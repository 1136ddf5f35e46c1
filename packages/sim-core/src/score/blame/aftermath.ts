import type { DeploymentCapacity } from "../capacity-table.ts";
import { capacityPerReplica } from "../required.ts";
import { BLAME_CAUSES, causeCode } from "./causes.ts";

/** Work and what carries it, second by second. */
export interface WorkSeconds {
  /** Work that arrived, in requests of mean work. */
  readonly offeredWork: Float64Array;
  readonly reachable: Float64Array;
  /** Whether requests waited, by minute: at its beginning or at its end. */
  readonly isQueued: (minute: number) => boolean;
}

/** Replicas that have just come give less than κ, which is that of warm ones: a queue is looked for so long after the fluid one is empty. */
const LINGER_SECONDS = 60;
const BURST: number = /* @__PURE__ */ causeCode("burst");

/**
 * What a shortage leaves behind, and what crowding does where there is none: a fluid queue that gets the work of each second and gives
 * n·κ(n). While it is not empty, seconds with enough replicas belong to the shortage that filled it, or else to a burst: the arrivals of
 * some seconds were more than the replicas carry, those of the window on which required(t) rests were not.
 * @param shortage codes of causes by second, 0 where there are enough replicas
 * @returns the same, with these seconds filled in; burst only where the queue holds more than the one request that may have arrived
 */
export function withAftermath(shortage: Uint8Array, work: WorkSeconds, points: DeploymentCapacity["points"]): Uint8Array {
  const causes = shortage.slice();
  const tally = new Float64Array(BLAME_CAUSES.length + 1);
  const carried = carriedBy(points);
  let queue = 0;
  let most = 0;
  let servedSecond = Number.POSITIVE_INFINITY;
  for (let second = 0; second < causes.length; second++) {
    const cause = shortage[second] as number;
    const left = queue + (work.offeredWork[second] as number) - carried(work.reachable[second] as number);
    if (cause > 0) {
      tally[cause] = (tally[cause] as number) + 1;
      if (most === 0 || isMore(tally, cause, most)) most = cause;
      servedSecond = Number.POSITIVE_INFINITY;
    } else if (queue <= 0) {
      servedSecond = Math.min(servedSecond, second);
    }
    if (second - servedSecond > LINGER_SECONDS) {
      tally.fill(0);
      most = 0;
    }
    if (cause === 0 && most > 0 && work.isQueued(Math.floor(second / 60))) causes[second] = most;
    else if (cause === 0 && (queue > 0 || left > 1)) causes[second] = BURST;
    queue = Math.max(0, left);
  }
  return causes;
}

/** More seconds, or as many and earlier on the way. */
function isMore(tally: Float64Array, cause: number, than: number): boolean {
  const difference = (tally[cause] as number) - (tally[than] as number);
  return difference > 0 || (difference === 0 && cause < than);
}

/** n·κ(n), each computed once. */
function carriedBy(points: DeploymentCapacity["points"]): (replicas: number) => number {
  const known: number[] = [];
  return (replicas) => (known[replicas] ??= replicas * capacityPerReplica(points, replicas));
}

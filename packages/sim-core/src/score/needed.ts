import type { LedgerHistory } from "../record/ledger.ts";
import { ExactSum } from "../record/ledger-sum.ts";
import type { RequiredSteps } from "./required.ts";

/** Serving GPU time on one pool, split by whether the load needed it. Each part is integrated on its own. */
export interface NeededSplit {
  readonly pool: number;
  readonly neededMicroseconds: bigint;
  readonly bufferMicroseconds: bigint;
}

interface Cursor {
  readonly steps: readonly (readonly [fromMicroseconds: number, value: number])[];
  next: number;
  value: number;
}

/**
 * needed = ∫ min(ready, required), buffer = ∫ ready above required, in GPU-microseconds. What the load requires is
 * covered by the deployment's pools in their order: the first pool's replicas are needed first.
 * @param histories of one deployment, in the order of its pools
 */
export function splitServing(histories: readonly LedgerHistory[], required: RequiredSteps, gpusPerReplica: number): readonly NeededSplit[] {
  const pools = histories.map(({ servingGpus }) => ({ serving: cursor(servingGpus), needed: new ExactSum(), buffer: new ExactSum() }));
  const demand = cursor(required);
  const cursors = [demand, ...pools.map(({ serving }) => serving)];
  // Before the first boundary nothing serves.
  let now = nextBoundary(cursors);
  while (now < Number.POSITIVE_INFINITY) {
    for (const each of cursors) advance(each, now);
    const until = nextBoundary(cursors);
    if (until === Number.POSITIVE_INFINITY) break;
    let uncovered = demand.value * gpusPerReplica;
    for (const { serving, needed, buffer } of pools) {
      const covered = Math.min(serving.value, uncovered);
      needed.add(covered * (until - now));
      buffer.add(Math.max(serving.value - uncovered, 0) * (until - now));
      uncovered -= covered;
    }
    now = until;
  }
  return histories.map(({ pool }, i) => ({
    pool,
    neededMicroseconds: pools[i]?.needed.total() ?? 0n,
    bufferMicroseconds: pools[i]?.buffer.total() ?? 0n,
  }));
}

const cursor = (steps: Cursor["steps"]): Cursor => ({ steps, next: 0, value: 0 });

const nextBoundary = (cursors: readonly Cursor[]): number =>
  cursors.reduce((least, { steps, next }) => Math.min(least, steps[next]?.[0] ?? Number.POSITIVE_INFINITY), Number.POSITIVE_INFINITY);

function advance(each: Cursor, now: number): void {
  for (let step = each.steps[each.next]; step !== undefined && step[0] <= now; step = each.steps[each.next]) {
    each.value = step[1];
    each.next++;
  }
}

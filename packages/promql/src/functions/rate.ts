import { snapSeconds } from "../time.ts";
import type { Window } from "../value.ts";

/** What tells the three functions apart that share the extrapolation. */
export interface RateKind {
  /** The series only grows; a drop is a reset. */
  readonly counter: boolean;
  /** Divide by the range. */
  readonly perSecond: boolean;
}

/** At most this many average gaps from the first or last sample to the range's edge, the series is taken to go on to it. */
const EXTRAPOLATED_GAPS = 1.1;

/**
 * Change over a range, extrapolated to its edges: `rate`, `increase` and `delta`.
 * @returns undefined for fewer than two samples.
 * @see prometheus promql/functions.go, extrapolatedRate
 */
export function extrapolatedChange(window: Window, kind: RateKind): number | undefined {
  const { values, from, to } = window;
  return extrapolate(window, kind, kind.counter && to - from >= 2 ? droppedBetween(values, from, to) : 0);
}

/** As {@link extrapolatedChange}, with what a counter had reached before each of its resets already added up. */
export function extrapolate(window: Window, { counter, perSecond }: RateKind, dropped: number): number | undefined {
  const { times, values, from, to, startSeconds, endSeconds } = window;
  if (to - from < 2) return undefined;
  const first = values[from] ?? Number.NaN;
  let change = (values[to - 1] ?? Number.NaN) - first;
  if (counter) change += dropped;
  const firstTime = times[from] ?? Number.NaN;
  const lastTime = times[to - 1] ?? Number.NaN;
  const sampled = snapSeconds(lastTime - firstTime);
  const gap = sampled / (to - from - 1);
  const threshold = gap * EXTRAPOLATED_GAPS;
  let toStart = snapSeconds(firstTime - startSeconds);
  let toEnd = snapSeconds(endSeconds - lastTime);
  if (toStart >= threshold) toStart = gap / 2;
  // A counter cannot have been below zero: it began where the line through the samples does.
  if (counter && change > 0 && first >= 0) toStart = Math.min(toStart, sampled * (first / change));
  if (toEnd >= threshold) toEnd = gap / 2;
  let factor = (sampled + toStart + toEnd) / sampled;
  if (perSecond) factor /= snapSeconds(endSeconds - startSeconds);
  return change * factor;
}

/** What a counter had reached before each of its resets. */
function droppedBetween(values: ArrayLike<number>, from: number, to: number): number {
  let dropped = 0;
  let previous = values[from] ?? Number.NaN;
  for (let index = from + 1; index < to; index++) {
    const value = values[index] ?? Number.NaN;
    if (value < previous) dropped += previous;
    previous = value;
  }
  return dropped;
}

/** Change between the last two samples: `irate` per second (a drop is a reset), `idelta` as it is. */
export function lastChange({ times, values, from, to }: Window, perSecond: boolean): number | undefined {
  if (to - from < 2) return undefined;
  const last = values[to - 1] ?? Number.NaN;
  const previous = values[to - 2] ?? Number.NaN;
  const elapsed = snapSeconds((times[to - 1] ?? Number.NaN) - (times[to - 2] ?? Number.NaN));
  if (elapsed === 0) return undefined;
  if (!perSecond) return last - previous;
  return (last < previous ? last : last - previous) / elapsed;
}

/** How often a value differs from the one before. */
export function countChanges({ values, from, to }: Window): number {
  let changes = 0;
  for (let index = from + 1; index < to; index++) {
    const value = values[index] ?? Number.NaN;
    const previous = values[index - 1] ?? Number.NaN;
    if (value !== previous && !(Number.isNaN(value) && Number.isNaN(previous))) changes += 1;
  }
  return changes;
}

/** How often a value is below the one before. */
export function countResets({ values, from, to }: Window): number {
  let resets = 0;
  for (let index = from + 1; index < to; index++) {
    if ((values[index] ?? Number.NaN) < (values[index - 1] ?? Number.NaN)) resets += 1;
  }
  return resets;
}

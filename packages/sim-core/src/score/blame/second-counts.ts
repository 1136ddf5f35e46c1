import type { StepSeries } from "../result.ts";

/** Middle of a second: where step functions are looked at. */
const HALF = 0.5;

/** A step function at the middle of each second; 0 before its first entry. */
export function valueBySecond(series: StepSeries, seconds: number): Float64Array {
  const values = new Float64Array(seconds);
  series.forEach(([from, value], i) => {
    const until = series[i + 1]?.[0] ?? seconds;
    values.fill(value, firstSecond(from), Math.min(seconds, firstSecond(until)));
  });
  return values;
}

/** How many of the intervals contain the middle of each second. */
export function countBySecond(intervals: readonly (readonly [fromSeconds: number, untilSeconds: number])[], seconds: number): Float64Array {
  const counts = new Float64Array(seconds + 1);
  for (const [from, until] of intervals) {
    const first = Math.min(seconds, firstSecond(from));
    const end = Math.min(seconds, firstSecond(until));
    if (end <= first) continue;
    counts[first] = (counts[first] as number) + 1;
    counts[end] = (counts[end] as number) - 1;
  }
  for (let s = 1; s < seconds; s++) counts[s] = (counts[s] as number) + (counts[s - 1] as number);
  return counts.subarray(0, seconds);
}

/** The first second whose middle is not before a time. */
export function firstSecond(timeSeconds: number): number {
  return timeSeconds === Number.POSITIVE_INFINITY ? timeSeconds : Math.max(0, Math.ceil(timeSeconds - HALF));
}

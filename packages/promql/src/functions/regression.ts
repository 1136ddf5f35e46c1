import type { Window } from "../value.ts";
import { KahanSum } from "./sums.ts";

/** A fitted line: its slope per second, and its value at the instant asked for. */
export interface Line {
  readonly slope: number;
  readonly intercept: number;
}

/**
 * Least-squares line through the samples; exactly flat when all values are equal.
 * @param originSeconds where the intercept is taken, seconds since the start of the run.
 * @returns undefined for fewer than two samples.
 */
export function fitLine({ times, values, from, to }: Window, originSeconds: number): Line | undefined {
  const count = to - from;
  if (count < 2) return undefined;
  const initial = values[from] ?? Number.NaN;
  const sums = { x: new KahanSum(), y: new KahanSum(), xy: new KahanSum(), xx: new KahanSum() };
  let constant = true;
  for (let index = from; index < to; index++) {
    const y = values[index] ?? Number.NaN;
    const x = (times[index] ?? Number.NaN) - originSeconds;
    if (y !== initial && index > from) constant = false;
    sums.x.add(x);
    sums.y.add(y);
    sums.xy.add(x * y);
    sums.xx.add(x * x);
  }
  if (constant)
    return Math.abs(initial) === Number.POSITIVE_INFINITY ? { slope: Number.NaN, intercept: Number.NaN } : { slope: 0, intercept: initial };
  const [x, y, xy, xx] = [compensated(sums.x), compensated(sums.y), compensated(sums.xy), compensated(sums.xx)];
  const slope = (xy - (x * y) / count) / (xx - (x * x) / count);
  return { slope, intercept: y / count - (slope * x) / count };
}

function compensated({ sum, compensation }: KahanSum): number {
  return sum + compensation;
}

/**
 * Double exponential smoothing of level and trend.
 * @param factors smoothing and trend factor, both in (0, 1).
 * @returns undefined for fewer than two samples.
 */
export function smoothTwice(
  { values, from, to }: Window,
  factors: { readonly smoothing: number; readonly trend: number },
): number | undefined {
  if (to - from < 2) return undefined;
  const { smoothing, trend } = factors;
  let previous = 0;
  let level = values[from] ?? Number.NaN;
  let slope = (values[from + 1] ?? Number.NaN) - level;
  for (let index = from + 1; index < to; index++) {
    const scaled = smoothing * (values[index] ?? Number.NaN);
    if (index > from + 1) slope = trend * (level - previous) + (1 - trend) * slope;
    const carried = (1 - smoothing) * (level + slope);
    previous = level;
    level = scaled + carried;
  }
  return level;
}

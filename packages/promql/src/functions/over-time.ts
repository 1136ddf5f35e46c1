import type { Window } from "../value.ts";
import { quantileOf } from "./quantile.ts";
import { KahanSum } from "./sums.ts";

/** Sum of the samples. */
export function sumOverTime({ values, from, to }: Window): number {
  const sum = new KahanSum();
  for (let index = from; index < to; index++) sum.add(values[index] ?? Number.NaN);
  return sum.total;
}

/** Position of the largest or smallest sample, the last of equals; numbers are preferred to NaN. */
export function extremeIndex({ values, from, to }: Window, largest: boolean): number {
  let best = from;
  for (let index = from; index < to; index++) {
    const value = values[index] ?? Number.NaN;
    const extreme = values[best] ?? Number.NaN;
    if ((largest ? value >= extreme : value <= extreme) || Number.isNaN(extreme)) best = index;
  }
  return best;
}

/** Samples of a window as a list. */
export function samplesOf({ values, from, to }: Window): number[] {
  const samples: number[] = [];
  for (let index = from; index < to; index++) samples.push(values[index] ?? Number.NaN);
  return samples;
}

/** Median distance from the median. */
export function medianDeviation(window: Window): number {
  const samples = samplesOf(window);
  const median = quantileOf(0.5, samples);
  return quantileOf(
    0.5,
    samples.map((sample) => Math.abs(sample - median)),
  );
}

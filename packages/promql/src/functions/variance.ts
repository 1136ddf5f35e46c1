import { KahanSum } from "./sums.ts";

/** Population variance of a group of elements, by Welford's method; NaN when the first is not finite. */
export function populationVariance(values: readonly number[]): number {
  let mean = 0;
  let squares = 0;
  let count = 0;
  for (const value of values) {
    count += 1;
    const delta = value - mean;
    mean += delta / count;
    squares += delta * (value - mean);
  }
  return squares / count;
}

/** Population variance of `values[from … to)` over time, by Welford's method with compensated sums. */
export function varianceOverTime(values: ArrayLike<number>, from: number, to: number): number {
  const mean = new KahanSum();
  const squares = new KahanSum();
  let count = 0;
  for (let index = from; index < to; index++) {
    count += 1;
    const value = values[index] ?? Number.NaN;
    const delta = value - (mean.sum + mean.compensation);
    mean.add(delta / count);
    squares.add(delta * (value - (mean.sum + mean.compensation)));
  }
  return (squares.sum + squares.compensation) / count;
}

/** Values averaged before the rule is applied; the 5 of MSER-5. */
const BATCH = 5;
/** Means that a cut must leave, to judge it by. */
const LEAST_LEFT = 5;

/** Where a series has settled. */
export interface Truncation {
  /** Values to leave out at the beginning. */
  readonly values: number;
  /** False: the best cut lies in the last half, so the series is too short to tell, or never settles. */
  readonly isSettled: boolean;
}

/**
 * How much of the beginning of a series to leave out, by MSER-5: the cut that makes the squared standard error of what remains least,
 * over means of five. Cuts in the second half are not trusted.
 *
 * @param series equally spaced in time; fewer than 50 values never settle
 * @see White, Cobb and Spratt, "A comparison of five steady-state truncation heuristics for simulation", WSC 2000
 */
export function mser5(series: readonly number[]): Truncation {
  const batches = batchMeans(series);
  if (batches.length < 2 * LEAST_LEFT) return { values: 0, isSettled: false };
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  // backwards, so that each cut adds one batch; the last cuts leave too little to judge by
  let sum = 0;
  let squares = 0;
  const origin = batches[batches.length - 1] as number;
  for (let cut = batches.length - 1; cut >= 0; cut--) {
    const value = (batches[cut] as number) - origin;
    sum += value;
    squares += value * value;
    const count = batches.length - cut;
    if (count < LEAST_LEFT) continue;
    const criterion = Math.max(0, squares - (sum * sum) / count) / (count * count);
    if (criterion <= least) {
      least = criterion;
      best = cut;
    }
  }
  return { values: best * BATCH, isSettled: best <= batches.length / 2 };
}

function batchMeans(series: readonly number[]): readonly number[] {
  const means: number[] = [];
  for (let start = 0; start + BATCH <= series.length; start += BATCH) {
    let sum = 0;
    for (let i = start; i < start + BATCH; i++) sum += series[i] as number;
    means.push(sum / BATCH);
  }
  return means;
}

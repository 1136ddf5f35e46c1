import { ln } from "@replicast/sim-core";
import { solveSymmetric } from "./linear-system.ts";
import { type ForecastModel, meanOf, pushed } from "./model.ts";

export type AutoregressionOptions = {
  readonly kind: "autoregression";
  /** Samples the coefficients are estimated from. */
  readonly windowSteps: number;
  /** Lags; `aic`: as many as Akaike's criterion wants, at most `maxOrder`. */
  readonly order: number | "aic";
  readonly maxOrder: number;
  readonly method: "yuleWalker" | "leastSquares";
};

/** The samples of the window, oldest first. */
export type AutoregressionMemory = { readonly recent: readonly number[] };

/** A value is `intercept` plus each of the values before it, the last one first, times its coefficient. */
export interface Autoregression {
  readonly intercept: number;
  readonly coefficients: readonly number[];
}

/** Samples per lag before the lag is estimated: fewer would fit the noise. */
const SAMPLES_PER_LAG = 4;

/** Each value as a linear function of the ones before it, estimated anew at each sample from a moving window. */
export const autoregression: ForecastModel<AutoregressionOptions, AutoregressionMemory> = {
  initial: () => ({ recent: [] }),
  observe: ({ recent }, rate, { windowSteps }) => ({ recent: pushed(recent, rate, windowSteps) }),
  skip(memory, options) {
    const expected = autoregression.ahead(memory, 1, options)?.[1];
    return expected === undefined ? memory : autoregression.observe(memory, expected, options);
  },
  ahead({ recent }, steps, options) {
    const now = recent.at(-1);
    if (now === undefined) return null;
    if (recent.length < samplesNeeded(options)) return new Array<number>(steps + 1).fill(now);
    return [now, ...continued(recent, estimate(recent, options), steps)];
  },
  basis({ recent }, options) {
    const needs = samplesNeeded(options);
    if (recent.length >= needs) return { reason: "AutoregressionForecast" };
    return { reason: "LastValue", missing: { what: "autoregression", has: recent.length, needs } };
  },
};

/** Order and coefficients for a series. @see Brockwell and Davis, "Time Series: Theory and Methods", 2nd ed., 8.1 and 9.3 */
export function estimate(series: readonly number[], { order, maxOrder, method }: AutoregressionOptions): Autoregression {
  const most = Math.min(order === "aic" ? maxOrder : order, Math.floor(series.length / SAMPLES_PER_LAG));
  const solutions = levinsonDurbin(autocovariances(series, most));
  const chosen = order === "aic" ? orderByAic(solutions, series.length) : Math.min(order, solutions.length - 1);
  if (method === "leastSquares" && chosen > 0) return leastSquares(series, chosen);
  const coefficients = (solutions[chosen] as Solution).coefficients;
  return { intercept: meanOf(series) * (1 - coefficients.reduce((sum, value) => sum + value, 0)), coefficients };
}

function samplesNeeded({ order, windowSteps }: AutoregressionOptions): number {
  return Math.min(windowSteps, SAMPLES_PER_LAG * Math.max(2, order === "aic" ? 2 : order));
}

function continued(series: readonly number[], { intercept, coefficients }: Autoregression, steps: number): readonly number[] {
  const values = series.slice(series.length - coefficients.length);
  const known = values.length;
  for (let step = 0; step < steps; step++) {
    let next = intercept;
    coefficients.forEach((coefficient, lag) => {
      next += coefficient * (values[values.length - 1 - lag] as number);
    });
    values.push(next);
  }
  return values.slice(known);
}

interface Solution {
  readonly coefficients: readonly number[];
  /** Of what the coefficients leave unexplained. */
  readonly variance: number;
}

/** Covariances of a series with itself at lags 0 to `most`, each over the whole length, so that every solution is stationary. */
function autocovariances(series: readonly number[], most: number): readonly number[] {
  const mean = meanOf(series);
  return Array.from({ length: most + 1 }, (_, lag) => {
    let sum = 0;
    for (let i = lag; i < series.length; i++) sum += ((series[i] as number) - mean) * ((series[i - lag] as number) - mean);
    return sum / series.length;
  });
}

/** The Yule-Walker solutions of order 0, 1, 2 … up to the last covariance; fewer when nothing is left to explain. */
function levinsonDurbin(covariances: readonly number[]): readonly Solution[] {
  const solutions: Solution[] = [{ coefficients: [], variance: covariances[0] as number }];
  for (let order = 1; order < covariances.length; order++) {
    const { coefficients, variance } = solutions[order - 1] as Solution;
    if (!(variance > Number.EPSILON * (covariances[0] as number))) break;
    let rest = covariances[order] as number;
    coefficients.forEach((coefficient, i) => {
      rest -= coefficient * (covariances[order - 1 - i] as number);
    });
    const reflection = rest / variance;
    const before = coefficients.map((coefficient, i) => coefficient - reflection * (coefficients[order - 2 - i] as number));
    solutions.push({ coefficients: [...before, reflection], variance: variance * (1 - reflection * reflection) });
  }
  return solutions;
}

/** n ln σ² + 2 × order is least; of equals the smaller order. */
function orderByAic(solutions: readonly Solution[], samples: number): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  solutions.forEach(({ variance }, order) => {
    const criterion = variance > 0 ? samples * ln(variance) + 2 * order : Number.NEGATIVE_INFINITY;
    if (criterion < least) [best, least] = [order, criterion];
  });
  return best;
}

/** Regression of each value, from the `order`-th on, on the `order` values before it and a constant. */
function leastSquares(series: readonly number[], order: number): Autoregression {
  // Around the mean the products stay small, and so do their rounding errors.
  const mean = meanOf(series);
  const centred = series.map((value) => value - mean);
  const size = order + 1;
  const matrix = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  const right = new Array<number>(size).fill(0);
  for (let t = order; t < centred.length; t++) {
    const regressors = [1, ...Array.from({ length: order }, (_, lag) => centred[t - 1 - lag] as number)];
    regressors.forEach((a, row) => {
      right[row] = (right[row] as number) + a * (centred[t] as number);
      const target = matrix[row] as number[];
      for (let column = 0; column <= row; column++) target[column] = (target[column] as number) + a * (regressors[column] as number);
    });
  }
  const solution = solveSymmetric(matrix, right);
  // Lags that are multiples of each other leave the line undetermined: the mean goes on.
  if (solution === undefined) return { intercept: mean, coefficients: [] };
  const [constant = 0, ...coefficients] = solution;
  return { intercept: mean + constant - mean * coefficients.reduce((sum, value) => sum + value, 0), coefficients };
}

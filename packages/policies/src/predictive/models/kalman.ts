import type { ForecastModel } from "./model.ts";

export type KalmanOptions = {
  readonly kind: "kalman";
  /** Variance of the level's own steps, in units of the variance of the noise; how fast the level may wander. */
  readonly levelVariance: number;
  /** Variance of the slope's steps, in the same units. */
  readonly slopeVariance: number;
};

/**
 * Level and slope with the covariance of their errors, in units of the noise; what the last sample has taught included.
 * Before two samples nothing is known of the slope, and `covariance` is null.
 */
export type KalmanMemory = {
  readonly level: number | null;
  readonly slope: number;
  readonly covariance: readonly [level: number, both: number, slope: number] | null;
};

const UNKNOWN: KalmanMemory = { level: null, slope: 0, covariance: null };

/**
 * A level that wanders and a slope that wanders, seen through noise: the local linear trend, by Kalman's filter, from a start that knows
 * nothing. A missing sample widens what is uncertain, so that the next one counts for more.
 * @see Harvey, "Forecasting, Structural Time Series Models and the Kalman Filter", 1989, 2.3.6 and 3.3.4
 */
export const kalman: ForecastModel<KalmanOptions, KalmanMemory> = {
  initial: () => UNKNOWN,
  observe: (memory, rate, options) => update(memory, rate, options).memory,
  // A slope needs two samples in a row: the first one alone is forgotten.
  skip: (memory, options) => (memory.covariance === null ? UNKNOWN : predicted(memory, memory.covariance, options)),
  ahead({ level, slope }, steps) {
    return level === null ? null : Array.from({ length: steps + 1 }, (_, step) => level + step * slope);
  },
  basis({ covariance }) {
    return covariance === null ? { reason: "LastValue", missing: { what: "slope", has: 1, needs: 2 } } : { reason: "KalmanForecast" };
  },
};

/** What a sample was off by, and the variance that was to be expected of that, in units of the noise; none while the filter knows nothing. */
export interface Innovation {
  readonly error: number;
  readonly variance: number;
}

/** One sample more. */
export function update(
  memory: KalmanMemory,
  rate: number,
  options: KalmanOptions,
): { readonly memory: KalmanMemory; readonly innovation?: Innovation } {
  if (memory.level === null) return { memory: { level: rate, slope: 0, covariance: null } };
  if (memory.covariance === null) return { memory: afterTwo(memory.level, rate, options) };
  const { level, slope, covariance } = predicted(memory, memory.covariance, options);
  const [pLevel, pBoth, pSlope] = covariance;
  const error = rate - level;
  const variance = pLevel + 1;
  const gainLevel = pLevel / variance;
  const gainSlope = pBoth / variance;
  return {
    innovation: { error, variance },
    memory: {
      level: level + gainLevel * error,
      slope: slope + gainSlope * error,
      covariance: [pLevel / variance, pBoth / variance, pSlope - gainSlope * pBoth],
    },
  };
}

/** The limit of a filter whose first variances grow without bounds: the line through both samples. */
function afterTwo(first: number, second: number, { levelVariance, slopeVariance }: KalmanOptions): KalmanMemory {
  return { level: second, slope: second - first, covariance: [1, 1, 2 + levelVariance + slopeVariance] };
}

interface Predicted {
  readonly level: number;
  readonly slope: number;
  readonly covariance: Covariance;
}

type Covariance = NonNullable<KalmanMemory["covariance"]>;

function predicted({ level, slope }: KalmanMemory, [pLevel, pBoth, pSlope]: Covariance, options: KalmanOptions): Predicted {
  return {
    level: (level ?? 0) + slope,
    slope,
    covariance: [pLevel + 2 * pBoth + pSlope + options.levelVariance, pBoth + pSlope, pSlope + options.slopeVariance],
  };
}

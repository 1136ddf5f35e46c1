/** Predicts the next interval's value from those before; leading zeros are skipped. @see ai-dynamo planner core/load/predictors.py */
export type Predictor = "constant" | "kalman";

/** Local linear trend: level, slope and their covariance. */
export type KalmanState = {
  readonly level: number;
  readonly slope: number;
  readonly covariance: readonly [number, number, number];
  readonly points: number;
};

export type PredictorState = { readonly last: number; readonly kalman: KalmanState | null };

export const NO_HISTORY: PredictorState = { last: 0, kalman: null };

/** @see predictors.py: P0 = 1000·I, Q = diag(1, 0.1), R = 10; the last value until five points are known */
const INITIAL_VARIANCE = 1000;
const LEVEL_NOISE = 1;
const SLOPE_NOISE = 0.1;
const MEASUREMENT_NOISE = 10;
const POINTS_MIN = 5;

export function observe(state: PredictorState, value: number): PredictorState {
  if (state.kalman === null && value === 0) return state;
  return { last: value, kalman: updated(state.kalman, value) };
}

/** ≥ 0 */
export function predict({ last, kalman }: PredictorState, predictor: Predictor): number {
  if (predictor === "constant" || kalman === null || kalman.points < POINTS_MIN) return last;
  return Math.max(0, kalman.level + kalman.slope);
}

/** One predict and one update with F = [[1, 1], [0, 1]], H = [1, 0]; the first point sets the level. */
function updated(before: KalmanState | null, value: number): KalmanState {
  if (before === null) return { level: value, slope: 0, covariance: [INITIAL_VARIANCE, 0, INITIAL_VARIANCE], points: 1 };
  const [a, b, c] = before.covariance;
  const level = before.level + before.slope;
  const [p, q, r] = [a + 2 * b + c + LEVEL_NOISE, b + c, c + SLOPE_NOISE];
  const innovation = value - level;
  const [gainLevel, gainSlope] = [p / (p + MEASUREMENT_NOISE), q / (p + MEASUREMENT_NOISE)];
  return {
    level: level + gainLevel * innovation,
    slope: before.slope + gainSlope * innovation,
    covariance: [(1 - gainLevel) * p, (1 - gainLevel) * q, r - gainSlope * q],
    points: before.points + 1,
  };
}

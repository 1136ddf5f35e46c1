import { exp, ln } from "@replicast/sim-core";
import { fromSeason, type HoltWintersState, type HoltWintersWeights, type SeasonKind, squaredErrors } from "../holt-winters.ts";
import { type KalmanOptions, kalman, update } from "./kalman.ts";
import { type Box, minimise } from "./minimise.ts";

/** Samples beyond the first season, or the first sample, that a fit needs. */
export const FIT_SAMPLES_MIN = 10;

/** Damping outside of this cannot be told from no trend, or from an undamped one. @see Hyndman and Athanasopoulos, 3rd ed., 8.2 */
const DAMPING: Box[number] = [0.8, 0.98];
const SHARE: Box[number] = [0, 1];
/** Where the search for each weight begins: a quick and a slow start, since the sum of squares can have several minima. */
const STARTS = [0.1, 0.5];

/** Which weights of a model are free. */
export interface HoltWintersShape {
  readonly seasonSteps: number;
  readonly seasonKind: SeasonKind;
  readonly trended: boolean;
  readonly damped: boolean;
}

/** The state before the part of a history that a model is fitted on, and that part. */
export function startOf(
  history: readonly number[],
  { seasonSteps, seasonKind }: Pick<HoltWintersShape, "seasonSteps" | "seasonKind">,
): { readonly start: HoltWintersState; readonly rest: readonly number[] } {
  if (seasonSteps > 0) return { start: fromSeason(history.slice(0, seasonSteps), seasonKind), rest: history.slice(seasonSteps) };
  return { start: { level: history[0] ?? 0, slope: 0, season: [], phase: 0 }, rest: history.slice(1) };
}

/**
 * The smoothing weights with the least sum of squared errors one step ahead, through all of a history but its first season (its first
 * sample without a season), which is the start.
 */
export function fitHoltWinters(history: readonly number[], shape: HoltWintersShape): HoltWintersWeights {
  const { start, rest } = startOf(history, shape);
  const { seasonKind, seasonSteps, trended, damped } = shape;
  const box: readonly Box[number][] = [
    SHARE,
    ...(trended ? [SHARE] : []),
    ...(trended && damped ? [DAMPING] : []),
    ...(seasonSteps > 0 ? [SHARE] : []),
  ];
  const weightsAt = (at: readonly number[]): HoltWintersWeights => {
    const rest = at.slice(1);
    return {
      level: at[0] as number,
      trend: trended ? (rest.shift() as number) : 0,
      damping: trended && damped ? (rest.shift() as number) : 1,
      season: seasonSteps > 0 ? (rest.shift() as number) : 0,
    };
  };
  const cost = (at: readonly number[]): number => squaredErrors(start, rest, weightsAt(at), seasonKind);
  const found = STARTS.map((share) =>
    minimise(
      cost,
      box.map(([least, most]) => least + share * (most - least)),
      box,
    ),
  );
  return weightsAt(found.reduce((best, one) => (cost(one) < cost(best) ? one : best)));
}

/** Logarithms of the variances that a fit considers: from a level that stands still to one that jumps. */
const LOG_VARIANCE: Box[number] = [-20, 8];

/**
 * The variances of level and slope, in units of the noise, under which a history is most likely: the noise's own variance is the one
 * that makes it so and drops out.
 * @see Harvey, "Forecasting, Structural Time Series Models and the Kalman Filter", 1989, 3.4.1 and 4.2
 */
export function fitKalman(history: readonly number[]): Omit<KalmanOptions, "kind"> {
  const variancesAt = ([level = 0, slope = 0]: readonly number[]): Omit<KalmanOptions, "kind"> => ({
    levelVariance: exp(level),
    slopeVariance: exp(slope),
  });
  const cost = (at: readonly number[]): number => kalmanDeviance(history, variancesAt(at));
  const found = STARTS.map((share) =>
    minimise(
      cost,
      [LOG_VARIANCE, LOG_VARIANCE].map(([least, most]) => least + share * (most - least)),
      [LOG_VARIANCE, LOG_VARIANCE],
    ),
  );
  return variancesAt(found.reduce((best, one) => (cost(one) < cost(best) ? one : best)));
}

/** n ln σ̂² + Σ ln of the expected variances: −2 × the concentrated log-likelihood, up to a constant. */
export function kalmanDeviance(history: readonly number[], variances: Omit<KalmanOptions, "kind">): number {
  const options: KalmanOptions = { kind: "kalman", ...variances };
  let memory = kalman.initial(options, []);
  let [count, squares, logs] = [0, 0, 0];
  for (const rate of history) {
    const next = update(memory, rate, options);
    memory = next.memory;
    if (next.innovation === undefined) continue;
    const { error, variance } = next.innovation;
    count++;
    squares += (error * error) / variance;
    logs += ln(variance);
  }
  // A history without any error is explained by every variance alike.
  return squares === 0 ? logs : count * ln(squares / count) + logs;
}

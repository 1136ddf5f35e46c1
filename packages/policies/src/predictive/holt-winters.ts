/** Smoothing weights, 0…1 each, and the damping of the trend (1: none). */
export type HoltWintersWeights = {
  readonly level: number;
  readonly trend: number;
  readonly season: number;
  readonly damping: number;
};

/** How the season enters: added to the level, or multiplied with it. */
export type SeasonKind = "additive" | "multiplicative";

/**
 * What exponential smoothing remembers of a series. Plain data; its size is that of one season.
 * A model without trend has slope 0 and weight 0 for it; one without season an empty `season`.
 */
export type HoltWintersState = {
  readonly level: number;
  /** Change of the level per step. */
  readonly slope: number;
  /** One value per phase of the season; the next observation has the phase `phase`. */
  readonly season: readonly number[];
  readonly phase: number;
};

/** Below this a multiplicative season would divide by nothing: the phase keeps its old value. */
const SMALLEST_DIVISOR = 1e-9;

/**
 * The model's expectation of the next `steps` observations: level, damped trend and the season of each phase.
 * @see Hyndman and Athanasopoulos, "Forecasting: Principles and Practice", 3rd ed., 8.3
 */
export function forecastAhead(state: HoltWintersState, steps: number, weights: HoltWintersWeights, kind: SeasonKind): readonly number[] {
  const values: number[] = [];
  let damping = 1;
  let dampedSteps = 0;
  for (let step = 1; step <= steps; step++) {
    damping *= weights.damping;
    dampedSteps += damping;
    values.push(withSeason(state.level + dampedSteps * state.slope, seasonAt(state, step, kind), kind));
  }
  return values;
}

/** The state after one more observation `value`. */
export function observe(state: HoltWintersState, value: number, weights: HoltWintersWeights, kind: SeasonKind): HoltWintersState {
  const next = { ...state, season: weights.season === 0 ? state.season : state.season.slice() };
  absorb(next, value, weights, kind);
  return next;
}

/**
 * Sum of the squared errors of all forecasts one step ahead through a series.
 *
 * @param start - what is known before the first value
 */
export function squaredErrors(start: HoltWintersState, values: readonly number[], weights: HoltWintersWeights, kind: SeasonKind): number {
  const state: Mutable<HoltWintersState> = { ...start, season: start.season.slice() };
  let sum = 0;
  for (const value of values) {
    const error = value - withSeason(state.level + weights.damping * state.slope, seasonAt(state, 1, kind), kind);
    sum += error * error;
    absorb(state, value, weights, kind);
  }
  return sum;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** One more observation, in place: a fit over thousands of samples must not copy the season for each. */
function absorb(state: Mutable<HoltWintersState>, value: number, weights: HoltWintersWeights, kind: SeasonKind): void {
  const before = state.level;
  const expectedLevel = before + weights.damping * state.slope;
  state.level = weights.level * withoutSeason(value, seasonAt(state, 1, kind), kind) + (1 - weights.level) * expectedLevel;
  state.slope = weights.trend * (state.level - before) + (1 - weights.trend) * weights.damping * state.slope;
  learnSeason(state, value, expectedLevel, weights.season, kind);
  state.phase = nextPhase(state);
}

/** The state one step later when that step was not observed: as if it had come out exactly as expected. */
export function skip(state: HoltWintersState, weights: HoltWintersWeights): HoltWintersState {
  return { ...state, level: state.level + weights.damping * state.slope, slope: weights.damping * state.slope, phase: nextPhase(state) };
}

/** A state out of one whole season of observations: its mean as level, no slope, the distance from the mean as season. */
export function fromSeason(values: readonly number[], kind: SeasonKind): HoltWintersState {
  const level = values.reduce((sum, value) => sum + value, 0) / values.length;
  const season = values.map((value) => withoutSeason(value, level, kind));
  return { level, slope: 0, season, phase: 0 };
}

/** Level and season at the phase just observed: what the model takes the present to be. */
export function smoothedNow(state: HoltWintersState, kind: SeasonKind): number {
  return withSeason(state.level, seasonAt(state, 0, kind), kind);
}

function seasonAt(state: HoltWintersState, steps: number, kind: SeasonKind): number {
  const length = state.season.length;
  if (length === 0) return kind === "additive" ? 0 : 1;
  return state.season[(state.phase + steps - 1 + length) % length] as number;
}

/** The season learns from the level that was expected, not from the one just corrected. @see statsmodels ExponentialSmoothing, which does the same */
function learnSeason(state: HoltWintersState, value: number, expectedLevel: number, weight: number, kind: SeasonKind): void {
  if (state.season.length === 0 || weight === 0) return;
  if (kind === "multiplicative" && Math.abs(expectedLevel) < SMALLEST_DIVISOR) return;
  const season = state.season as number[];
  season[state.phase] = weight * withoutSeason(value, expectedLevel, kind) + (1 - weight) * (season[state.phase] as number);
}

function nextPhase(state: HoltWintersState): number {
  return state.season.length === 0 ? 0 : (state.phase + 1) % state.season.length;
}

function withSeason(value: number, season: number, kind: SeasonKind): number {
  return kind === "additive" ? value + season : value * season;
}

function withoutSeason(value: number, season: number, kind: SeasonKind): number {
  if (kind === "additive") return value - season;
  return Math.abs(season) < SMALLEST_DIVISOR ? value : value / season;
}

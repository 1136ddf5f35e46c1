import type { ForecastConfig } from "./forecast-config.ts";
import { forecastAhead, fromSeason, type HoltWintersState, observe, skip, smoothedNow } from "./holt-winters.ts";
import { type DueForecast, EMPTY_RECORD, type ForecastRecord, promise, settle } from "./residuals.ts";

/** Observations before a slope is trusted; until then the forecast is the level. */
export const TREND_SAMPLES_MIN = 10;

/** What the forecast rests on: a season needs one whole season of observations, a trend a few samples. */
export type DemandBasis = "season" | "trend" | "level";

/** What the policy remembers of demand. Plain data, bounded by one season. */
export type DemandState = {
  /** Null before the first observation. */
  readonly model: HoltWintersState | null;
  /** Observations so far. */
  readonly samples: number;
  /** Observations of the first season while it is not complete. */
  readonly firstSeason: readonly number[];
  readonly record: ForecastRecord;
};

/** A model before the run: taught by the history or the profile of the configuration, or knowing nothing. */
export function initialDemand(config: ForecastConfig): DemandState {
  const model = config.profile.length > 0 ? fromSeason(config.profile, config.seasonKind) : null;
  let demand: DemandState = { model, samples: 0, firstSeason: [], record: EMPTY_RECORD };
  for (const rate of config.history) demand = advance(demand, rate, config).demand;
  return demand;
}

/** What the next forecast of a state rests on. */
export function basisOf(demand: DemandState, config: ForecastConfig): DemandBasis {
  if (demand.model !== null && demand.model.season.length > 0) return "season";
  return config.trended && demand.samples >= TREND_SAMPLES_MIN ? "trend" : "level";
}

/** One sample later. `rate` undefined: nothing was observed, and the model goes on as it expected to. */
export function advance(
  demand: DemandState,
  rate: number | undefined,
  config: ForecastConfig,
): { readonly demand: DemandState; readonly due?: DueForecast } {
  const settled = settle(demand.record, rate, { horizonSteps: config.horizonSteps, window: config.headroom.residuals });
  const next = rate === undefined ? unseen(demand, config) : seen(demand, rate, config);
  if (next.model === null) return { demand: next };
  const record = promise(settled.record, forecastRates(next, config.horizonSteps, config)[config.horizonSteps] as number);
  const after = { ...next, record };
  return settled.due === undefined ? { demand: after } : { demand: after, due: settled.due };
}

/** Rates expected now (smoothed) and in each of the next `steps` samples, requests per second; never negative. */
export function forecastRates(demand: DemandState, steps: number, config: ForecastConfig): readonly number[] {
  const { model } = demand;
  if (model === null) return new Array<number>(steps + 1).fill(0);
  const trusted = basisOf(demand, config) === "level" ? { ...model, slope: 0 } : model;
  const ahead = forecastAhead(trusted, steps, config.weights, config.seasonKind);
  return [smoothedNow(trusted, config.seasonKind), ...ahead].map((rate) => Math.max(0, rate));
}

function seen(demand: DemandState, rate: number, config: ForecastConfig): DemandState {
  const samples = demand.samples + 1;
  const model =
    demand.model === null
      ? { level: rate, slope: 0, season: [], phase: 0 }
      : observe(demand.model, rate, config.weights, config.seasonKind);
  return collect({ ...demand, model, samples }, rate, config);
}

function unseen(demand: DemandState, config: ForecastConfig): DemandState {
  if (demand.model === null) return demand;
  const expected = forecastRates(demand, 1, config)[1] as number;
  return collect({ ...demand, model: skip(demand.model, config.weights) }, expected, config);
}

/** Keeps the observations of the first season, and starts the seasonal model when it is complete. */
function collect(demand: DemandState, rate: number, config: ForecastConfig): DemandState {
  if (demand.model === null || demand.model.season.length > 0 || config.seasonSteps === 0) return demand;
  const firstSeason = [...demand.firstSeason, rate];
  if (firstSeason.length < config.seasonSteps) return { ...demand, firstSeason };
  return { ...demand, model: fromSeason(firstSeason, config.seasonKind), firstSeason: [] };
}

import type { Json } from "@replicast/sim-core";
import type { ForecastConfig } from "./forecast-config.ts";
import type { Basis } from "./models/model.ts";
import { modelOf } from "./models/models.ts";
import { type DueForecast, EMPTY_RECORD, type ForecastRecord, intervalAround, promise, settle } from "./residuals.ts";

/** What the policy remembers of demand. Plain data, bounded by what its model keeps. */
export type DemandState = {
  readonly memory: Json;
  readonly record: ForecastRecord;
};

/** One sample's outcome. */
export interface Advanced {
  readonly demand: DemandState;
  /** The forecast that was for this sample. */
  readonly due?: DueForecast;
  /** What the present is taken to be and what is expected of each sample up to one past the horizon; none before the first observation. */
  readonly expected?: Expected;
}

export interface Expected {
  /** Requests per second, never negative. */
  readonly rates: readonly number[];
  readonly atHorizon: number;
  readonly low: number;
  readonly high: number;
}

/** A model before the run: taught by the history or the profile of the configuration, or knowing nothing. */
export function initialDemand(config: ForecastConfig): DemandState {
  let demand: DemandState = { memory: modelOf(config.model).initial(config.model, config.profile), record: EMPTY_RECORD };
  for (const rate of config.history) demand = advance(demand, rate, config.horizonSteps, config).demand;
  return demand;
}

/** What the next forecast of a state rests on. */
export function basisOf({ memory }: DemandState, { model }: ForecastConfig): Basis {
  return modelOf(model).basis(memory, model);
}

/** One sample later. `rate` undefined: nothing was observed, and the model goes on as it expected to. */
export function advance(demand: DemandState, rate: number | undefined, horizonSteps: number, config: ForecastConfig): Advanced {
  const { model: options, headroom } = config;
  const model = modelOf(options);
  const settled = settle(demand.record, rate, headroom.residuals);
  const memory = rate === undefined ? model.skip(demand.memory, options) : model.observe(demand.memory, rate, options);
  const due = settled.due === undefined ? {} : { due: settled.due };
  // The sample after the horizon as well: until it, the next decision cannot help.
  const rates = model.ahead(memory, horizonSteps + 1, options)?.map((value) => Math.max(0, value));
  if (rates === undefined) return { demand: { memory, record: settled.record }, ...due };
  const atHorizon = rates[horizonSteps] as number;
  const { low, high } = intervalAround(atHorizon, settled.record.residuals, headroom.quantile);
  const last = rate ?? (rates[0] as number);
  const record = promise(settled.record, horizonSteps, {
    forecast: atHorizon,
    low,
    high,
    last,
    learned: model.basis(memory, options).missing === undefined,
  });
  return { demand: { memory, record }, ...due, expected: { rates, atHorizon, low, high } };
}

import type { Json } from "@replicast/sim-core";
import { type AutoregressionOptions, autoregression } from "./autoregression.ts";
import { type HoltWintersOptions, holtWinters } from "./holt-winters-model.ts";
import { type KalmanOptions, kalman } from "./kalman.ts";
import { type LastValueOptions, lastValue } from "./last-value.ts";
import { type LinearOptions, linear } from "./linear.ts";
import type { ForecastModel } from "./model.ts";
import { type RecentQuantileOptions, recentQuantile } from "./recent-quantile.ts";
import { type SeasonalNaiveOptions, seasonalNaive } from "./seasonal-naive.ts";

/** Options of each model. */
export type ModelOptions =
  | HoltWintersOptions
  | SeasonalNaiveOptions
  | LinearOptions
  | AutoregressionOptions
  | KalmanOptions
  | RecentQuantileOptions
  | LastValueOptions;

export type ModelKind = ModelOptions["kind"];

// biome-ignore lint/suspicious/noExplicitAny: options and memory differ by model; the kind of the options picks the one that fits both
const MODELS: Readonly<Record<ModelKind, ForecastModel<any, any>>> = {
  holtWinters,
  seasonalNaive,
  linear,
  autoregression,
  kalman,
  recentQuantile,
  lastValue,
};

/** The names by which a scenario picks a model. */
export const MODEL_KINDS: readonly ModelKind[] = Object.keys(MODELS) as ModelKind[];

/** The model that options belong to. */
export function modelOf({ kind }: ModelOptions): ForecastModel<ModelOptions, Json> {
  return MODELS[kind];
}

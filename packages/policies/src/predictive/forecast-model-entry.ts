import type { Issue, IssuePath } from "@replicast/sim-core";
import { z } from "zod";
import { positiveSeconds } from "../parse.ts";
import type { ForecastEntry } from "./forecast-config.ts";
import type { HoltWintersWeights, SeasonKind } from "./holt-winters.ts";
import { FIT_SAMPLES_MIN, fitHoltWinters, fitKalman } from "./models/fit.ts";
import { MODEL_KINDS, type ModelKind, type ModelOptions } from "./models/models.ts";

const SECONDS_PER_HOUR = 3600;
const SECONDS_PER_DAY = 86_400;
const ORDER_MAX = 100;
/** Lags of a quarter of an hour at a sample a minute. */
const ORDER_MAX_DEFAULT = 15;
/** What suits one sample a minute; slower sampling wants larger weights. */
const DEFAULT_WEIGHTS: HoltWintersWeights = { level: 0.2, trend: 0.05, season: 0.1, damping: 0.95 };
/** A level that wanders by a third of the noise with each sample, and a slope that hardly changes. */
const DEFAULT_VARIANCES = { level: 0.1, slope: 0.0001 };

const share: z.ZodNumber = z.number().min(0).max(1);
const variance: z.ZodNumber = z.number().min(0).max(1e9);

/** Options of a model that is no Holt-Winters; those of Holt-Winters stand beside `model`. */
export interface ModelEntry {
  readonly kind: ModelKind;
  readonly drift?: boolean | undefined;
  readonly windowSeconds?: number | undefined;
  readonly quantile?: number | undefined;
  readonly order?: number | "aic" | undefined;
  readonly maxOrder?: number | undefined;
  readonly method?: "yuleWalker" | "leastSquares" | undefined;
  readonly variances?: "fit" | { readonly level: number; readonly slope: number } | undefined;
}

const kindSchema = z.enum(MODEL_KINDS as [ModelKind, ...ModelKind[]]);

/** A model by its name, or with options. */
export const modelSchema: z.ZodType<ModelKind | ModelEntry> = z.union([
  kindSchema,
  z.strictObject({
    kind: kindSchema.describe("The model these options are for."),
    drift: z.boolean().optional().describe("seasonalNaive: add the change of the mean from one season to the next. Default: false."),
    windowSeconds: positiveSeconds
      .optional()
      .describe("linear, autoregression, recentQuantile: how far back the model looks. Default: 3,600; autoregression: 86,400."),
    quantile: share.optional().describe("recentQuantile: which quantile of the window holds for what is to come. Default: 0.95."),
    order: z
      .union([z.int().min(1).max(ORDER_MAX), z.literal("aic")])
      .optional()
      .describe("autoregression: lags, or `aic` for as many as Akaike's criterion wants. Default: aic."),
    maxOrder: z.int().min(1).max(ORDER_MAX).optional().describe("autoregression with `aic`: the most lags. Default: 15."),
    method: z
      .enum(["yuleWalker", "leastSquares"])
      .optional()
      .describe("autoregression: from autocovariances, which never explodes, or by regression. Default: yuleWalker."),
    variances: z
      .union([
        z.literal("fit"),
        z.strictObject({
          level: variance.describe("Of the level's steps from sample to sample; the noise has 1."),
          slope: variance.describe("Of the slope's steps; 0: it is as good as constant."),
        }),
      ])
      .optional()
      .describe(
        "kalman: variances of the level's and the slope's own steps in units of the noise, or `fit` for the likeliest given `history`. Default: 0.1 and 0.0001.",
      ),
  }),
]);

/** Smoothing weights, or the word that they be fitted. */
export const smoothingSchema: z.ZodType<HoltWintersWeights | "fit"> = z.union([
  z.literal("fit"),
  z.strictObject({
    level: share.default(DEFAULT_WEIGHTS.level).describe("Weight of the newest sample in the level. Default: 0.2."),
    trend: share.default(DEFAULT_WEIGHTS.trend).describe("Weight of the newest step in the slope. Default: 0.05."),
    season: share.default(DEFAULT_WEIGHTS.season).describe("Weight of the newest sample in its phase of the season. Default: 0.1."),
    damping: share.default(DEFAULT_WEIGHTS.damping).describe("What remains of a damped slope after each sample. Default: 0.95."),
  }),
]);

/** Keys beside `model` that only some models read. */
const BESIDE: readonly (readonly [key: "trend" | "season" | "smoothing" | "seasonSeconds", models: readonly ModelKind[]])[] = [
  ["trend", ["holtWinters"]],
  ["season", ["holtWinters"]],
  ["smoothing", ["holtWinters"]],
  ["seasonSeconds", ["holtWinters", "seasonalNaive"]],
];

const WITHIN: readonly (readonly [key: Exclude<keyof ModelEntry, "kind">, models: readonly ModelKind[]])[] = [
  ["drift", ["seasonalNaive"]],
  ["windowSeconds", ["linear", "autoregression", "recentQuantile"]],
  ["quantile", ["recentQuantile"]],
  ["order", ["autoregression"]],
  ["maxOrder", ["autoregression"]],
  ["method", ["autoregression"]],
  ["variances", ["kalman"]],
];

/** An entry's model, by name or with options, as options. */
export function modelEntryOf({ model }: Pick<ForecastEntry, "model">): ModelEntry {
  return typeof model === "string" ? { kind: model } : model;
}

/** Seconds of the season the entry's model follows; 0: none. */
export function seasonSecondsOf(entry: ForecastEntry): number {
  const { kind } = modelEntryOf(entry);
  const seasonal = kind === "seasonalNaive" || (kind === "holtWinters" && entry.season !== "none");
  return seasonal ? (entry.seasonSeconds ?? SECONDS_PER_DAY) : 0;
}

/** Keys that the chosen model does not read, and fits that have nothing to fit on. */
export function modelIssues(entry: ForecastEntry, seasonSteps: number): readonly Issue[] {
  const model = modelEntryOf(entry);
  const stray = (key: string, path: IssuePath, models: readonly ModelKind[]): Issue => ({
    code: "not_for_model",
    path,
    data: { key, model: model.kind, models: [...models] },
  });
  const issues: Issue[] = [];
  for (const [key, models] of BESIDE) if (entry[key] !== undefined && !models.includes(model.kind)) issues.push(stray(key, [key], models));
  for (const [key, models] of WITHIN)
    if (model[key] !== undefined && !models.includes(model.kind)) issues.push(stray(key, ["model", key], models));
  const has = Array.isArray(entry.history) ? entry.history.length : 0;
  const needs = Math.max(1, seasonSteps) + FIT_SAMPLES_MIN;
  if (entry.smoothing === "fit" && has < needs) issues.push({ code: "fit_needs_history", path: ["smoothing"], data: { has, needs } });
  if (model.variances === "fit" && has < needs)
    issues.push({ code: "fit_needs_history", path: ["model", "variances"], data: { has, needs } });
  return issues;
}

/** The options of an entry's model in steps, with what is to be fitted fitted. */
export function modelOptionsOf(entry: ForecastEntry, seasonSteps: number): ModelOptions {
  const model = modelEntryOf(entry);
  const steps = (windowSeconds: number): number => Math.max(2, Math.round(windowSeconds / entry.sampleSeconds));
  const history = Array.isArray(entry.history) ? entry.history : [];
  switch (model.kind) {
    case "holtWinters":
      return { kind: "holtWinters", ...holtWintersOptions(entry, seasonSteps, history) };
    case "seasonalNaive":
      return { kind: "seasonalNaive", seasonSteps, drift: model.drift ?? false };
    case "linear":
      return { kind: "linear", windowSteps: steps(model.windowSeconds ?? SECONDS_PER_HOUR) };
    case "autoregression":
      return {
        kind: "autoregression",
        windowSteps: steps(model.windowSeconds ?? SECONDS_PER_DAY),
        order: model.order ?? "aic",
        maxOrder: model.maxOrder ?? ORDER_MAX_DEFAULT,
        method: model.method ?? "yuleWalker",
      };
    case "kalman": {
      if (model.variances === "fit") return { kind: "kalman", ...fitKalman(history) };
      const { level, slope } = model.variances ?? DEFAULT_VARIANCES;
      return { kind: "kalman", levelVariance: level, slopeVariance: slope };
    }
    case "recentQuantile":
      return {
        kind: "recentQuantile",
        windowSteps: steps(model.windowSeconds ?? SECONDS_PER_HOUR),
        quantile: model.quantile ?? 0.95,
      };
    case "lastValue":
      return { kind: "lastValue" };
  }
}

function holtWintersOptions(
  { trend = "damped", season, smoothing = DEFAULT_WEIGHTS }: ForecastEntry,
  seasonSteps: number,
  history: readonly number[],
): {
  readonly seasonSteps: number;
  readonly seasonKind: SeasonKind;
  readonly trended: boolean;
  readonly weights: HoltWintersWeights;
} {
  const seasonKind: SeasonKind = season === "multiplicative" ? "multiplicative" : "additive";
  const shape = { seasonSteps, seasonKind, trended: trend !== "none" };
  if (smoothing === "fit") return { ...shape, weights: fitHoltWinters(history, { ...shape, damped: trend === "damped" }) };
  const { level, season: phase, trend: slope, damping } = smoothing;
  return { ...shape, weights: { level, season: phase, trend: shape.trended ? slope : 0, damping: trend === "damped" ? damping : 1 } };
}

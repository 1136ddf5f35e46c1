import {
  forecastAhead,
  fromSeason,
  type HoltWintersState,
  type HoltWintersWeights,
  observe,
  type SeasonKind,
  skip,
  smoothedNow,
} from "../holt-winters.ts";
import type { ForecastModel } from "./model.ts";

/** Observations before a slope is trusted; until then the forecast is the level. */
export const TREND_SAMPLES_MIN = 10;

export type HoltWintersOptions = {
  readonly kind: "holtWinters";
  /** Samples of a season; 0: none. */
  readonly seasonSteps: number;
  readonly seasonKind: SeasonKind;
  readonly trended: boolean;
  readonly weights: HoltWintersWeights;
};

export type HoltWintersMemory = {
  /** Null before the first observation. */
  readonly model: HoltWintersState | null;
  /** Observations so far. */
  readonly samples: number;
  /** Observations of the first season while it is not complete. */
  readonly firstSeason: readonly number[];
};

/** What the forecast rests on: a season needs one whole season of observations, a trend a few samples. */
type Part = "season" | "trend" | "level";

const REASONS: Readonly<Record<Part, string>> = { season: "SeasonForecast", trend: "TrendForecast", level: "LevelForecast" };

/** Exponential smoothing of level, trend and season, each joining as soon as enough is known of it. */
export const holtWinters: ForecastModel<HoltWintersOptions, HoltWintersMemory> = {
  initial: (options, profile) => ({
    model: profile.length > 0 ? fromSeason(profile, options.seasonKind) : null,
    samples: 0,
    firstSeason: [],
  }),
  observe(memory, rate, options) {
    const model =
      memory.model === null
        ? { level: rate, slope: 0, season: [], phase: 0 }
        : observe(memory.model, rate, options.weights, options.seasonKind);
    return collect({ ...memory, model, samples: memory.samples + 1 }, rate, options);
  },
  skip(memory, options) {
    if (memory.model === null) return memory;
    const expected = Math.max(0, holtWinters.ahead(memory, 1, options)?.[1] ?? 0);
    return collect({ ...memory, model: skip(memory.model, options.weights) }, expected, options);
  },
  ahead(memory, steps, options) {
    if (memory.model === null) return null;
    const trusted = partOf(memory, options) === "level" ? { ...memory.model, slope: 0 } : memory.model;
    return [smoothedNow(trusted, options.seasonKind), ...forecastAhead(trusted, steps, options.weights, options.seasonKind)];
  },
  basis(memory, options) {
    const part = partOf(memory, options);
    const reason = REASONS[part];
    if (part !== "season" && options.seasonSteps > 0)
      return { reason, missing: { what: "season", has: memory.firstSeason.length, needs: options.seasonSteps } };
    if (part === "level" && options.trended) return { reason, missing: { what: "trend", has: memory.samples, needs: TREND_SAMPLES_MIN } };
    return { reason };
  },
};

function partOf(memory: HoltWintersMemory, options: HoltWintersOptions): Part {
  if (memory.model !== null && memory.model.season.length > 0) return "season";
  return options.trended && memory.samples >= TREND_SAMPLES_MIN ? "trend" : "level";
}

/** Keeps the observations of the first season, and starts the seasonal model when it is complete. */
function collect(memory: HoltWintersMemory, rate: number, options: HoltWintersOptions): HoltWintersMemory {
  if (memory.model === null || memory.model.season.length > 0 || options.seasonSteps === 0) return memory;
  const firstSeason = [...memory.firstSeason, rate];
  if (firstSeason.length < options.seasonSteps) return { ...memory, firstSeason };
  return { ...memory, model: fromSeason(firstSeason, options.seasonKind), firstSeason: [] };
}

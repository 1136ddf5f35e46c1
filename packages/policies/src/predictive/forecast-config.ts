import type { Issue, ParseResult, PolicyContext } from "@replicast/sim-core";
import { z } from "zod";
import { parseEntry, parseResult, positiveSeconds, replicaCount } from "../parse.ts";
import { type ModelEntry, modelIssues, modelOptionsOf, modelSchema, seasonSecondsOf, smoothingSchema } from "./forecast-model-entry.ts";
import { readHistoryFile } from "./history-file.ts";
import type { HoltWintersWeights, SeasonKind } from "./holt-winters.ts";
import { HOURS_PER_DAY, HOURS_PER_WEEK, profileOf } from "./hourly-profile.ts";
import type { ModelKind, ModelOptions } from "./models/models.ts";

const SECONDS_PER_DAY = 86_400;
/** Two weeks of minutes: what keeps a configuration, and the state with its one season, of reasonable size. */
const SAMPLES_MAX = 20_160;
/** Shortest range that holds the two samples a rate needs at the usual scrape interval of 15 s, with room for a late one. */
const RATE_WINDOW_SECONDS_MIN = 60;

const share: z.ZodNumber = z.number().min(0).max(1);
const rates: z.ZodArray<z.ZodNumber> = z.array(z.number().min(0));

export type ForecastConfig = {
  readonly query: string;
  readonly sampleSeconds: number;
  /** Steps of the expected horizon; a measured one may differ. */
  readonly horizonSteps: number;
  readonly horizonSeconds: number;
  /** True when start-ups seen in the run replace the expected horizon. */
  readonly horizonMeasured: boolean;
  readonly model: ModelOptions;
  /** Requests per second that one replica carries; null: by `capacity`. */
  readonly perReplica: number | null;
  /** κ(n), handed in before the run when `perReplica` is null. */
  readonly capacity: readonly { readonly replicas: number; readonly requestsPerSecond: number }[];
  readonly headroom: { readonly quantile: number; readonly factor: number; readonly residuals: number };
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly scaleDownDelaySeconds: number;
  /** Rates before the run, one per sample, oldest first. */
  readonly history: readonly number[];
  /** One season of rates from the phase at which the run starts; empty: none known. */
  readonly profile: readonly number[];
};

/** A forecast as a scenario writes it, with defaults filled in. */
export interface ForecastEntry {
  readonly query?: string | undefined;
  readonly sampleSeconds: number;
  readonly horizonSeconds?: number | undefined;
  readonly model: ModelKind | ModelEntry;
  readonly seasonSeconds?: number | undefined;
  readonly trend?: "none" | "additive" | "damped" | undefined;
  readonly season?: "none" | SeasonKind | undefined;
  readonly smoothing?: HoltWintersWeights | "fit" | undefined;
  readonly perReplica: number | "capacity";
  readonly headroom: ForecastConfig["headroom"];
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly scaleDownDelaySeconds: number;
  readonly history?:
    | readonly number[]
    | { readonly file: string }
    | { readonly hourly: readonly number[]; readonly timeZone: string }
    | undefined;
}

/** What a scenario may say. */
export const forecastSchema: z.ZodType<ForecastEntry> = z.strictObject({
  query: z
    .string()
    .min(1)
    .optional()
    .describe("PromQL that gives the load in requests per second. Default: arrivals of the deployment at the gateway."),
  sampleSeconds: positiveSeconds.default(60).describe("How often the load is sampled and decided on. Default: 60."),
  horizonSeconds: positiveSeconds
    .optional()
    .describe(
      "How far ahead to look. Default: what start-ups of the deployment have taken in the run so far (nine in ten of the last 20), before the first the expected cold start.",
    ),
  model: modelSchema.default("holtWinters").describe("How the next samples are expected, by name or with options. Default: holtWinters."),
  seasonSeconds: positiveSeconds.optional().describe("Length of the season (holtWinters, seasonalNaive). Default: 86,400, a day."),
  trend: z.enum(["none", "additive", "damped"]).optional().describe("holtWinters: how a slope goes on. Default: damped."),
  season: z.enum(["none", "additive", "multiplicative"]).optional().describe("holtWinters: how a season enters. Default: additive."),
  smoothing: smoothingSchema
    .optional()
    .describe("holtWinters: weights, or `fit` for those with the least squared error one step ahead through `history`."),
  perReplica: z
    .union([z.number().positive(), z.literal("capacity")])
    .describe("Requests per second that one replica carries; `capacity`: what the scenario's objectives allow, n·κ(n) as computed."),
  headroom: z
    .strictObject({
      quantile: share.default(0.9).describe("Quantile of the recent errors that is added, and the interval's upper end. Default: 0.9."),
      factor: z.number().min(0.1).max(100).default(1).describe("Factor on the load, errors included. Default: 1."),
      residuals: z.int().min(1).max(SAMPLES_MAX).default(240).describe("Errors remembered. Default: 240."),
    })
    .default({ quantile: 0.9, factor: 1, residuals: 240 })
    .describe("What is held ready beyond the forecast."),
  minReplicas: replicaCount.default(1).describe("Fewest replicas. Default: 1."),
  maxReplicas: replicaCount.describe("Most replicas."),
  scaleDownDelaySeconds: z.number().min(0).max(SECONDS_PER_DAY).default(300).describe("The largest wish of this long holds. Default: 300."),
  history: z
    .union([
      rates.max(SAMPLES_MAX),
      z.strictObject({
        file: z.string().min(1).describe("A CSV file with a rate per line, oldest first, as the last field; a heading may stand above."),
      }),
      z.strictObject({
        hourly: rates
          .min(HOURS_PER_DAY)
          .max(HOURS_PER_WEEK)
          .describe("Rates of 24 hours from midnight, for a season of a day, or of 168 from Monday's, for one of a week."),
        timeZone: z.string().describe("IANA zone of those hours."),
      }),
    ])
    .optional()
    .describe("The load before the run: a rate per sample, oldest first, in a list or a file, or a profile of one season."),
});

/** A forecast's configuration in steps and with its season known, or every issue with it. */
export function parseForecastConfig(raw: unknown, context: PolicyContext): ParseResult<ForecastConfig> {
  const parsed = parseEntry(forecastSchema, raw);
  if (!parsed.ok) return parsed;
  const { entry, issues: unread } = readHistoryFile(parsed.value, context, SAMPLES_MAX);
  if (unread.length > 0) return { ok: false, issues: unread };
  const horizonSeconds = entry.horizonSeconds ?? context.deployment.coldStartSeconds;
  const seasonSeconds = seasonSecondsOf(entry);
  const seasonSteps = Math.round(seasonSeconds / entry.sampleSeconds);
  const horizonSteps = stepsAhead(horizonSeconds, entry.sampleSeconds);
  const profile = profileOf(entry, seasonSeconds, context);
  const issues = [...rangeIssues(entry, seasonSeconds, seasonSteps, horizonSteps), ...modelIssues(entry, seasonSteps), ...profile.issues];
  if (issues.length > 0) return { ok: false, issues };
  return parseResult(
    {
      query: entry.query ?? defaultQuery(context.deployment.name, entry.sampleSeconds),
      sampleSeconds: entry.sampleSeconds,
      horizonSteps,
      horizonSeconds,
      horizonMeasured: entry.horizonSeconds === undefined,
      model: modelOptionsOf(entry, seasonSteps),
      perReplica: entry.perReplica === "capacity" ? null : entry.perReplica,
      capacity: [],
      headroom: entry.headroom,
      minReplicas: entry.minReplicas,
      maxReplicas: entry.maxReplicas,
      scaleDownDelaySeconds: entry.scaleDownDelaySeconds,
      history: Array.isArray(entry.history) ? entry.history : [],
      profile: profile.rates,
    },
    seasonWarnings(entry, context, seasonSeconds, seasonSteps),
  );
}

/** Whole samples until a time ahead, at least one. */
export function stepsAhead(seconds: number, sampleSeconds: number): number {
  return Math.min(SAMPLES_MAX, Math.max(1, Math.ceil(seconds / sampleSeconds)));
}

/** Arrivals at the gateway per second, over the time between two samples. */
function defaultQuery(deployment: string, sampleSeconds: number): string {
  const windowSeconds = Math.max(RATE_WINDOW_SECONDS_MIN, Math.round(sampleSeconds));
  const window = windowSeconds % 60 === 0 ? `${windowSeconds / 60}m` : `${windowSeconds}s`;
  return `sum(rate(gateway_requests_total{deployment=${JSON.stringify(deployment)}}[${window}]))`;
}

function rangeIssues(entry: ForecastEntry, seasonSeconds: number, seasonSteps: number, horizonSteps: number): readonly Issue[] {
  const issues: Issue[] = [];
  if (entry.maxReplicas < entry.minReplicas) {
    issues.push({ code: "out_of_range", path: ["maxReplicas"], data: { minimum: entry.minReplicas, actual: entry.maxReplicas } });
  }
  if (seasonSteps * entry.sampleSeconds !== seasonSeconds && seasonSteps > 0) {
    issues.push({
      code: "not_a_multiple",
      path: ["seasonSeconds"],
      data: { of: "sampleSeconds", step: entry.sampleSeconds, actual: seasonSeconds },
    });
  }
  if (seasonSeconds > 0 && (seasonSteps < 2 || seasonSteps > SAMPLES_MAX)) {
    const data = { minimum: 2 * entry.sampleSeconds, maximum: SAMPLES_MAX * entry.sampleSeconds, actual: seasonSeconds };
    issues.push({ code: "out_of_range", path: ["seasonSeconds"], data });
  }
  if (horizonSteps >= SAMPLES_MAX) {
    issues.push({
      code: "out_of_range",
      path: ["horizonSeconds"],
      data: { maximum: SAMPLES_MAX * entry.sampleSeconds, actual: entry.horizonSeconds ?? null },
    });
  }
  return issues;
}

/** A season that nobody can learn within the run is worth a word: the forecast will be one of trend only. */
function seasonWarnings(entry: ForecastEntry, context: PolicyContext, seasonSeconds: number, seasonSteps: number): readonly Issue[] {
  const known = Array.isArray(entry.history) ? entry.history.length : entry.history === undefined ? 0 : seasonSteps;
  if (seasonSteps === 0 || known + context.durationSeconds / entry.sampleSeconds > seasonSteps) return [];
  return [
    {
      code: "season_never_complete",
      severity: "warning",
      path: ["seasonSeconds"],
      data: { seasonSeconds, durationSeconds: context.durationSeconds },
    },
  ];
}

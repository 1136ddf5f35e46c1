import { type Issue, localTime, type ParseResult, type PolicyContext } from "@replicast/sim-core";
import { z } from "zod";
import { parseEntry, parseResult, positiveSeconds, replicaCount } from "../parse.ts";
import type { HoltWintersWeights, SeasonKind } from "./holt-winters.ts";

const HOURS_PER_DAY = 24;
const SECONDS_PER_HOUR = 3600;
const SECONDS_PER_DAY = 86_400;
/** Two weeks of minutes: what keeps a configuration, and the state with its one season, of reasonable size. */
const SAMPLES_MAX = 20_160;
/** Shortest range that holds the two samples a rate needs at the usual scrape interval of 15 s, with room for a late one. */
const RATE_WINDOW_SECONDS_MIN = 60;

const share: z.ZodNumber = z.number().min(0).max(1);

export type ForecastConfig = {
  readonly query: string;
  readonly sampleSeconds: number;
  readonly horizonSteps: number;
  readonly horizonSeconds: number;
  /** Steps of a season; 0: none. */
  readonly seasonSteps: number;
  readonly seasonKind: SeasonKind;
  readonly trended: boolean;
  readonly weights: HoltWintersWeights;
  /** Requests per second that one replica carries. */
  readonly perReplica: number;
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
  readonly seasonSeconds: number;
  readonly horizonSeconds?: number | undefined;
  readonly trend: "none" | "additive" | "damped";
  readonly season: "none" | SeasonKind;
  readonly smoothing: HoltWintersWeights;
  readonly perReplica: number;
  /** Where `perReplica` came from, once the loader has measured it and filled it in; the policy itself measures nothing. */
  readonly capacityFrom?: "capacity" | undefined;
  readonly headroom: ForecastConfig["headroom"];
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly scaleDownDelaySeconds: number;
  readonly history?: readonly number[] | { readonly hourly: readonly number[]; readonly timeZone: string } | undefined;
}

/** What a scenario may say. The defaults of `smoothing` suit one sample a minute; slower sampling wants larger weights. */
export const forecastSchema: z.ZodType<ForecastEntry> = z.strictObject({
  query: z.string().min(1).optional(),
  sampleSeconds: positiveSeconds.default(60),
  seasonSeconds: positiveSeconds.default(SECONDS_PER_DAY),
  horizonSeconds: positiveSeconds.optional(),
  trend: z.enum(["none", "additive", "damped"]).default("damped"),
  season: z.enum(["none", "additive", "multiplicative"]).default("additive"),
  smoothing: z
    .strictObject({ level: share.default(0.2), trend: share.default(0.05), season: share.default(0.1), damping: share.default(0.95) })
    .default({ level: 0.2, trend: 0.05, season: 0.1, damping: 0.95 }),
  perReplica: z.number().positive(),
  capacityFrom: z.literal("capacity").optional(),
  headroom: z
    .strictObject({
      quantile: share.default(0.9),
      factor: z.number().min(0.1).max(100).default(1),
      residuals: z.int().min(1).max(SAMPLES_MAX).default(240),
    })
    .default({ quantile: 0.9, factor: 1, residuals: 240 }),
  minReplicas: replicaCount.default(1),
  maxReplicas: replicaCount,
  scaleDownDelaySeconds: z.number().min(0).max(SECONDS_PER_DAY).default(300),
  history: z
    .union([
      z.array(z.number().min(0)).max(SAMPLES_MAX),
      z.strictObject({ hourly: z.array(z.number().min(0)).length(HOURS_PER_DAY), timeZone: z.string() }),
    ])
    .optional(),
});

/** A forecast's configuration in steps and with its season known, or every issue with it. */
export function parseForecastConfig(raw: unknown, context: PolicyContext): ParseResult<ForecastConfig> {
  const parsed = parseEntry(forecastSchema, raw);
  if (!parsed.ok) return parsed;
  const entry = parsed.value;
  const horizonSeconds = entry.horizonSeconds ?? context.deployment.coldStartSeconds;
  const seasonSteps = entry.season === "none" ? 0 : Math.round(entry.seasonSeconds / entry.sampleSeconds);
  const horizonSteps = Math.max(1, Math.ceil(horizonSeconds / entry.sampleSeconds));
  const profile: number[] = [];
  const issues = [...rangeIssues(entry, seasonSteps, horizonSteps), ...profileIssues(entry, context, profile)];
  if (issues.length === 0) issues.push(...seasonWarnings(entry, context, seasonSteps));
  const { level, season } = entry.smoothing;
  return parseResult(
    {
      query: entry.query ?? defaultQuery(context.deployment.name, entry.sampleSeconds),
      sampleSeconds: entry.sampleSeconds,
      horizonSteps,
      horizonSeconds,
      seasonSteps,
      seasonKind: entry.season === "multiplicative" ? "multiplicative" : "additive",
      trended: entry.trend !== "none",
      weights: {
        level,
        season,
        trend: entry.trend === "none" ? 0 : entry.smoothing.trend,
        damping: entry.trend === "damped" ? entry.smoothing.damping : 1,
      },
      perReplica: entry.perReplica,
      headroom: entry.headroom,
      minReplicas: entry.minReplicas,
      maxReplicas: entry.maxReplicas,
      scaleDownDelaySeconds: entry.scaleDownDelaySeconds,
      history: Array.isArray(entry.history) ? entry.history : [],
      profile,
    },
    issues,
  );
}

/** Arrivals at the gateway per second, over the time between two samples. */
function defaultQuery(deployment: string, sampleSeconds: number): string {
  const windowSeconds = Math.max(RATE_WINDOW_SECONDS_MIN, Math.round(sampleSeconds));
  const window = windowSeconds % 60 === 0 ? `${windowSeconds / 60}m` : `${windowSeconds}s`;
  return `sum(rate(gateway_requests_total{deployment=${JSON.stringify(deployment)}}[${window}]))`;
}

function rangeIssues(entry: ForecastEntry, seasonSteps: number, horizonSteps: number): readonly Issue[] {
  const issues: Issue[] = [];
  if (entry.maxReplicas < entry.minReplicas) {
    issues.push({ code: "out_of_range", path: ["maxReplicas"], data: { minimum: entry.minReplicas, actual: entry.maxReplicas } });
  }
  if (seasonSteps * entry.sampleSeconds !== entry.seasonSeconds && seasonSteps > 0) {
    issues.push({
      code: "not_a_multiple",
      path: ["seasonSeconds"],
      data: { of: "sampleSeconds", step: entry.sampleSeconds, actual: entry.seasonSeconds },
    });
  }
  if (entry.season !== "none" && (seasonSteps < 2 || seasonSteps > SAMPLES_MAX)) {
    const data = { minimum: 2 * entry.sampleSeconds, maximum: SAMPLES_MAX * entry.sampleSeconds, actual: entry.seasonSeconds };
    issues.push({ code: "out_of_range", path: ["seasonSeconds"], data });
  }
  if (horizonSteps > SAMPLES_MAX) {
    issues.push({
      code: "out_of_range",
      path: ["horizonSeconds"],
      data: { maximum: SAMPLES_MAX * entry.sampleSeconds, actual: entry.horizonSeconds ?? null },
    });
  }
  return issues;
}

/** Fills `profile` with one day of rates from the start of the run on, if the entry has an hourly profile. */
function profileIssues(entry: ForecastEntry, context: PolicyContext, profile: number[]): readonly Issue[] {
  const { history } = entry;
  if (history === undefined || !("hourly" in history)) return [];
  const zone = context.zone(history.timeZone);
  if (zone === undefined) return [{ code: "unknown_time_zone", path: ["history", "timeZone"], data: { timeZone: history.timeZone } }];
  if (entry.season === "none" || entry.seasonSeconds !== SECONDS_PER_DAY) {
    return [
      {
        code: "out_of_range",
        path: ["seasonSeconds"],
        data: { minimum: SECONDS_PER_DAY, maximum: SECONDS_PER_DAY, actual: entry.season === "none" ? 0 : entry.seasonSeconds },
      },
    ];
  }
  const start = localTime(zone, context.startEpochSeconds);
  const startSeconds = start.hour * SECONDS_PER_HOUR + start.minute * 60 + start.second;
  for (let step = 0; step * entry.sampleSeconds < SECONDS_PER_DAY; step++) {
    profile.push(hourlyRate(history.hourly, startSeconds + step * entry.sampleSeconds));
  }
  return [];
}

/** Rate at a second of the day: linear between the middles of the hours, round the clock. */
function hourlyRate(hourly: readonly number[], secondOfDay: number): number {
  const position = secondOfDay / SECONDS_PER_HOUR - 0.5 + HOURS_PER_DAY;
  const before = Math.floor(position);
  const low = hourly[before % HOURS_PER_DAY] as number;
  const high = hourly[(before + 1) % HOURS_PER_DAY] as number;
  return low + (position - before) * (high - low);
}

/** A season that nobody can learn within the run is worth a word: the forecast will be one of trend only. */
function seasonWarnings(entry: ForecastEntry, context: PolicyContext, seasonSteps: number): readonly Issue[] {
  const known = Array.isArray(entry.history) ? entry.history.length : entry.history === undefined ? 0 : seasonSteps;
  if (seasonSteps === 0 || known + context.durationSeconds / entry.sampleSeconds > seasonSteps) return [];
  return [
    {
      code: "season_never_complete",
      severity: "warning",
      path: ["seasonSeconds"],
      data: { seasonSeconds: entry.seasonSeconds, durationSeconds: context.durationSeconds },
    },
  ];
}

import { REQUEST_FATES } from "../domain/request.ts";
import type { LatencyMetric } from "./config.ts";
import { type LatencySummary, LEDGER_STATES, type RunResult } from "./result.ts";

/** Unit in which thresholds on a metric are read and shown. `share`: 0…1, may be written in percent. */
export type MetricUnit = "seconds" | "usd" | "count" | "share" | "perSecond" | "replicas" | "hours" | "number";

/** A number of a {@link RunResult} that thresholds and formulas can name. */
export interface KnownMetric {
  /** Its name, and where it comes from the result itself its place there. */
  readonly path: string;
  readonly unit: MetricUnit;
  /** A latency is a distribution and needs an aggregation, "p(95)"; a plain metric is one number. */
  readonly kind: "latency" | "plain";
  readonly description: string;
}

const LATENCIES: readonly (readonly [LatencyMetric, string])[] = [
  ["ttft", "first arrival to first token"],
  ["tpot", "mean time per output token after the first"],
  ["itl", "gap between two consecutive tokens"],
  ["e2e", "first arrival to last token"],
  ["queue", "time spent waiting before the first step"],
];

const plain = (path: string, unit: MetricUnit, description: string): KnownMetric => ({ path, unit, kind: "plain", description });

/** All metrics a threshold can name, but for the scenario's own `derive.NAME` and `costs.NAME`. */
export const KNOWN_METRICS: readonly KnownMetric[] = [
  ...LATENCIES.map(([path, description]): KnownMetric => ({ path, unit: "seconds", kind: "latency", description })),
  plain("cost.monthlyUsd", "usd", "the bill of the run, scaled to 730 hours"),
  plain("cost.equationUsd", "usd", "the monthly cost equation"),
  plain("cost.billUsd", "usd", "billed during the run"),
  plain("cost.perMillionOutputTokensUsd", "usd", "bill per million tokens generated"),
  plain("cost.perGoodRequestUsd", "usd", "bill per request that met every objective"),
  plain("cost.wastedTokensUsd", "usd", "share of the bill that went into tokens of attempts that did not complete"),
  plain("cost.runHours", "hours", "length of the run"),
  ...LEDGER_STATES.map((state) => plain(`cost.byStateUsd.${state}`, "usd", `billed during the run for GPU time that was ${state}`)),
  plain("lostRequests", "count", "requests rejected, timed out or cut off"),
  plain("unknownModelRequests", "count", "requests rejected as they named a model nobody serves"),
  plain("requests.arrived", "count", "requests that arrived"),
  ...REQUEST_FATES.map((fate) => plain(`requests.${fate}`, "count", `requests whose fate was ${fate}`)),
  plain("attempts.arrived", "count", "attempts that arrived, retries included"),
  ...REQUEST_FATES.map((fate) => plain(`attempts.${fate}`, "count", `attempts whose fate was ${fate}`)),
  plain("cutOffAttempts", "count", "attempts cut off by a replica's end"),
  plain("wastedTokens", "count", "tokens generated for attempts that did not complete"),
  plain("outputTokens", "count", "tokens generated"),
  plain("promptTokens", "count", "prompt tokens computed"),
  plain("preemptions", "count", "sequences preempted for want of KV blocks"),
  plain("prefixCache.queriedTokens", "count", "prompt tokens looked up in prefix caches"),
  plain("prefixCache.hitTokens", "count", "prompt tokens found in prefix caches"),
  plain("prefixCache.hitShare", "share", "share of the prompt tokens looked up that were cached"),
  plain("quality.answers", "count", "answers that were judged"),
  plain("quality.adequateShare", "share", "judged answers that a good enough deployment gave"),
  plain("quality.badAnswers", "count", "judged answers that do not do"),
  plain("quality.escalated", "count", "requests that were answered again by a better deployment"),
  plain("quality.lossMonthlyUsd", "usd", "price of the bad answers, scaled to 730 hours"),
  plain("slo.attainment", "share", "counted requests that met every objective"),
  plain("slo.violations", "count", "counted requests that missed an objective"),
  plain("slo.violationMinutes", "count", "minutes whose arrivals fell below a target"),
  plain("slo.minutesWithArrivals", "count", "minutes with arrivals"),
  plain("slo.errorBudgetUsed", "number", "misses ÷ allowed misses of the tightest objective"),
  plain("slo.goodputRequestsPerSecond", "perSecond", "requests per second that met every objective"),
  plain("goodputRequestsPerSecond", "perSecond", "requests per second that met every objective"),
  plain("replicas.mean", "replicas", "mean number of replicas, over all deployments"),
  plain("replicas.max", "replicas", "largest number of replicas, summed over deployments"),
  plain("scaleUps", "count", "scale-ups of all deployments"),
  plain("scaleDowns", "count", "scale-downs of all deployments"),
];

const SUMMARY_FIELDS = [
  "count",
  "meanSeconds",
  "minSeconds",
  "maxSeconds",
  "p50Seconds",
  "p90Seconds",
  "p95Seconds",
  "p99Seconds",
] as const;

/** Names a scenario's formulas can use: every plain metric, and the summary of every latency, as in `ttft.p95Seconds`. */
export const FORMULA_METRICS: readonly string[] = [
  ...KNOWN_METRICS.filter((metric) => metric.kind === "plain").map((metric) => metric.path),
  ...LATENCIES.flatMap(([latency]) => SUMMARY_FIELDS.map((field) => `${latency}.${field}`)),
];

/** Value of a plain metric or of a field of a latency summary; null when the run has none (nothing was recorded), undefined for an unknown name. */
export function readMetric(result: RunResult, name: string): number | null | undefined {
  switch (name) {
    case "goodputRequestsPerSecond":
      return result.slo.goodputRequestsPerSecond;
    case "replicas.mean":
      return sumOver(result, (deployment) => deployment.replicasMean);
    case "replicas.max":
      return sumOver(result, (deployment) => deployment.replicasMax);
    case "scaleUps":
      return sumOver(result, (deployment) => deployment.scaleUps);
    case "scaleDowns":
      return sumOver(result, (deployment) => deployment.scaleDowns);
    default:
      return readOwn(result, name);
  }
}

/** The summary a latency metric reads, or undefined when the name is not that of a latency. */
export function readLatency(result: RunResult, name: string): LatencySummary | undefined {
  return LATENCIES.some(([latency]) => latency === name) ? result.latency[name as LatencyMetric] : undefined;
}

function sumOver(result: RunResult, read: (deployment: RunResult["deployments"][number]) => number): number {
  return result.deployments.reduce((sum, deployment) => sum + read(deployment), 0);
}

/** Reads `derive.x`, `costs.x`, `ttft.p95Seconds` and paths of the result; only own properties, so that no name reaches a prototype. */
function readOwn(result: RunResult, name: string): number | null | undefined {
  const dot = name.indexOf(".");
  const head = name.slice(0, dot);
  const tail = name.slice(dot + 1);
  if (head === "derive") return ownNumber(result.derived, tail);
  if (head === "costs") return ownNumber(result.cost.extra, tail);
  if (readLatency(result, head) !== undefined) return ownNumber(result.latency[head as LatencyMetric], tail);
  if (head === "quality" && result.quality === undefined) return null;
  let value: unknown = result;
  for (const key of name.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return asNumber(value);
}

function ownNumber(record: object, key: string): number | null | undefined {
  return Object.hasOwn(record, key) ? asNumber((record as Record<string, unknown>)[key]) : undefined;
}

function asNumber(value: unknown): number | null | undefined {
  return typeof value === "number" || value === null ? value : undefined;
}

import type { Issue } from "../errors.ts";
import { parseDuration } from "../units/duration.ts";
import type { Threshold } from "./config.ts";
import { latencyQuantileWithLost } from "./latency-quantile.ts";
import { nearestNames } from "./nearest.ts";
import type { LatencySummary, RunResult, ThresholdResult } from "./result.ts";
import { KNOWN_METRICS, type KnownMetric, readLatency, readMetric } from "./result-metrics.ts";

/** Names of the scenario's own formulas, which thresholds may bound as `derive.NAME` and `costs.NAME`. */
export interface OwnMetrics {
  readonly derive?: readonly string[];
  readonly costs?: readonly string[];
}

/** @see k6 thresholds: aggregation, operator, value; `===` is `==` there too */
const GRAMMAR = /^\s*([a-z]+(?:\(\s*[^)]*\))?)?\s*(<=|>=|===|==|!=|<|>)\s*(.*?)\s*$/;
const PERCENTILE = /^p\(\s*(\d+(?:\.\d+)?)\s*\)$/;
const NUMBER = /^\$?(-?(?:\d[\d_]*)(?:\.\d+)?(?:e[+-]?\d+)?)(%?)$/i;
const LATENCY_AGGREGATIONS: readonly string[] = ["avg", "min", "max", "med", "count"];

/**
 * Reads one threshold in k6's grammar: "p(95)<2s", "avg<300ms", "<40000", "==0", "rate>=99%". Latencies need an
 * aggregation and a duration with its unit; plain metrics may leave the aggregation out.
 *
 * @param metric name as in {@link KNOWN_METRICS}, or `derive.NAME`, `costs.NAME` of `own`
 * @returns the threshold, or an issue with an empty path: `unknown_metric`, `bad_threshold`, `bad_aggregation`, `bad_threshold_value`
 * @see https://grafana.com/docs/k6/latest/using-k6/thresholds/#threshold-syntax
 */
export function parseThreshold(metric: string, text: string, own: OwnMetrics = {}): Threshold | Issue {
  const known = knownMetric(metric, own);
  if (known === undefined) return issue("unknown_metric", { metric, nearest: nearestNames(metric, metricNames(own)) });
  const match = GRAMMAR.exec(text);
  if (match === null) return issue("bad_threshold", { metric, actual: text, expected: known.kind === "latency" ? "p(95)<2s" : "<100" });
  const aggregation = readAggregation(known, match[1]);
  if (aggregation === undefined) {
    return issue("bad_aggregation", { metric, actual: match[1] ?? "", expected: aggregationsOf(known) });
  }
  const value = readValue(aggregation === "count" ? "count" : known.unit, match[3] as string); // the group always takes part in a match
  if (value === undefined)
    return issue("bad_threshold_value", { metric, actual: match[3] ?? "", unit: aggregation === "count" ? "count" : known.unit });
  const op = match[2] === "===" ? "==" : (match[2] as Threshold["op"]);
  return { metric, aggregation, op, value, text };
}

/** True when {@link parseThreshold} refused the text. */
export function isIssue(parsed: Threshold | Issue): parsed is Issue {
  return "code" in parsed;
}

function knownMetric(name: string, own: OwnMetrics): KnownMetric | undefined {
  const known = KNOWN_METRICS.find((metric) => metric.path === name);
  if (known !== undefined) return known;
  if (own.derive?.some((key) => `derive.${key}` === name)) return { path: name, unit: "number", kind: "plain", description: "" };
  if (own.costs?.some((key) => `costs.${key}` === name)) return { path: name, unit: "usd", kind: "plain", description: "" };
  return undefined;
}

function metricNames(own: OwnMetrics): readonly string[] {
  return [
    ...KNOWN_METRICS.map((metric) => metric.path),
    ...(own.derive ?? []).map((key) => `derive.${key}`),
    ...(own.costs ?? []).map((key) => `costs.${key}`),
  ];
}

/** k6 names the aggregation of a counter "count" and that of a share "rate"; a plain metric has just its value. */
function aggregationsOf(metric: KnownMetric): readonly string[] {
  if (metric.kind === "latency") return ["p(N)", ...LATENCY_AGGREGATIONS];
  if (metric.unit === "share") return ["value", "rate"];
  return metric.unit === "count" ? ["value", "count"] : ["value"];
}

function readAggregation(metric: KnownMetric, text: string | undefined): string | undefined {
  if (metric.kind === "plain") return text === undefined || aggregationsOf(metric).includes(text) ? "value" : undefined;
  if (text === undefined) return undefined;
  const percentile = PERCENTILE.exec(text);
  if (percentile !== null) return Number(percentile[1]) <= 100 ? `p(${Number(percentile[1])})` : undefined;
  return LATENCY_AGGREGATIONS.includes(text) ? text : undefined;
}

/** A bare number is no duration: k6 would read milliseconds, everything here is in seconds, so the unit must be written. */
function readValue(unit: KnownMetric["unit"], text: string): number | undefined {
  if (unit === "seconds") return parseDuration(text);
  const match = NUMBER.exec(text);
  if (match === null) return undefined;
  const number = Number((match[1] as string).replaceAll("_", ""));
  if (match[2] === "%") return unit === "share" || unit === "number" ? number / 100 : undefined;
  return text.startsWith("$") && unit !== "usd" ? undefined : number;
}

function issue(code: string, data: NonNullable<Issue["data"]>): Issue {
  return { code, path: [], data };
}

/** Judges one threshold. A metric without a value (nothing was recorded) fails: an empty run proves nothing. */
export function evaluateThreshold(threshold: Threshold, result: RunResult): ThresholdResult {
  const actual = actualValue(threshold, result);
  return { ...threshold, actual, passed: actual !== null && compare(actual, threshold.op, threshold.value) };
}

/** Judges all thresholds and writes the verdicts into a copy of the result. */
export function withThresholds(result: RunResult, thresholds: readonly Threshold[]): RunResult {
  const judged = thresholds.map((threshold) => evaluateThreshold(threshold, result));
  return { ...result, thresholds: judged, thresholdsPassed: judged.every((threshold) => threshold.passed) };
}

function actualValue({ metric, aggregation }: Threshold, result: RunResult): number | null {
  const summary = readLatency(result, metric);
  // Gaps between tokens are counted by gap, not by request.
  if (summary !== undefined) return aggregate(summary, aggregation, metric === "itl" ? 0 : result.lostRequests);
  const value = readMetric(result, metric);
  return value === undefined || value === null || Number.isNaN(value) ? null : value;
}

/** `avg`, `min` and `count` are of completed requests; percentiles, `med` and `max` take a lost one for infinitely late. */
function aggregate(summary: LatencySummary, aggregation: string, lost: number): number | null {
  switch (aggregation) {
    case "avg":
      return summary.meanSeconds;
    case "min":
      return summary.minSeconds;
    case "max":
      return latencyQuantileWithLost(summary, 1, lost);
    case "med":
      return latencyQuantileWithLost(summary, 0.5, lost);
    case "count":
      return summary.count;
    default:
      return latencyQuantileWithLost(summary, Number((PERCENTILE.exec(aggregation) as RegExpExecArray)[1]) / 100, lost); // every other aggregation was refused
  }
}

function compare(actual: number, op: Threshold["op"], value: number): boolean {
  switch (op) {
    case "<":
      return actual < value;
    case "<=":
      return actual <= value;
    case ">":
      return actual > value;
    case ">=":
      return actual >= value;
    case "==":
      return actual === value;
    case "!=":
      return actual !== value;
  }
}

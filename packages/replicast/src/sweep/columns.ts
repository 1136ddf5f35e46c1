import type { LatencySummary, RunResult } from "@replicast/sim-core";
import { monthlyTotalUsd } from "@replicast/sim-core/score";

/** What a cell keeps of its run, under one name. */
export type Measure = number | boolean | null;

/** A column of a sweep's results. */
export interface SweepColumn {
  readonly name: string;
  readonly type: "number" | "boolean";
  readonly of: (result: RunResult) => Measure;
}

type Percentile = "p50Seconds" | "p95Seconds" | "p99Seconds";
const PERCENTILES: readonly Percentile[] = ["p50Seconds", "p95Seconds", "p99Seconds"];

const FIXED: readonly SweepColumn[] = [
  number("monthlyUsd", monthlyTotalUsd),
  number("billUsd", ({ cost }) => cost.billUsd),
  number("equationUsd", ({ cost }) => cost.equationUsd),
  number("perMillionOutputTokensUsd", ({ cost }) => cost.perMillionOutputTokensUsd),
  number("perGoodRequestUsd", ({ cost }) => cost.perGoodRequestUsd),
  boolean("sloMet", ({ slo }) => slo.met),
  boolean("thresholdsPassed", ({ thresholdsPassed }) => thresholdsPassed),
  number("attainment", ({ slo }) => slo.attainment),
  number("violations", ({ slo }) => slo.violations),
  number("violationMinutes", ({ slo }) => slo.violationMinutes),
  number("goodputRequestsPerSecond", ({ slo }) => slo.goodputRequestsPerSecond),
  number("arrivedRequests", ({ requests }) => requests.arrived),
  number("completedRequests", ({ requests }) => requests.completed),
  number("lostRequests", ({ lostRequests }) => lostRequests),
  ...latency("ttft"),
  ...latency("itl"),
  ...latency("e2e"),
  number("promptTokens", ({ promptTokens }) => promptTokens),
  number("outputTokens", ({ outputTokens }) => outputTokens),
  number("wastedTokens", ({ wastedTokens }) => wastedTokens),
  number("preemptions", ({ preemptions }) => preemptions),
  number("replicasMean", sumOf("replicasMean")),
  number("scaleUps", sumOf("scaleUps")),
  number("scaleDowns", sumOf("scaleDowns")),
];

/**
 * The columns of a scenario's sweep: the same for every cell, so that memory does not depend on what a run records. After the fixed
 * ones come the scenario's own metrics and cost lines.
 */
export function sweepColumns({
  derive,
  costs,
}: {
  readonly derive: Readonly<Record<string, string>>;
  readonly costs: Readonly<Record<string, string>>;
}): readonly SweepColumn[] {
  return [
    ...FIXED,
    ...Object.keys(derive).map((name) => number(`derived.${name}`, ({ derived }) => derived[name] ?? null)),
    ...Object.keys(costs).map((name) => number(`cost.extra.${name}`, ({ cost }) => cost.extra[name] ?? null)),
  ];
}

function number(name: string, of: (result: RunResult) => number | null): SweepColumn {
  return { name, type: "number", of };
}

function boolean(name: string, of: (result: RunResult) => boolean): SweepColumn {
  return { name, type: "boolean", of };
}

function latency(metric: "ttft" | "itl" | "e2e"): readonly SweepColumn[] {
  return PERCENTILES.map((percentile) => {
    const suffix = percentile.slice(0, "p50".length).toUpperCase();
    return number(`${metric}Seconds${suffix}`, ({ latency: all }) => (all[metric] as LatencySummary)[percentile]);
  });
}

function sumOf(name: "replicasMean" | "scaleUps" | "scaleDowns"): (result: RunResult) => number {
  return ({ deployments }) => deployments.reduce((sum, deployment) => sum + deployment[name], 0);
}

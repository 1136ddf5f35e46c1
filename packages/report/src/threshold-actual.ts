import type { RunResult, ThresholdResult } from "@replicast/sim-core";
import { KNOWN_METRICS, type MetricUnit } from "@replicast/sim-core/score";
import { formatNumber, formatPercent, formatSeconds, formatUsd, NO_VALUE } from "./format.ts";

/** Aggregations that lost requests do not enter. */
const OF_COMPLETED: readonly string[] = ["avg", "min", "count"];

/** What a threshold's metric came to, with its unit; percentiles that fall among lost requests are infinite. */
export function formatActual({ metric, aggregation, actual }: ThresholdResult, { lostRequests }: Pick<RunResult, "lostRequests">): string {
  const unit = unitOf(metric);
  if (actual === null) {
    const isLost = unit === "seconds" && lostRequests > 0 && !OF_COMPLETED.includes(aggregation);
    return isLost ? "∞ (lost requests)" : NO_VALUE;
  }
  return aggregation === "count" ? formatNumber(actual) : inUnit(actual, unit);
}

/** Formulas of the scenario are numbers, its cost lines dollars. */
function unitOf(metric: string): MetricUnit {
  return KNOWN_METRICS.find(({ path }) => path === metric)?.unit ?? (metric.startsWith("costs.") ? "usd" : "number");
}

function inUnit(value: number, unit: MetricUnit): string {
  switch (unit) {
    case "seconds":
      return formatSeconds(value);
    case "usd":
      return formatUsd(value);
    case "share":
      return formatPercent(value);
    case "perSecond":
      return `${formatNumber(value)}/s`;
    case "hours":
      return `${formatNumber(value)} h`;
    case "replicas":
    case "count":
    case "number":
      return formatNumber(value);
  }
}

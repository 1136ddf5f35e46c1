import type { ComparisonResult } from "@replicast/sim-core";
import { type CauseTotal, causeTotals } from "../blame.ts";
import { CAUSE_WORDS } from "../blame-words.ts";
import { type ChartOptions, type ChartSpec, dress, flowingLegend, legendPick, rowsHeight } from "./spec.ts";
import { LIGHT_THEME } from "./theme.ts";

/** Pixels of a bar with its gap. */
const ROW_PIXELS = 30;

/** Late requests of each policy, by what they waited for or met. */
export function blameChart(result: ComparisonResult, options: ChartOptions = {}): ChartSpec {
  return barsOf(result, "late requests", "Late requests of each policy, by cause.", ({ violations }) => violations, options);
}

/** Dollars for replicas that the load did not need, by what kept them. */
export function idleChart(result: ComparisonResult, options: ChartOptions = {}): ChartSpec {
  return barsOf(
    result,
    "idle dollars of the run",
    "Idle dollars of each policy, by what kept the replicas.",
    ({ idleUsd }) => idleUsd,
    options,
  );
}

function barsOf(
  result: ComparisonResult,
  title: string,
  description: string,
  value: (total: CauseTotal) => number,
  options: ChartOptions,
): ChartSpec {
  const theme = options.theme ?? LIGHT_THEME;
  const rows = result.runs.flatMap((run) =>
    causeTotals(run)
      .map((total, order) => ({ policy: run.policy, cause: CAUSE_WORDS[total.cause].name, order, amount: value(total) }))
      .filter(({ amount }) => amount > 0),
  );
  const causes = Object.values(CAUSE_WORDS)
    .map(({ name }) => name)
    .filter((name) => rows.some(({ cause }) => cause === name));
  const largest = Math.max(
    ...result.runs.map(({ policy }) => rows.reduce((sum, row) => (row.policy === policy ? sum + row.amount : sum), 0)),
    0,
  );
  const pick = legendPick("cause");
  return dress(
    {
      description,
      height: rowsHeight(result.runs.length, ROW_PIXELS),
      data: { values: rows },
      params: [pick.param],
      mark: { type: "bar", height: { band: 0.7 } },
      encoding: {
        y: {
          field: "policy",
          type: "nominal",
          scale: { domain: result.runs.map(({ policy }) => policy) },
          axis: { title: null, ticks: false, domain: false },
        },
        // A domain of its own: without rows there would be none.
        x: { field: "amount", type: "quantitative", axis: { title }, scale: { domain: [0, largest > 0 ? largest : 1], nice: true } },
        color: {
          field: "cause",
          type: "nominal",
          scale: { domain: causes, range: causes.map((_, index) => theme.policies[index % theme.policies.length] ?? theme.ink) },
          legend: flowingLegend(options, 120),
        },
        order: { field: "order" },
        opacity: pick.opacity,
        tooltip: [
          { field: "policy", title: "policy" },
          { field: "cause", title: "cause" },
          { field: "amount", title, format: ",.4~r" },
        ],
      },
    },
    options,
  );
}

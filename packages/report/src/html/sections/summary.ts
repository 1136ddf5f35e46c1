import type { ComparisonResult, RunResult } from "@replicast/sim-core";
import { costAttainmentChart } from "../../charts/cost.ts";
import { fatesChart } from "../../charts/requests.ts";
import {
  formatLimitSeconds,
  formatLimitShare,
  formatNumber,
  formatPercent,
  formatSeconds,
  formatUsd,
  formatWholeUsd,
  NO_VALUE,
} from "../../format.ts";
import { derivedMetrics } from "../../own-metrics.ts";
import { controllerKinds, rankedRuns, summarise, thresholdsBind } from "../../summary.ts";
import { formatActual } from "../../threshold-actual.ts";
import { METRIC_SHORT } from "../../words.ts";
import { type Figures, ON_PAGE } from "../figure.ts";
import { type Html, html } from "../markup.ts";
import { type Column, passMark, spark, table } from "../table.ts";

/** One line per policy, best first; the thresholds in full; cost against quality. */
export function summarySection(result: ComparisonResult, figures: Figures): Html {
  const runs = rankedRuns(result);
  return html`<section id="summary" aria-labelledby="summary-title">
<h2 id="summary-title">The policies side by side</h2>
<p>Same traffic, same failures, same load times for all. Ranked by objectives met, then by the monthly bill, then by violations.</p>
${table(runs, columns(runs, result), { caption: "Policies, best first", className: "rank", rowAttributes: (_, index) => (index === 0 ? html` class="first"` : html``) })}
${table(runs, objectiveColumns(result), { caption: "Share of requests that met each objective", className: "rank" })}
${derived(runs)}
${thresholds(result, runs)}
<div class="charts">
${figures.add({ title: "What quality costs", note: "Up and to the left is better.", spec: costAttainmentChart(result, ON_PAGE) })}
${figures.add({ title: "Requests that ended without completing", note: "Rejected, timed out and cut off are lost and violate the objectives; cancelled clients left by themselves.", spec: fatesChart(result, ON_PAGE) })}
</div>
</section>
`;
}

function columns(runs: readonly RunResult[], result: ComparisonResult): readonly Column<RunResult>[] {
  const dearest = Math.max(...runs.map((run) => run.cost.monthlyUsd), 1e-9);
  const number = (heading: string, cell: Column<RunResult>["cell"]): Column<RunResult> => ({ heading, cell, numeric: true });
  return [
    { heading: "Policy", cell: (run) => html`${run.policy}<small>${controllerKinds(run)}</small>` },
    number("Monthly bill", (run) => html`${formatWholeUsd(run.cost.monthlyUsd)}${spark(run.cost.monthlyUsd / dearest)}`),
    number("Equation", (run) => formatWholeUsd(run.cost.equationUsd)),
    { heading: "Objectives", cell: (run) => passMark(run.slo.met, "met", "missed") },
    number("Attainment", (run) => formatPercent(run.slo.attainment)),
    number("Violation min", (run) => formatNumber(run.slo.violationMinutes)),
    number("TTFT p95", (run) => formatSeconds(run.latency.ttft.p95Seconds)),
    number("Lost requests", (run) => formatNumber(run.lostRequests)),
    number("GPU-hours", (run) => formatNumber(summarise(run).gpuHours)),
    number("Pods started", (run) => formatNumber(summarise(run).podsStarted)),
    { heading: "Thresholds", cell: (run) => thresholdCell(run, result) },
  ];
}

function derived(runs: readonly RunResult[]): Html | undefined {
  const metrics = derivedMetrics(runs);
  if (metrics.length === 0) return undefined;
  const policy: Column<RunResult> = { heading: "Policy", cell: (run) => run.policy };
  return table(runs, [policy, ...metrics.map((metric) => ({ ...metric, numeric: true }))], {
    caption: "The scenario's own metrics",
    className: "rank narrow",
  });
}

function thresholdCell(run: RunResult, result: ComparisonResult): Html {
  if (run.thresholds.length === 0) return html`${NO_VALUE}`;
  const { thresholdsPassed, thresholdsTotal } = summarise(run);
  const text = `${thresholdsPassed} of ${thresholdsTotal}`;
  return html`${passMark(run.thresholdsPassed, `${text} passed`, `${text} passed`)}<small>${thresholdsBind(result, run.policy) ? "binding" : "marked only"}</small>`;
}

function objectiveColumns(result: ComparisonResult): readonly Column<RunResult>[] {
  return [
    { heading: "Policy", cell: (run) => run.policy },
    ...result.slo.objectives.map(
      (objective, index): Column<RunResult> => ({
        heading: `${METRIC_SHORT[objective.metric]} ≤ ${formatLimitSeconds(objective.thresholdSeconds)} for ${formatLimitShare(objective.target)}`,
        numeric: true,
        cell: (run) => {
          const reached = run.slo.objectives[index];
          return reached === undefined
            ? NO_VALUE
            : html`<span class="${reached.met ? "good" : "bad"}">${formatPercent(reached.attainment)}</span>`;
        },
      }),
    ),
    { heading: "Error budget used", numeric: true, cell: (run) => formatPercent(run.slo.errorBudgetUsed) },
    { heading: "Goodput (requests/s)", numeric: true, cell: (run) => formatNumber(run.slo.goodputRequestsPerSecond) },
    { heading: "Per good request", numeric: true, cell: (run) => formatUsd(run.cost.perGoodRequestUsd) },
    { heading: "Per million output tokens", numeric: true, cell: (run) => formatUsd(run.cost.perMillionOutputTokensUsd) },
  ];
}

function thresholds(result: ComparisonResult, runs: readonly RunResult[]): Html | undefined {
  const rows = runs.flatMap((run) => run.thresholds.map((threshold) => ({ run, threshold })));
  if (rows.length === 0) return undefined;
  const failures = rows.filter(({ threshold }) => !threshold.passed).length;
  return html`<details><summary>All thresholds (${failures === 0 ? "none failed" : `${failures} failed`})</summary>
${table(
  rows,
  [
    {
      heading: "Policy",
      cell: ({ run }) => html`${run.policy}<small>${thresholdsBind(result, run.policy) ? "binding" : "marked only"}</small>`,
    },
    { heading: "Metric", cell: ({ threshold }) => threshold.metric },
    { heading: "Condition", cell: ({ threshold }) => threshold.text },
    { heading: "Actual", numeric: true, cell: ({ run, threshold }) => formatActual(threshold, run) },
    { heading: "", cell: ({ threshold }) => passMark(threshold.passed, "passed", "failed") },
  ],
  { caption: "Thresholds of the scenario; a lost request counts as infinitely late" },
)}</details>`;
}

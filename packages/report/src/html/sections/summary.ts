import type { ComparisonResult, RunResult } from "@replicast/sim-core";
import { costAttainmentChart } from "../../charts/cost.ts";
import { fatesChart } from "../../charts/requests.ts";
import {
  formatLimitSeconds,
  formatLimitShare,
  formatNumber,
  formatPercent,
  formatSeconds,
  formatWholeUsd,
  NO_VALUE,
} from "../../format.ts";
import { numberColumn, percentColumn, usdColumn } from "../../format-columns.ts";
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
${table(runs, columns(runs, result), { caption: "Policies, best first; TTFT p95 is of completed requests", className: "rank", rowAttributes: (_, index) => (index === 0 ? html` class="first"` : html``) })}
${table(runs, objectiveColumns(result, runs), { caption: "Share of requests that met each objective", className: "rank" })}
${derived(runs)}
${thresholds(result, runs)}
<div class="charts">
${figures.add({ title: "What quality costs", note: "Up and to the left is better.", spec: costAttainmentChart(result, ON_PAGE) })}
${fates(result, runs, figures)}
</div>
</section>
`;
}

/** The chart of those who were not served; a sentence where there were none. */
function fates(result: ComparisonResult, runs: readonly RunResult[], figures: Figures): Html {
  const title = "Requests that were not completed";
  if (runs.every(({ requests }) => requests.arrived === requests.completed + requests.inFlight))
    return html`<figure><figcaption><h3>${title}</h3>None, under any policy: nobody was rejected, timed out, cut off or left. ${inFlightNote(runs)}</figcaption></figure>`;
  const note = `Rejected, timed out and cut off are lost and violate the objectives; cancelled clients left by themselves. ${inFlightNote(runs)}`;
  return figures.add({ title, note, spec: fatesChart(result, ON_PAGE) });
}

function inFlightNote(runs: readonly RunResult[]): string {
  const counts = runs.map(({ requests }) => requests.inFlight);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  const range = least === most ? formatNumber(most) : `${formatNumber(least)} to ${formatNumber(most)}`;
  return most === 0 ? "" : `Still in flight when the run ended, and not counted here: ${range} per policy.`;
}

function columns(runs: readonly RunResult[], result: ComparisonResult): readonly Column<RunResult>[] {
  const dearest = Math.max(...runs.map((run) => run.cost.monthlyUsd), 1e-9);
  const number = (heading: string, cell: Column<RunResult>["cell"]): Column<RunResult> => ({ heading, cell, numeric: true });
  const attainment = percentColumn(runs.map((run) => run.slo.attainment));
  return [
    { heading: "Policy", cell: (run) => html`${run.policy}<small>${controllerKinds(run)}</small>` },
    number("Monthly bill", (run) => html`${formatWholeUsd(run.cost.monthlyUsd)}${spark(run.cost.monthlyUsd / dearest)}`),
    number("Equation", (run) => formatWholeUsd(run.cost.equationUsd)),
    { heading: "Objectives", cell: (run) => passMark(run.slo.met, "met", "missed") },
    number("Attainment", (run) => attainment(run.slo.attainment)),
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
  if (!thresholdsBind(result, run.policy)) return html`${text} passed<small>not binding</small>`;
  return html`${passMark(run.thresholdsPassed, `${text} passed`, `${text} passed`)}<small>binding</small>`;
}

function objectiveColumns(result: ComparisonResult, runs: readonly RunResult[]): readonly Column<RunResult>[] {
  const number = (heading: string, cell: Column<RunResult>["cell"]): Column<RunResult> => ({ heading, cell, numeric: true });
  const goodput = numberColumn(runs.map((run) => run.slo.goodputRequestsPerSecond));
  const perRequest = usdColumn(runs.map((run) => run.cost.perGoodRequestUsd));
  const perTokens = usdColumn(runs.map((run) => run.cost.perMillionOutputTokensUsd));
  const wasted = usdColumn(runs.map((run) => run.cost.wastedTokensUsd ?? null));
  return [
    { heading: "Policy", cell: (run) => run.policy },
    ...result.slo.objectives.map((objective, index) => {
      const attainment = percentColumn(runs.map((run) => run.slo.objectives[index]?.attainment ?? null));
      return number(
        `${METRIC_SHORT[objective.metric]} ≤ ${formatLimitSeconds(objective.thresholdSeconds)} for ${formatLimitShare(objective.target)}`,
        (run) => {
          const reached = run.slo.objectives[index];
          return reached === undefined
            ? NO_VALUE
            : html`<span class="${reached.met ? "good" : "bad"}">${attainment(reached.attainment)}</span>`;
        },
      );
    }),
    number("Error budget used", (run) => formatPercent(run.slo.errorBudgetUsed)),
    number("Goodput (requests/s)", (run) => goodput(run.slo.goodputRequestsPerSecond)),
    number("Per good request", (run) => perRequest(run.cost.perGoodRequestUsd)),
    number("Per million output tokens", (run) => perTokens(run.cost.perMillionOutputTokensUsd)),
    number(
      "Tokens for nothing",
      (run) => html`${formatNumber(run.wastedTokens)}<small>${wasted(run.cost.wastedTokensUsd ?? null)}</small>`,
    ),
  ];
}

function thresholds(result: ComparisonResult, runs: readonly RunResult[]): Html | undefined {
  const rows = runs.flatMap((run) => run.thresholds.map((threshold) => ({ run, threshold })));
  if (rows.length === 0) return undefined;
  const failures = rows.filter(({ threshold }) => !threshold.passed).length;
  const binding =
    result.thresholdPolicy === null
      ? "They bind every policy."
      : `They bind ${result.thresholdPolicy} alone; those of the others are shown for comparison and fail nothing.`;
  return html`<details><summary>All thresholds (${failures === 0 ? "none failed" : `${failures} failed`})</summary>
<p>${binding}</p>
${table(
  rows,
  [
    {
      heading: "Policy",
      cell: ({ run }) => html`${run.policy}<small>${thresholdsBind(result, run.policy) ? "binding" : "not binding"}</small>`,
    },
    { heading: "Metric", cell: ({ threshold }) => threshold.metric },
    { heading: "Condition", cell: ({ threshold }) => threshold.text },
    { heading: "Actual", numeric: true, cell: ({ run, threshold }) => formatActual(threshold, run) },
    { heading: "", cell: ({ threshold }) => passMark(threshold.passed, "passed", "failed") },
  ],
  { caption: "Thresholds of the scenario; a lost request counts as infinitely late" },
)}</details>`;
}

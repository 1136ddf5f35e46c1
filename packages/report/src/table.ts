import type { ComparisonResult, RunResult } from "@replicast/sim-core";
import { LEDGER_STATES } from "@replicast/sim-core/score";
import { lateSentences, renderBlame } from "./blame.ts";
import { blindLines } from "./blind.ts";
import { latenessLines, unitCostLines } from "./comparison-details.ts";
import { forecastLines } from "./forecasts.ts";
import { boundSentences, foresightLines } from "./foresight.ts";
import {
  formatLimitSeconds,
  formatLimitShare,
  formatNumber,
  formatPercent,
  formatSeconds,
  formatUsd,
  formatWholeUsd,
  NO_VALUE,
} from "./format.ts";
import { formatFixed, percentColumn } from "./format-columns.ts";
import { heldBackLines } from "./held-back.ts";
import { costLines, derivedMetrics } from "./own-metrics.ts";
import { hasQuality, qualityColumns, qualityLines } from "./quality.ts";
import { routedLines } from "./routed.ts";
import { statisticsLines } from "./statistics-table.ts";
import { monthlyByState, rankedRuns, summarise, thresholdsBind } from "./summary.ts";
import { fitTo, plainText, wrapTo } from "./text.ts";
import { type Cell, draw, fitColumns, paint, type TableOptions, type TextColumn } from "./text-columns.ts";
import { formatActual } from "./threshold-actual.ts";
import { renderWaterfall } from "./waterfall-text.ts";
import { METRIC_SHORT } from "./words.ts";

export type { TableOptions } from "./text-columns.ts";

const DEFAULT_WIDTH = 120;
const LONGEST_NAME = 32;

/** The verdict and one line per policy, best first, aligned for a terminal. Ends with a line end. */
export function renderComparisonTable(result: ComparisonResult, options: TableOptions = {}): string {
  const width = options.width ?? DEFAULT_WIDTH;
  const runs = rankedRuns(result);
  const { kept, dropped } = fitColumns(comparisonColumns(result, runs), width);
  const lines = [
    ...wrapTo(plainText(result.verdict), width).map((line) => paint({ text: line, tone: "strong" }, options)),
    "",
    ...draw(kept, options),
  ];
  if (dropped.length > 0) lines.push("", ...wrapTo(`Not shown at this width: ${dropped.join(", ")}.`, width));
  lines.push("", ...footnotes(result, runs).flatMap((note) => wrapTo(note, width)));
  const statistics = statisticsLines(result, options);
  if (statistics.length > 0) lines.push("", ...statistics);
  const foresight = foresightLines(result, options);
  if (foresight.length > 0) lines.push("", ...foresight);
  lines.push(...qualityTable(result, runs, width, options));
  lines.push(...unitCostLines(runs, width, options), ...latenessLines(runs, width, options), ...batchLimits(runs, width));
  lines.push(...ownMetrics(runs, width, options), ...remarks(runs, width), ...failures(result, runs, options));
  return `${lines.join("\n")}\n`;
}

/** What the table's words stand for, where a reader could take them for something else. */
function footnotes(result: ComparisonResult, runs: readonly RunResult[]): readonly string[] {
  const hours = formatNumber(runs[0]?.cost.runHours ?? null);
  const isPriced = runs.some(({ quality }) => (quality?.badAnswerUsd ?? 0) > 0);
  const notes = [
    `Dollars per month, extrapolated from ${hours} h. The bill${isPriced ? ", with the price of bad answers," : ""} ranks, the equation explains. TTFT p95 is of completed requests.`,
  ];
  if (runs.some((run) => !run.thresholdsPassed && !thresholdsBind(result, run.policy)))
    notes.push(plainText(`Failures in brackets do not count: the thresholds bind ${result.thresholdPolicy} alone.`));
  return [...notes, ...boundSentences(result)];
}

function comparisonColumns(result: ComparisonResult, runs: readonly RunResult[]): readonly TextColumn[] {
  const column = (
    heading: string,
    weight: number,
    cell: (run: RunResult) => string | Cell,
    side: "left" | "right" = "right",
  ): TextColumn => ({
    heading,
    side,
    weight,
    cells: runs.map((run) => {
      const value = cell(run);
      return typeof value === "string" ? { text: value } : value;
    }),
  });
  const attainment = percentColumn(runs.map((run) => run.slo.attainment));
  return [
    column("policy", 99, (run) => ({ text: fitTo(plainText(run.policy), LONGEST_NAME), tone: "strong" }), "left"),
    column("bill/month", 98, (run) => formatWholeUsd(run.cost.monthlyUsd)),
    column("equation", 60, (run) => formatWholeUsd(run.cost.equationUsd)),
    column("SLO", 97, (run) => (run.slo.met ? { text: "met", tone: "good" } : { text: "missed", tone: "bad" }), "left"),
    column("attainment", 96, (run) => attainment(run.slo.attainment)),
    column("viol. min", 70, (run) => formatNumber(run.slo.violationMinutes)),
    column("TTFT p95", 80, (run) => formatSeconds(run.latency.ttft.p95Seconds)),
    column("lost", 90, (run) => formatNumber(run.lostRequests)),
    column("GPU-hours", 50, (run) => formatNumber(summarise(run).gpuHours)),
    column("pods started", 55, (run) => formatNumber(summarise(run).podsStarted)),
    column("thresholds", 75, (run) => thresholdCell(run, thresholdsBind(result, run.policy)), "left"),
  ];
}

/** Who answered how well at what price, below the main table. */
function qualityTable(result: ComparisonResult, runs: readonly RunResult[], width: number, options: TableOptions): readonly string[] {
  if (!hasQuality(result)) return [];
  const columns = qualityColumns(runs);
  const policy: TextColumn = {
    heading: "quality",
    side: "left",
    weight: columns.length + 1,
    cells: runs.map((run) => ({ text: fitTo(plainText(run.policy), LONGEST_NAME), tone: "strong" })),
  };
  const others = columns.map(
    ({ heading, cell }, index): TextColumn => ({
      heading: fitTo(plainText(heading), LONGEST_NAME),
      side: "right",
      weight: index,
      cells: runs.map((run) => ({ text: cell(run) })),
    }),
  );
  return ["", ...draw(fitColumns([policy, ...others], width).kept, options)];
}

/** Batch limits that were chosen before the run: the same for every policy. */
function batchLimits([run]: readonly RunResult[], width: number): readonly string[] {
  return (run?.batchLimits ?? []).flatMap(({ deployment, limit, upTo, requestsPerSecond, meetsSlo }) => {
    const why = meetsSlo ? `the largest up to ${upTo} that meets the SLO` : `none up to ${upTo} meets the SLO, this one comes closest`;
    const text = `Batch limit of ${plainText(deployment)}: ${limit} (chosen: ${why} at ${formatNumber(requestsPerSecond)} requests/s a replica).`;
    return wrapTo(text, width);
  });
}

/** What the scenario computes for itself, below the main table: its cost lines and derived metrics. */
function ownMetrics(runs: readonly RunResult[], width: number, options: TableOptions): readonly string[] {
  const metrics = [...costLines(runs), ...derivedMetrics(runs)];
  if (metrics.length === 0) return [];
  const { kept, dropped } = fitColumns(
    [
      {
        heading: "the scenario's own",
        side: "left",
        weight: metrics.length + 1,
        cells: runs.map((run) => ({ text: fitTo(plainText(run.policy), LONGEST_NAME), tone: "strong" })),
      },
      ...metrics.map(
        ({ heading, cell }, index): TextColumn => ({
          heading: fitTo(plainText(heading), LONGEST_NAME),
          side: "right",
          weight: metrics.length - index,
          cells: runs.map((run) => ({ text: cell(run) })),
        }),
      ),
    ],
    width,
  );
  const missing = dropped.length === 0 ? [] : ["", ...wrapTo(`Not shown at this width: ${dropped.join(", ")}.`, width)];
  return ["", ...draw(kept, options), ...missing];
}

function thresholdCell(run: RunResult, binding: boolean): Cell {
  if (run.thresholds.length === 0) return { text: NO_VALUE };
  const failed = run.thresholds.filter((threshold) => !threshold.passed).length;
  if (failed === 0) return { text: "pass", tone: "good" };
  return binding ? { text: `FAIL (${failed})`, tone: "bad" } : { text: `(${failed} failed)` };
}

/** What figures do not show: what late requests waited for and idle dollars went to, firings at which a policy was blind, requests that were routed by model, and those held back. */
function remarks(runs: readonly RunResult[], width: number): readonly string[] {
  const told = [...blindLines(runs), ...qualityLines(runs), ...routedLines(runs), ...heldBackLines(runs), ...forecastLines(runs)];
  const lines = [...runs.flatMap(lateSentences), ...told].flatMap((line) => wrapTo(plainText(line), width));
  return lines.length === 0 ? [] : ["", ...lines];
}

/** Binding thresholds that failed, one a line: the reason for the exit code. */
function failures(result: ComparisonResult, runs: readonly RunResult[], options: TableOptions): readonly string[] {
  const failed = runs
    .filter((run) => thresholdsBind(result, run.policy))
    .flatMap((run) => run.thresholds.filter((threshold) => !threshold.passed).map((threshold) => failureLine(threshold, run)));
  return failed.length === 0 ? [] : ["", ...failed.map((text) => paint({ text, tone: "bad" }, options))];
}

function failureLine(threshold: RunResult["thresholds"][number], run: RunResult): string {
  const actual = formatActual(threshold, run);
  return plainText(
    `threshold failed: ${run.policy}: ${threshold.metric} ${threshold.text}, actual ${actual === NO_VALUE ? "no value" : actual}`,
  );
}

/** One run for a terminal: objectives, bill by state, equation, requests. Ends with a line end. */
export function renderRunTable(result: RunResult, options: TableOptions = {}): string {
  const width = options.width ?? DEFAULT_WIDTH;
  const lines = [
    ...wrapTo(plainText(runVerdict(result)), width).map((line) => paint({ text: line, tone: "strong" }, options)),
    "",
    ...draw(pairColumns(runFacts(result)), options),
    "",
    ...draw(objectiveColumns(result), options),
    "",
    ...draw(stateColumns(result), options),
    ...(result.batchLimits === undefined ? [] : ["", ...batchLimits([result], width)]),
    ...waterfallLines(result, width),
    ...blameLines(result, options),
    ...remarks([result], width),
    ...failuresOfRun(result, options),
  ];
  return `${lines.join("\n")}\n`;
}

function waterfallLines(result: RunResult, width: number): readonly string[] {
  const lines = renderWaterfall(result, { width: Math.max(10, Math.min(60, width - 30)) });
  return lines.length === 0 ? [] : ["", ...lines];
}

/** What late requests waited for, and what kept idle replicas. */
function blameLines(result: RunResult, options: TableOptions): readonly string[] {
  const lines = renderBlame(result, options);
  return lines.length === 0 ? [] : ["", ...lines];
}

/** One sentence: what the policy costs and whether it keeps its promises. */
export function runVerdict(result: RunResult): string {
  const kept = result.slo.met
    ? "meets every objective"
    : `misses ${
        result.slo.objectives
          .filter((objective) => !objective.met)
          .map((objective) => METRIC_SHORT[objective.metric])
          .join(", ") || (result.quality?.met === false ? "the quality of its answers" : "availability")
      }`;
  return `${result.policy} costs ${formatWholeUsd(result.cost.monthlyUsd)} a month and ${kept}; ${formatNumber(result.lostRequests)} of ${formatNumber(result.requests.arrived)} requests lost.`;
}

/** Names and values a run is summed up by. */
export function runFacts(result: RunResult): readonly (readonly [name: string, value: string])[] {
  const summary = summarise(result);
  return [
    ["monthly bill", formatWholeUsd(summary.monthlyUsd)],
    ["cost equation", formatWholeUsd(summary.equationUsd)],
    ["billed in the run", `${formatUsd(result.cost.billUsd)} over ${formatNumber(result.cost.runHours)} h`],
    ["attainment", formatPercent(summary.attainment)],
    ["violation minutes", `${formatNumber(summary.violationMinutes)} of ${formatNumber(result.slo.minutesWithArrivals)}`],
    ["TTFT p50, p95, p99 of completed", percentiles(result, "ttft")],
    ["TPOT p50, p95, p99 of completed", percentiles(result, "tpot")],
    ["E2E p50, p95, p99 of completed", percentiles(result, "e2e")],
    [
      "requests",
      `${formatNumber(result.requests.arrived)} arrived, ${formatNumber(result.requests.completed)} completed, ${formatNumber(result.lostRequests)} lost`,
    ],
    ["existing replicas, average", formatFixed(summary.replicasMean, 2)],
    ["scale-up decisions", formatNumber(summary.scaleUps)],
    ["pods started", formatNumber(summary.podsStarted)],
    ["GPU-hours", formatNumber(summary.gpuHours)],
    ["per million output tokens", formatUsd(result.cost.perMillionOutputTokensUsd)],
    ["per good request", formatUsd(result.cost.perGoodRequestUsd)],
    ["tokens generated for nothing", wastedTokens(result)],
    ...[...costLines([result]), ...derivedMetrics([result])].map(({ heading, cell }) => [plainText(heading), cell(result)] as const),
  ];
}

/** "1,234 of 56,789, $0.12 of the run's bill". */
function wastedTokens({ wastedTokens: wasted, outputTokens, cost }: RunResult): string {
  const tokens = `${formatNumber(wasted)} of ${formatNumber(outputTokens + wasted)}`;
  return cost.wastedTokensUsd === undefined ? tokens : `${tokens}, ${formatUsd(cost.wastedTokensUsd)} of the run's bill`;
}

function percentiles(result: RunResult, metric: "ttft" | "tpot" | "e2e"): string {
  const latency = result.latency[metric];
  return [latency.p50Seconds, latency.p95Seconds, latency.p99Seconds].map(formatSeconds).join(", ");
}

function pairColumns(pairs: readonly (readonly [string, string])[]): readonly TextColumn[] {
  return [
    { heading: "", side: "left", weight: 1, cells: pairs.map(([text]) => ({ text })) },
    { heading: "", side: "left", weight: 1, cells: pairs.map(([, text]) => ({ text })) },
  ];
}

function objectiveColumns(result: RunResult): readonly TextColumn[] {
  const { objectives } = result.slo;
  return [
    {
      heading: "objective",
      side: "left",
      weight: 1,
      cells: objectives.map((each) => ({ text: `${METRIC_SHORT[each.metric]} ≤ ${formatLimitSeconds(each.thresholdSeconds)}` })),
    },
    { heading: "target", side: "right", weight: 1, cells: objectives.map((each) => ({ text: formatLimitShare(each.target) })) },
    { heading: "reached", side: "right", weight: 1, cells: objectives.map((each) => ({ text: formatPercent(each.attainment) })) },
    {
      heading: "",
      side: "left",
      weight: 1,
      cells: objectives.map((each) => (each.met ? { text: "met", tone: "good" } : { text: "missed", tone: "bad" })),
    },
  ];
}

function stateColumns(result: RunResult): readonly TextColumn[] {
  const monthly = monthlyByState(result);
  const total = result.cost.monthlyUsd;
  return [
    {
      heading: "billed GPUs",
      side: "left",
      weight: 1,
      cells: [...LEDGER_STATES.map((text) => ({ text })), { text: "bill", tone: "strong" }],
    },
    {
      heading: "per month",
      side: "right",
      weight: 1,
      cells: [...LEDGER_STATES.map((state) => ({ text: formatWholeUsd(monthly[state]) })), { text: formatWholeUsd(total), tone: "strong" }],
    },
    {
      heading: "share",
      side: "right",
      weight: 1,
      cells: [...LEDGER_STATES.map((state) => ({ text: formatPercent(total > 0 ? monthly[state] / total : 0) })), { text: "" }],
    },
  ];
}

function failuresOfRun(result: RunResult, options: TableOptions): readonly string[] {
  const failed = result.thresholds.filter((threshold) => !threshold.passed).map((threshold) => failureLine(threshold, result));
  return failed.length === 0 ? [] : ["", ...failed.map((text) => paint({ text, tone: "bad" }, options))];
}

import type { ComparisonResult, RunResult } from "@replicast/sim-core";
import { LEDGER_STATES } from "@replicast/sim-core/score";
import { causeTotals } from "./blame.ts";
import { CAUSE_WORDS } from "./blame-words.ts";
import { blindLines } from "./blind.ts";
import { formatDate } from "./clock.ts";
import { forecastLines } from "./forecasts.ts";
import { CAUSE_NAMES, foresightSentences, rankedRegrets, signed, signedNumber } from "./foresight.ts";
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
import { formatFixed, percentColumn, usdColumn } from "./format-columns.ts";
import { heldBackLines } from "./held-back.ts";
import { costLines, derivedMetrics } from "./own-metrics.ts";
import { promptRangesUsed, ttftIn } from "./prompt-lengths.ts";
import { hasQuality, qualityColumns, qualityLines } from "./quality.ts";
import { summariseReasons } from "./reasons.ts";
import { routedLines } from "./routed.ts";
import { adviceSentence, experimentSentence, measureText, pairSentences, rankedStatistics } from "./statistics.ts";
import { HOURS_PER_MONTH, monthlyByState, rankedRuns, summarise, thresholdsBind } from "./summary.ts";
import { runFacts, runVerdict } from "./table.ts";
import { plainText } from "./text.ts";
import { formatActual } from "./threshold-actual.ts";
import { DELAY_PARTS, meanDelays, waterfalls } from "./waterfall.ts";
import { METRIC_NAMES, METRIC_SHORT, OF_COMPLETED, PAID_START_MEANING } from "./words.ts";

const EQUATION = `needed replicas × $/h × ${HOURS_PER_MONTH} + scale-up events × paid start time × $/h + buffer × $/h × ${HOURS_PER_MONTH}`;

/** The comparison as GitHub-flavoured Markdown: verdict, policies, cost by state, equation, notes. */
export function renderComparisonMarkdown(result: ComparisonResult): string {
  const runs = rankedRuns(result);
  return document([
    `# ${escapeMarkdown(result.scenario.name)}: policy comparison`,
    `**${escapeMarkdown(result.verdict)}**`,
    escapeMarkdown(result.scenario.description),
    policyTable(result, runs),
    ...statisticsParts(result),
    ownMetrics(runs),
    hasQuality(result) ? "## Cost against quality" : "",
    hasQuality(result) ? qualityTable(runs) : "",
    "## Latency of tokens",
    latencyTable(runs),
    ttftTable(runs),
    "## Dollars per month by state of the GPU",
    stateTable(runs),
    "## The monthly cost equation",
    EQUATION,
    equationTable(runs),
    "## Dollars per unit of work",
    unitTable(runs),
    waterfallTable(runs),
    blameTable(runs),
    failedThresholds(result, runs),
    ...foresightParts(result),
    "## Why replicas changed",
    table(
      ["policy", "more", "fewer", "held"],
      ["left", "left", "left", "left"],
      summariseReasons(runs).map(({ policy, more, fewer, held }) => [policy, more, fewer, held]),
    ),
    "## Notes",
    notes(
      result.scenario,
      result.version,
      [...new Set([...result.assumptions, ...runs.flatMap((run) => run.assumptions)])],
      runs[0]?.cost.runHours ?? null,
      [...blindLines(runs), ...qualityLines(runs), ...routedLines(runs), ...heldBackLines(runs), ...forecastLines(runs)],
    ),
  ]);
}

/** What replications show; nothing where nobody asked. */
function statisticsParts({ statistics }: ComparisonResult): readonly string[] {
  if (statistics === undefined) return [];
  const times = (count: number): string => `${formatNumber(count)} of ${formatNumber(statistics.replications)}`;
  return [
    "## What replications show",
    escapeMarkdown(`${experimentSentence(statistics)} All other figures of this page are of the first replication.`),
    table(
      ["policy", "bill/month", "attainment, %", "violations", "SLO met in", "thresholds passed in"],
      ["left", "right", "right", "right", "right", "right"],
      rankedStatistics(statistics).map((row) => [
        row.policy,
        measureText(row, "monthlyUsd"),
        measureText(row, "attainment"),
        measureText(row, "violations"),
        times(row.sloMetIn),
        times(row.thresholdsPassedIn),
      ]),
    ),
    pairSentences(statistics)
      .map((text) => `- ${escapeMarkdown(text)}`)
      .join("\n"),
    [adviceSentence(statistics), ...statistics.notes].map(escapeMarkdown).join("\n\n"),
  ];
}

/** How far every policy is from knowing the traffic; nothing where nobody asked. */
function foresightParts(result: ComparisonResult): readonly string[] {
  const { foresight } = result;
  if (foresight === undefined) return [];
  const regrets = rankedRegrets(result);
  const causes = regrets[0]?.rungs?.map(({ cause }) => CAUSE_NAMES[cause]) ?? [];
  return [
    "## The distance to perfect foresight",
    foresightSentences(foresight).map(escapeMarkdown).join("\n\n"),
    table(
      ["policy", "regret/month", "more violation min", ...causes],
      ["left", "right", "right", ...causes.map(() => "right" as const)],
      regrets.map(({ policy, monthlyMicroUsd, violationMinutes, rungs }) => [
        policy,
        signed(monthlyMicroUsd),
        signedNumber(violationMinutes),
        ...(rungs ?? []).map((rung) => (rung.isAbsent ? NO_VALUE : signed(rung.monthlyMicroUsd))),
      ]),
    ),
  ];
}

/** One run as GitHub-flavoured Markdown. */
export function renderRunMarkdown(result: RunResult): string {
  return document([
    `# ${escapeMarkdown(result.scenario.name)}: ${escapeMarkdown(result.policy)}`,
    `**${escapeMarkdown(runVerdict(result))}**`,
    escapeMarkdown(result.scenario.description),
    table(["", ""], ["left", "left"], runFacts(result)),
    "## Objectives",
    table(
      ["objective", "threshold", "target", "reached", ""],
      ["left", "right", "right", "right", "left"],
      result.slo.objectives.map((each) => [
        METRIC_NAMES[each.metric],
        formatLimitSeconds(each.thresholdSeconds),
        formatLimitShare(each.target),
        formatPercent(each.attainment),
        each.met ? "met" : "missed",
      ]),
    ),
    "## Latency of tokens",
    latencyTable([result]),
    ttftTable([result]),
    "## Dollars per month by state of the GPU",
    stateTable([result]),
    "## The monthly cost equation",
    EQUATION,
    equationTable([result]),
    waterfallTable([result]),
    blameTable([result]),
    result.thresholds.length === 0 ? "" : "## Thresholds",
    result.thresholds.length === 0
      ? ""
      : table(
          ["metric", "condition", "actual", ""],
          ["left", "left", "right", "left"],
          result.thresholds.map((each) => [each.metric, each.text, formatActual(each, result), each.passed ? "passed" : "failed"]),
        ),
    "## Notes",
    notes(result.scenario, result.version, result.assumptions, result.cost.runHours, [
      ...blindLines([result]),
      ...qualityLines([result]),
      ...routedLines([result]),
      ...heldBackLines([result]),
      ...forecastLines([result]),
    ]),
  ]);
}

function qualityTable(runs: readonly RunResult[]): string {
  const columns = qualityColumns(runs);
  return table(
    ["policy", ...columns.map(({ heading }) => heading)],
    ["left", ...columns.map(() => "right" as const)],
    runs.map((run) => [run.policy, ...columns.map(({ cell }) => cell(run))]),
  );
}

function policyTable(result: ComparisonResult, runs: readonly RunResult[]): string {
  const attainment = percentColumn(runs.map((run) => run.slo.attainment));
  return table(
    [
      "policy",
      "bill/month",
      "equation",
      "SLO",
      "attainment",
      "violation min",
      "TTFT p95",
      "lost",
      "GPU-hours",
      "pods started",
      "thresholds passed",
    ],
    ["left", "right", "right", "left", "right", "right", "right", "right", "right", "right", "left"],
    runs.map((run) => {
      const summary = summarise(run);
      return [
        run.policy,
        formatWholeUsd(summary.monthlyUsd),
        formatWholeUsd(summary.equationUsd),
        summary.sloMet
          ? "met"
          : `missed ${run.slo.objectives
              .filter((each) => !each.met)
              .map((each) => METRIC_SHORT[each.metric])
              .join(", ")}`.trim(),
        attainment(summary.attainment),
        formatNumber(summary.violationMinutes),
        formatSeconds(summary.ttftP95Seconds),
        formatNumber(summary.lostRequests),
        formatNumber(summary.gpuHours),
        formatNumber(summary.podsStarted),
        summary.thresholdsTotal === 0
          ? NO_VALUE
          : `${summary.thresholdsPassed} of ${summary.thresholdsTotal}${thresholdsBind(result, run.policy) ? ", binding" : ", not binding"}`,
      ];
    }),
  );
}

function ownMetrics(runs: readonly RunResult[]): string {
  const metrics = [...costLines(runs), ...derivedMetrics(runs)];
  if (metrics.length === 0) return "";
  const rows = runs.map((run) => [run.policy, ...metrics.map(({ cell }) => cell(run))]);
  const headings = ["policy", ...metrics.map(({ heading }) => escapeMarkdown(heading))];
  return `## The scenario's own cost lines and metrics\n\n${table(headings, ["left", ...metrics.map(() => "right" as const)], rows)}`;
}

/** How answers flow once they have begun, beside the time to their first token. */
function latencyTable(runs: readonly RunResult[]): string {
  const metrics = ["ttft", "tpot", "itl"] as const;
  return table(
    ["policy", ...metrics.flatMap((metric) => ["p50", "p95", "p99"].map((name) => `${METRIC_SHORT[metric]} ${name}`))],
    ["left", ...metrics.flatMap(() => ["right", "right", "right"] as const)],
    runs.map((run) => [
      run.policy,
      ...metrics.flatMap((metric) => {
        const { p50Seconds, p95Seconds, p99Seconds } = run.latency[metric];
        return [p50Seconds, p95Seconds, p99Seconds].map(formatSeconds);
      }),
    ]),
  );
}

/** Whose first token comes late: prompts of each length. */
function ttftTable(runs: readonly RunResult[]): string {
  const ranges = promptRangesUsed(runs);
  if (ranges.length === 0) return "";
  return table(
    ["TTFT p50 / p95 by prompt tokens", ...ranges],
    ["left", ...ranges.map(() => "right" as const)],
    runs.map((run) => [
      run.policy,
      ...ranges.map((range) => {
        const ttft = ttftIn(run, range);
        return ttft === undefined ? NO_VALUE : `${formatSeconds(ttft.p50Seconds)} / ${formatSeconds(ttft.p95Seconds)}`;
      }),
    ]),
  );
}

function stateTable(runs: readonly RunResult[]): string {
  return table(
    ["policy", ...LEDGER_STATES, "bill"],
    ["left", ...LEDGER_STATES.map(() => "right" as const), "right"],
    runs.map((run) => {
      const monthly = monthlyByState(run);
      return [run.policy, ...LEDGER_STATES.map((state) => formatWholeUsd(monthly[state])), formatWholeUsd(run.cost.monthlyUsd)];
    }),
  );
}

/** What a unit of work costs, and what went into tokens that reached nobody. */
function unitTable(runs: readonly RunResult[]): string {
  const perTokens = usdColumn(runs.map(({ cost }) => cost.perMillionOutputTokensUsd));
  const perRequest = usdColumn(runs.map(({ cost }) => cost.perGoodRequestUsd));
  const wasted = usdColumn(runs.map(({ cost }) => cost.wastedTokensUsd ?? null));
  return table(
    ["policy", "per million output tokens", "per good request", "tokens for nothing", "their share of the run's bill"],
    ["left", "right", "right", "right", "right"],
    runs.map(({ policy, wastedTokens, cost }) => [
      policy,
      perTokens(cost.perMillionOutputTokensUsd),
      perRequest(cost.perGoodRequestUsd),
      formatNumber(wastedTokens),
      wasted(cost.wastedTokensUsd ?? null),
    ]),
  );
}

function equationTable(runs: readonly RunResult[]): string {
  return table(
    [
      "policy",
      "deployment",
      "node pool",
      "replica $/h",
      "needed replicas",
      "events/month",
      "paid start time",
      "buffer replicas",
      "replicas term",
      "scale-ups term",
      "buffer term",
    ],
    ["left", "left", "left", "right", "right", "right", "right", "right", "right", "right", "right"],
    runs.flatMap((run) =>
      run.cost.equation.map((row) => [
        run.policy,
        row.deployment,
        row.nodePool,
        formatUsd(row.replicaPricePerHourUsd),
        formatFixed(row.averageConcurrentReplicas, 3),
        formatFixed(row.scaleUpEventsPerMonth, 1),
        formatSeconds(row.modelLoadHours * 3600),
        formatFixed(row.overprovisioningBufferReplicas, 3),
        formatWholeUsd(row.replicasTermUsd),
        formatWholeUsd(row.scaleUpsTermUsd),
        formatWholeUsd(row.bufferTermUsd),
      ]),
    ),
  );
}

/** What late requests waited for, and what kept idle replicas. */
function blameTable(runs: readonly RunResult[]): string {
  const rows = runs.flatMap((run) =>
    causeTotals(run).map(({ cause, shortageSeconds, violations, idleUsd }) => [
      run.policy,
      CAUSE_WORDS[cause].name,
      formatSeconds(shortageSeconds),
      formatNumber(violations),
      formatUsd(idleUsd),
    ]),
  );
  if (rows.length === 0) return "";
  const headings = ["policy", "cause", "short of replicas", "late requests", "idle dollars of the run"];
  return `## Whose fault it was\n\n${table(headings, ["left", "left", "right", "right", "right"], rows)}`;
}

/** Why capacity was late, part by part, in the mean of the replicas that were started. */
function waterfallTable(runs: readonly RunResult[]): string {
  const means = runs.map((run) => meanDelays(waterfalls(run)));
  const parts = DELAY_PARTS.filter(({ part }) => means.some((delays) => delays.some((delay) => delay.part === part)));
  if (parts.length === 0) return "";
  const rows = means.map((delays, index) => [
    runs[index]?.policy ?? "",
    ...parts.map(({ part }) => formatSeconds(delays.find((delay) => delay.part === part)?.seconds ?? null)),
    formatSeconds(delays.length === 0 ? null : delays.reduce((sum, { seconds }) => sum + seconds, 0)),
  ]);
  const headings = ["policy", ...parts.map(({ name }) => name), "in total"];
  return `## Why capacity was late\n\n${table(headings, ["left", ...headings.slice(1).map(() => "right" as const)], rows)}`;
}

function failedThresholds(result: ComparisonResult, runs: readonly RunResult[]): string {
  const rows = runs.flatMap((run) =>
    run.thresholds
      .filter((each) => !each.passed)
      .map((each) => [run.policy, each.metric, each.text, formatActual(each, run), thresholdsBind(result, run.policy) ? "yes" : "no"]),
  );
  if (rows.length === 0) return "";
  return `## Failed thresholds\n\n${table(["policy", "metric", "condition", "actual", "binding"], ["left", "left", "left", "right", "left"], rows)}`;
}

function notes(
  scenario: RunResult["scenario"],
  version: string,
  assumptions: readonly string[],
  runHours: number | null,
  blind: readonly string[],
): string {
  return [
    `Monthly figures are extrapolated from ${formatNumber(runHours)} h to ${HOURS_PER_MONTH} h.`,
    `Start ${formatDate(scenario)}, ${escapeMarkdown(scenario.timeZone)}; seed ${escapeMarkdown(scenario.seed)}; scenario hash ${escapeMarkdown(scenario.hash)}; Replicast ${escapeMarkdown(version)}.`,
    OF_COMPLETED,
    PAID_START_MEANING,
    ...blind.map(escapeMarkdown),
    ...assumptions.map(escapeMarkdown),
  ]
    .map((line) => `- ${line}`)
    .join("\n");
}

function table(headings: readonly string[], sides: readonly ("left" | "right")[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const body = rows.map((row) => line(row.map(escapeMarkdown)));
  return [line(headings), line(sides.map((side) => (side === "right" ? "---:" : "---"))), ...body].join("\n");
}

function document(blocks: readonly string[]): string {
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

/** Text that means itself in Markdown and stays within its table cell. */
export function escapeMarkdown(text: string): string {
  return plainText(text.replace(/\s*[\r\n]+\s*/g, " "))
    .replace(/[\\`*_{}[\]|#~!]/g, "\\$&")
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/:\/\//g, ":&#47;&#47;")
    .replace(/@/g, "&#64;");
}

import type { ComparisonResult, RunResult } from "@replicast/sim-core";
import { binMinutes, type MinuteBin, minuteBins, policyNames, rankedNames } from "./minutes.ts";
import {
  type ChartOptions,
  type ChartSpec,
  dress,
  LOG_SECONDS,
  legendPick,
  localStartMilliseconds,
  policyLine,
  rowsHeight,
  TIME_ZOOM,
  timeAxis,
  WHEN,
} from "./spec.ts";
import { LIGHT_THEME } from "./theme.ts";

/** Bins of a time chart: more than a phone has pixels to show, as many as a wide screen can. */
const MAX_BINS = 480;

/** Requests that arrive per minute; the same for every policy, as first arrivals are. */
export function trafficChart(result: ComparisonResult, options: ChartOptions = {}): ChartSpec {
  const theme = options.theme ?? LIGHT_THEME;
  const run = result.runs[0];
  const bins = run === undefined ? [] : binRows(run, (bin, minutes) => ({ perMinute: Math.round((bin.arrivals / minutes) * 10) / 10 }));
  const last = bins.at(-1);
  // The last step needs an end.
  const values = last === undefined ? [] : [...bins, { ...last, t: last["end"] ?? null }];
  return dress(
    {
      description: "Requests that arrive per minute, over the run.",
      height: 90,
      data: { values },
      transform: [WHEN],
      params: [TIME_ZOOM],
      mark: {
        type: "area",
        interpolate: "step-after",
        clip: true,
        color: theme.muted,
        fillOpacity: 0.22,
        line: { color: theme.muted, strokeWidth: 1, interpolate: "step-after", clip: true },
      },
      encoding: {
        x: timeAxis(result.scenario),
        y: { field: "perMinute", type: "quantitative", axis: { title: "requests/min", tickCount: 3 } },
        tooltip: [
          { field: "when", title: "time" },
          { field: "perMinute", type: "quantitative", title: "requests per minute" },
        ],
      },
    },
    options,
  );
}

/** The share of requests that missed an objective, by time and policy: a strip per policy, stronger where more went wrong. */
export function violationsChart(result: ComparisonResult, options: ChartOptions = {}): ChartSpec {
  const theme = options.theme ?? LIGHT_THEME;
  const values = result.runs.flatMap((run) =>
    binRows(run, (bin) => ({ policy: run.policy, violations: bin.violations, arrivals: bin.arrivals })).filter(
      (row, index) => index === 0 || row["violations"] !== 0,
    ),
  );
  return dress(
    {
      description: "Share of requests that missed a service objective, over time, one strip per policy.",
      height: rowsHeight(result.runs.length, 24),
      data: { values },
      transform: [WHEN, { calculate: "datum.violations / max(1, datum.arrivals)", as: "share" }],
      params: [TIME_ZOOM],
      mark: { type: "rect", clip: true, color: theme.bad },
      encoding: {
        x: timeAxis(result.scenario),
        x2: { field: "end" },
        y: {
          field: "policy",
          type: "nominal",
          scale: { domain: [...rankedNames(result)], paddingInner: 0.18 },
          axis: { title: null, grid: true, tickBand: "extent", ticks: false, domain: false },
        },
        // A root makes the rare miss visible beside the total loss.
        opacity: {
          condition: { test: "datum.violations === 0", value: 0 },
          field: "share",
          type: "quantitative",
          scale: { type: "sqrt", domain: [0, 1], range: [0.15, 1] },
          legend: null,
        },
        tooltip: [
          { field: "policy", title: "policy" },
          { field: "when", title: "from" },
          { field: "violations", type: "quantitative", title: "missed" },
          { field: "arrivals", type: "quantitative", title: "arrived" },
          { field: "share", type: "quantitative", title: "share", format: ".1%" },
        ],
      },
    },
    options,
  );
}

/** The 95th percentile of the time to first token, worst minute of each bin, one line per policy. */
export function ttftOverTimeChart(result: ComparisonResult, options: ChartOptions = {}): ChartSpec {
  const thresholds = result.slo.objectives
    .filter((objective) => objective.metric === "ttft")
    .map((objective) => ({ threshold: objective.thresholdSeconds }));
  return policyLines(result, options, {
    description: "95th percentile of the time to first token over time, one line per policy.",
    field: "ttft",
    title: "TTFT p95 (s, log)",
    scale: { type: "log", nice: false },
    axis: { values: LOG_SECONDS, format: "~g" },
    pick: (bin) => (bin.ttftP95Seconds === null ? null : Math.max(0.001, roundTo4(bin.ttftP95Seconds))),
    thresholds,
  });
}

/** Requests waiting at the gateway and at replicas, longest queue of each bin, one line per policy. */
export function queueChart(result: ComparisonResult, options: ChartOptions = {}): ChartSpec {
  return policyLines(result, options, {
    description: "Requests waiting for a replica over time, one line per policy.",
    field: "queued",
    title: "requests waiting",
    scale: { type: "symlog", nice: false, domain: { unionWith: [0, 10] } },
    axis: { values: [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 100_000], format: "~s" },
    pick: (bin) => bin.queued,
    thresholds: [],
  });
}

interface Lines {
  readonly description: string;
  readonly field: string;
  readonly title: string;
  readonly scale: ChartSpec;
  readonly axis: ChartSpec;
  readonly pick: (bin: MinuteBin) => number | null;
  readonly thresholds: readonly { readonly threshold: number }[];
}

function policyLines(result: ComparisonResult, options: ChartOptions, lines: Lines): ChartSpec {
  const theme = options.theme ?? LIGHT_THEME;
  const names = policyNames(result);
  const pick = legendPick("policy");
  const values = result.runs.flatMap((run) => binRows(run, (bin) => ({ policy: run.policy, [lines.field]: lines.pick(bin) })));
  return dress(
    {
      description: lines.description,
      height: 190,
      layer: [
        {
          data: { values },
          transform: [WHEN],
          params: [TIME_ZOOM, pick.param],
          mark: { type: "line", interpolate: "linear", strokeWidth: 1.5, clip: true, invalid: "break-paths-show-domains" },
          encoding: {
            x: timeAxis(result.scenario),
            y: {
              field: lines.field,
              type: "quantitative",
              scale: lines.scale,
              axis: { title: lines.title, labelOverlap: true, ...lines.axis },
            },
            color: policyLine(names, theme, options),
            opacity: pick.opacity,
            tooltip: [
              { field: "policy", title: "policy" },
              { field: "when", title: "from" },
              { field: lines.field, type: "quantitative", title: lines.title, format: ".4~g" },
            ],
          },
        },
        ...(lines.thresholds.length === 0 ? [] : [thresholdRule(lines.thresholds, theme.bad)]),
      ],
    },
    options,
  );
}

function thresholdRule(thresholds: readonly { readonly threshold: number }[], color: string): ChartSpec {
  return {
    data: { values: thresholds },
    mark: { type: "rule", strokeDash: [4, 3], color, strokeWidth: 1.2 },
    encoding: {
      y: { field: "threshold", type: "quantitative" },
      tooltip: [{ field: "threshold", type: "quantitative", title: "objective (s)" }],
    },
  };
}

function binRows(run: RunResult, row: (bin: MinuteBin, minutes: number) => ChartSpec): readonly ChartSpec[] {
  const start = localStartMilliseconds(run.scenario);
  return minuteBins(run, binMinutes(run.scenario.durationSeconds, MAX_BINS)).map((bin) => ({
    t: start + bin.startSeconds * 1000,
    end: start + bin.endSeconds * 1000,
    ...row(bin, (bin.endSeconds - bin.startSeconds) / 60),
  }));
}

function roundTo4(value: number): number {
  return Number(value.toPrecision(4));
}

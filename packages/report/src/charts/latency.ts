import type { ComparisonResult, LatencyMetric, LatencySummary } from "@replicast/sim-core";
import { METRIC_NAMES } from "../words.ts";
import { policyNames } from "./minutes.ts";
import { type ChartOptions, type ChartSpec, dress, LOG_SECONDS, legendPick, policyLine } from "./spec.ts";
import { LIGHT_THEME } from "./theme.ts";

/** Points kept of a distribution; its steps are then under half a pixel high. */
const MAX_POINTS = 240;

/**
 * The share of completed requests that were at least this fast, per policy; the objectives' thresholds as rules, their
 * targets as marks on them.
 */
export function latencyChart(result: ComparisonResult, metric: LatencyMetric, options: ChartOptions = {}): ChartSpec {
  const theme = options.theme ?? LIGHT_THEME;
  const names = policyNames(result);
  const pick = legendPick("policy");
  const share = metric === "itl" ? "share of gaps between tokens" : "share of requests";
  const values = result.runs.flatMap((run) =>
    cumulative(run.latency[metric]).map(([seconds, share]) => ({ policy: run.policy, seconds, share })),
  );
  const objectives = result.slo.objectives.filter((objective) => objective.metric === metric);
  return dress(
    {
      description: `Distribution of ${METRIC_NAMES[metric]}: ${share} at or below each value, one curve per policy.`,
      height: 220,
      layer: [
        {
          data: { values },
          params: [
            { name: "zoom", select: { type: "interval", encodings: ["x"], zoom: "wheel![event.shiftKey]" }, bind: "scales" },
            pick.param,
          ],
          mark: { type: "line", interpolate: "step-after", strokeWidth: 1.8, clip: true },
          encoding: {
            x: {
              field: "seconds",
              type: "quantitative",
              scale: { type: "log", nice: false, ...(values.length === 0 ? { domain: [0.01, 10] } : {}) },
              axis: { title: `${METRIC_NAMES[metric]} (s, log)`, grid: false, values: LOG_SECONDS, format: "~g", labelOverlap: true },
            },
            y: {
              field: "share",
              type: "quantitative",
              scale: { domain: [0, 1] },
              axis: { title: share, format: ".0%", tickCount: 5 },
            },
            color: policyLine(names, theme, options),
            opacity: pick.opacity,
            tooltip: [
              { field: "policy", title: "policy" },
              { field: "seconds", type: "quantitative", title: "at most (s)", format: ".3~g" },
              { field: "share", type: "quantitative", title: "share", format: ".2%" },
            ],
          },
        },
        ...(objectives.length === 0
          ? []
          : objectiveMarks(
              objectives.map(({ thresholdSeconds, target }) => ({ seconds: thresholdSeconds, target })),
              theme.bad,
            )),
      ],
    },
    options,
  );
}

function objectiveMarks(rows: readonly { readonly seconds: number; readonly target: number }[], color: string): readonly ChartSpec[] {
  const tooltip = [
    { field: "seconds", type: "quantitative", title: "objective (s)" },
    { field: "target", type: "quantitative", title: "for", format: ".1%" },
  ];
  return [
    {
      data: { values: rows },
      mark: { type: "rule", strokeDash: [4, 3], color, strokeWidth: 1.2 },
      encoding: { x: { field: "seconds", type: "quantitative" }, tooltip },
    },
    {
      data: { values: rows },
      mark: { type: "point", filled: true, shape: "diamond", size: 70, color, opacity: 1 },
      encoding: { x: { field: "seconds", type: "quantitative" }, y: { field: "target", type: "quantitative" }, tooltip },
    },
  ];
}

/** Empirical distribution from log buckets: ascending (seconds, share at or below), thinned to {@link MAX_POINTS}. */
export function cumulative(latency: LatencySummary): readonly (readonly [seconds: number, share: number])[] {
  let total = 0;
  for (const [, count] of latency.buckets) total += count;
  const points: (readonly [number, number])[] = [];
  const [first] = latency.buckets;
  if (first === undefined || total === 0) return points;
  let seen = 0;
  let kept = 0;
  points.push([axisSeconds(latency.minSeconds ?? first[0]), 0]);
  latency.buckets.forEach(([upperSeconds, count], index) => {
    seen += count;
    if (index < latency.buckets.length - 1 && (seen - kept) / total < 1 / MAX_POINTS) return;
    kept = seen;
    points.push([axisSeconds(upperSeconds), Number((seen / total).toFixed(5))]);
  });
  return points;
}

/** A logarithmic axis has no zero; a tenth of a millisecond stands for it. */
function axisSeconds(seconds: number): number {
  return Math.max(0.0001, Number(seconds.toPrecision(4)));
}

import type { ComparisonResult } from "@replicast/sim-core";
import { foldDecisions } from "../decisions.ts";
import { rankedNames } from "./minutes.ts";
import {
  type ChartOptions,
  type ChartSpec,
  dress,
  legendPick,
  localStartMilliseconds,
  rowsHeight,
  TIME_ZOOM,
  timeAxis,
  WHEN,
} from "./spec.ts";
import { LIGHT_THEME } from "./theme.ts";

/** Marks a chart shows per policy; beyond that the largest steps are kept. */
const MAX_MARKS = 400;

/** When each policy asked for more or fewer replicas, and why; decisions that change nothing are left out. */
export function decisionsChart(result: ComparisonResult, options: ChartOptions = {}): ChartSpec {
  const theme = options.theme ?? LIGHT_THEME;
  const start = localStartMilliseconds(result.scenario);
  const values = result.runs.flatMap((run) =>
    largest(foldDecisions(run.decisions).filter((fold) => fold.change !== 0)).map((fold) => ({
      t: start + Math.round(fold.timeSeconds * 1000),
      policy: run.policy,
      way: fold.change > 0 ? "up" : "down",
      size: Math.abs(fold.change),
      step: `${fold.specReplicas} → ${fold.desiredReplicas}`,
      reason: fold.reason,
      deployment: fold.deployment,
    })),
  );
  const pick = legendPick("way");
  return dress(
    {
      description: "Scaling decisions over time, one row per policy: upward and downward, larger marks for larger steps.",
      height: rowsHeight(result.runs.length, 34),
      data: { values },
      transform: [WHEN],
      params: [TIME_ZOOM, pick.param],
      mark: { type: "point", filled: true, clip: true, strokeWidth: 0 },
      encoding: {
        x: timeAxis(result.scenario),
        y: {
          field: "policy",
          type: "nominal",
          scale: { domain: [...rankedNames(result)] },
          axis: { title: null, ticks: false, domain: false, grid: true, labelFontSize: 12 },
        },
        yOffset: { field: "way", type: "nominal", scale: { domain: ["up", "down"] } },
        shape: { field: "way", type: "nominal", scale: { domain: ["up", "down"], range: ["triangle-up", "triangle-down"] }, legend: {} },
        color: {
          field: "way",
          type: "nominal",
          scale: { domain: ["up", "down"], range: [theme.states.starting, theme.states.needed] },
          legend: {},
        },
        size: { field: "size", type: "quantitative", scale: { domain: [1, 8], range: [40, 170], clamp: true }, legend: null },
        opacity: pick.opacity,
        tooltip: [
          { field: "policy", title: "policy" },
          { field: "when", title: "time" },
          { field: "deployment", title: "deployment" },
          { field: "step", title: "replicas" },
          { field: "reason", title: "reason" },
        ],
      },
    },
    options,
  );
}

function largest<T extends { readonly change: number; readonly timeSeconds: number }>(folds: readonly T[]): readonly T[] {
  if (folds.length <= MAX_MARKS) return folds;
  const bySize = folds
    .map((fold, index) => ({ fold, index }))
    .sort((a, b) => Math.abs(b.fold.change) - Math.abs(a.fold.change) || a.index - b.index);
  return bySize
    .slice(0, MAX_MARKS)
    .sort((a, b) => a.index - b.index)
    .map(({ fold }) => fold);
}

import type { DeploymentResult, RunResult } from "@replicast/sim-core";
import {
  type ChartOptions,
  type ChartSpec,
  dress,
  flowingLegend,
  legendPick,
  localStartMilliseconds,
  TIME_ZOOM,
  timeAxis,
  WHEN,
} from "./spec.ts";
import { alignSteps } from "./steps.ts";
import { LIGHT_THEME } from "./theme.ts";

const SERIES = ["required", "desired", "existing", "ready"] as const;

/** The order in which the lines are drawn: what the load required lies on top, for everything else is judged by it. */
const DRAWN = ["existing", "desired", "ready", "required"] as const;

/** Rows a chart keeps of its step series; about one per pixel of a wide screen. */
const MAX_ROWS = 1200;

/**
 * Replicas of one deployment over the run: what the load required, what the policy asked for, what existed, what was ready.
 * @param options.maxReplicas common top of the axis, so that charts of several policies can be compared
 */
export function replicasChart(
  run: Pick<RunResult, "policy" | "scenario">,
  deployment: DeploymentResult,
  options: ChartOptions & { readonly maxReplicas?: number; readonly height?: number } = {},
): ChartSpec {
  const theme = options.theme ?? LIGHT_THEME;
  const start = localStartMilliseconds(run.scenario);
  const { required, desired, existing, ready } = deployment;
  const rows = alignSteps({ required, desired, existing, ready }, run.scenario.durationSeconds, MAX_ROWS);
  const pick = legendPick("series");
  const domain = options.maxReplicas === undefined ? {} : { domain: [0, options.maxReplicas * 1.06] };
  return dress(
    {
      description: `Replicas of ${deployment.name} under ${run.policy}: required by the load, desired by the policy, existing, ready.`,
      height: options.height ?? 200,
      data: { values: rows.map(({ seconds, ...replicas }) => ({ t: start + Math.round(seconds * 1000), ...replicas })) },
      transform: [WHEN],
      encoding: { x: timeAxis(run.scenario) },
      layer: [
        {
          transform: [{ fold: ["existing", "ready"], as: ["series", "replicas"] }],
          params: [TIME_ZOOM, pick.param],
          ...stepMark(pick.opacity, { type: "area", line: false, fillOpacity: 0.28 }, {}),
        },
        {
          transform: [{ fold: [...DRAWN], as: ["series", "replicas"] }],
          ...stepMark(
            pick.opacity,
            { type: "line", strokeWidth: 1.6, strokeJoin: "round" },
            {
              y: {
                field: "replicas",
                type: "quantitative",
                axis: { title: "replicas", tickMinStep: 1, tickCount: 4 },
                scale: { ...domain, nice: false },
              },
              color: {
                field: "series",
                type: "nominal",
                scale: { domain: [...SERIES], range: [theme.ink, theme.states.starting, theme.states.buffer, theme.states.needed] },
                legend: { ...flowingLegend(options, 95), symbolType: "stroke", symbolStrokeWidth: 3 },
              },
              strokeDash: {
                field: "series",
                type: "nominal",
                scale: {
                  domain: [...SERIES],
                  range: [
                    [1, 0],
                    [4, 2],
                    [1, 0],
                    [1, 0],
                  ],
                },
              },
            },
          ),
        },
        HOVER_LAYER,
      ],
    },
    options,
  );
}

function stepMark(opacity: ChartSpec, mark: ChartSpec, encoding: ChartSpec): ChartSpec {
  return {
    mark: { ...mark, interpolate: "step-after", clip: true },
    encoding: {
      y: { field: "replicas", type: "quantitative", stack: null },
      color: { field: "series", type: "nominal" },
      opacity,
      ...encoding,
    },
  };
}

/** A vertical rule at the nearest moment, with all four values in its tooltip. */
const HOVER_LAYER: ChartSpec = {
  params: [{ name: "hover", select: { type: "point", on: "pointermove", nearest: true, clear: "pointerout", encodings: ["x"] } }],
  mark: { type: "rule", strokeWidth: 1, clip: true },
  encoding: {
    opacity: { condition: { param: "hover", value: 0.7, empty: false }, value: 0 },
    tooltip: [{ field: "when", title: "time" }, ...SERIES.map((name) => ({ field: name, type: "quantitative", title: name }))],
  },
};

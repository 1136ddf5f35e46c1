import type { ComparisonResult, RequestFate } from "@replicast/sim-core";
import { FATE_NAMES } from "../words.ts";
import { rankedNames } from "./minutes.ts";
import { type ChartOptions, type ChartSpec, dress, flowingLegend, legendPick, rowsHeight } from "./spec.ts";
import { LIGHT_THEME } from "./theme.ts";

/**
 * What became of the requests that ended otherwise than completed. The completed ones would dwarf them, and those still in
 * flight when the run ends have no fate yet.
 */
export function fatesChart(result: ComparisonResult, options: ChartOptions = {}): ChartSpec {
  const theme = options.theme ?? LIGHT_THEME;
  const shown = (Object.keys(FATE_NAMES) as RequestFate[]).filter((fate) => fate !== "completed" && fate !== "inFlight");
  const values = result.runs.flatMap((run) =>
    shown.map((fate, order) => ({
      policy: run.policy,
      fate: FATE_NAMES[fate],
      order,
      requests: run.requests[fate],
      share: run.requests[fate] / Math.max(1, run.requests.arrived),
    })),
  );
  const pick = legendPick("fate");
  return dress(
    {
      description: "Requests that ended without being completed, by what became of them, per policy.",
      height: rowsHeight(result.runs.length, 26),
      data: { values },
      params: [pick.param],
      mark: { type: "bar", height: { band: 0.7 } },
      encoding: {
        y: {
          field: "policy",
          type: "nominal",
          scale: { domain: [...rankedNames(result)] },
          axis: { title: null, ticks: false, domain: false, labelFontSize: 12 },
        },
        x: {
          field: "requests",
          type: "quantitative",
          axis: {
            title: "requests",
            labelExpr: "format(datum.value, '~s')",
            tickMinStep: 1,
            labelOverlap: true,
            tickCount: { expr: "max(3, floor(width / 90))" },
          },
        },
        color: {
          field: "fate",
          type: "nominal",
          scale: { domain: shown.map((fate) => FATE_NAMES[fate]), range: shown.map((fate) => theme.fates[fate]) },
          legend: flowingLegend(options, 125),
        },
        order: { field: "order" },
        opacity: pick.opacity,
        tooltip: [
          { field: "policy", title: "policy" },
          { field: "fate", title: "fate" },
          { field: "requests", type: "quantitative", title: "requests", format: "," },
          { field: "share", type: "quantitative", title: "of all", format: ".3%" },
        ],
      },
    },
    options,
  );
}

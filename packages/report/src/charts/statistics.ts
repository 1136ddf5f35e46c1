import type { ComparedMeasure, ComparisonResult } from "@replicast/sim-core";
import { type ChartOptions, type ChartSpec, dress, rowsHeight } from "./spec.ts";
import { LIGHT_THEME } from "./theme.ts";

const AXES: Readonly<Record<ComparedMeasure, { readonly title: string; readonly scale: number; readonly format: string }>> = {
  monthlyUsd: { title: "difference of monthly bills, dollars", scale: 1, format: "$,.0f" },
  attainment: { title: "difference of attainment, points", scale: 100, format: ".3~f" },
  violations: { title: "difference of violations, requests", scale: 1, format: ",.1f" },
};
const SHOWN = "shown";
const NOT_SHOWN = "not shown";

/** The paired differences of one measure with their intervals: those that do not reach 0, and hold after correction, are shown. */
export function differencesChart(result: ComparisonResult, measure: ComparedMeasure, options: ChartOptions = {}): ChartSpec {
  const theme = options.theme ?? LIGHT_THEME;
  const { title, scale, format } = AXES[measure];
  const values = (result.statistics?.pairs ?? []).flatMap(({ measure: of, first, second, difference, finding, compared }) =>
    of !== measure || difference === null
      ? []
      : [
          {
            pair: `${first} − ${second}`,
            mean: scale * difference.mean,
            low: scale * difference.low,
            high: scale * difference.high,
            finding: finding === "notShown" ? NOT_SHOWN : SHOWN,
            replications: compared,
          },
        ],
  );
  const y = {
    field: "pair",
    type: "nominal",
    scale: { domain: values.map(({ pair }) => pair) },
    axis: { title: null, ticks: false, domain: false, labelLimit: 260 },
  };
  const color = {
    field: "finding",
    type: "nominal",
    scale: { domain: [SHOWN, NOT_SHOWN], range: [theme.states.needed, theme.muted] },
    legend: { title: null },
  };
  const tooltip = [
    { field: "pair", title: "policies" },
    { field: "mean", type: "quantitative", title: "difference", format },
    { field: "low", type: "quantitative", title: "from", format },
    { field: "high", type: "quantitative", title: "to", format },
    { field: "finding", title: "difference is" },
    { field: "replications", type: "quantitative", title: "replications" },
  ];
  return dress(
    {
      description: `Interval of the ${title} for every two policies, replication by replication.`,
      height: rowsHeight(values.length, 30),
      data: { values },
      layer: [
        { mark: { type: "rule", strokeDash: [4, 3] }, encoding: { x: { datum: 0, type: "quantitative" } } },
        {
          mark: { type: "rule", strokeWidth: 3 },
          encoding: {
            y,
            x: { field: "low", type: "quantitative", axis: { title, grid: true, labelOverlap: true } },
            x2: { field: "high" },
            color,
            tooltip,
          },
        },
        {
          mark: { type: "point", filled: true, size: 90, opacity: 1 },
          encoding: { y, x: { field: "mean", type: "quantitative" }, color, tooltip },
        },
      ],
    },
    options,
  );
}

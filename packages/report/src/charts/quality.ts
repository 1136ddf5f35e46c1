import type { ComparisonResult } from "@replicast/sim-core";
import { monthlyTotalUsd } from "@replicast/sim-core/score";
import { type ChartOptions, type ChartSpec, dress, flowingLegend } from "./spec.ts";
import { LIGHT_THEME, policyColor } from "./theme.ts";

const HEIGHT = 300;

/**
 * What each policy costs against how many of its answers do: the bill, and the bill with the price of bad answers where they have one.
 * Down and to the right is better.
 */
export function costQualityChart(result: ComparisonResult, options: ChartOptions = {}): ChartSpec {
  const theme = options.theme ?? LIGHT_THEME;
  const names = result.runs.map(({ policy }) => policy);
  const isPriced = result.runs.some(({ quality }) => (quality?.badAnswerUsd ?? 0) > 0);
  const kinds = ["bill", ...(isPriced ? ["bill and bad answers"] : [])];
  const values = result.runs.flatMap((run): readonly ChartSpec[] => {
    const share = run.quality?.adequateShare ?? null;
    if (share === null) return [];
    const row = { policy: run.policy, share, met: run.slo.met ? "met" : "missed" };
    const bill = { ...row, usd: cents(run.cost.monthlyUsd), kind: "bill" };
    return isPriced ? [bill, { ...row, usd: cents(monthlyTotalUsd(run)), kind: "bill and bad answers" }] : [bill];
  });
  return dress(
    {
      description: "Dollars per month against the share of answers that a good enough model gave, one point per policy.",
      height: HEIGHT,
      data: { values },
      encoding: {
        x: {
          field: "share",
          type: "quantitative",
          scale: { zero: false, padding: 20 },
          axis: { title: "answers by a good enough model", labelExpr: "datum.value > 1 ? '' : format(datum.value, '.1%')", tickCount: 6 },
        },
        y: {
          field: "usd",
          type: "quantitative",
          scale: { zero: true },
          axis: { title: "per month", format: "$,.0f", tickCount: 5 },
        },
        tooltip: [
          { field: "policy", title: "policy" },
          { field: "kind", title: "of" },
          { field: "usd", type: "quantitative", title: "per month", format: "$,.0f" },
          { field: "share", type: "quantitative", title: "adequate", format: ".2%" },
          { field: "met", title: "objectives" },
        ],
      },
      layer: [
        {
          mark: { type: "point", size: 120, opacity: 1, strokeWidth: 2, filled: true },
          encoding: {
            color: {
              field: "policy",
              type: "nominal",
              scale: { domain: names, range: names.map((_, index) => policyColor(theme, index)) },
              legend: { ...flowingLegend(options, 160) },
            },
            shape: {
              field: "kind",
              type: "nominal",
              scale: { domain: kinds, range: ["circle", "triangle-up"].slice(0, kinds.length) },
              legend: isPriced ? { symbolFillColor: theme.muted, symbolStrokeColor: theme.muted } : null,
            },
          },
        },
      ],
    },
    options,
  );
}

function cents(usd: number): number {
  return Math.round(usd * 100) / 100;
}

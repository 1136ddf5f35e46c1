import type { BatchSweep, BatchSweepSeries } from "@replicast/sim-core";
import { formatNumber } from "../format.ts";
import { type ChartOptions, type ChartSpec, dress, flowingLegend, legendPick } from "./spec.ts";
import { LIGHT_THEME, policyColor } from "./theme.ts";

/** What a chart of a sweep shows over batch limits. */
export type SweepMeasure = "goodput" | "e2e";

const AXIS_TITLES: Readonly<Record<SweepMeasure, string>> = {
  goodput: "requests/s that meet the SLO",
  e2e: "mean E2E (s, log)",
};

/** Name of a series: its load, and the length of its answers when the sweep has several. */
export function sweepSeriesName(series: BatchSweepSeries, sweep: BatchSweep): string {
  const load = `${formatNumber(series.requestsPerSecond)}/s`;
  const several = new Set(sweep.series.map(({ answers }) => answers)).size > 1;
  return several ? `${load}, answers × ${formatNumber(series.answers)}` : load;
}

/** Goodput or mean latency of one replica over batch limits, one curve per load; the best limit of each load as a diamond. */
export function batchSweepChart(sweep: BatchSweep, deployment: string, measure: SweepMeasure, options: ChartOptions = {}): ChartSpec {
  const theme = options.theme ?? LIGHT_THEME;
  const own = sweep.series.filter((series) => series.deployment === deployment);
  const names = own.map((series) => sweepSeriesName(series, sweep));
  const rows = own.flatMap((series) =>
    series.points.map((point) => ({
      load: sweepSeriesName(series, sweep),
      limit: point.limit,
      value: Number((measure === "goodput" ? point.goodputPerSecond : point.meanE2eSeconds).toPrecision(5)),
      attainment: point.attainment,
      isBest: point.limit === series.bestLimit,
    })),
  );
  const pick = legendPick("load");
  const limits = [...new Set(rows.map(({ limit }) => limit))].sort((a, b) => a - b);
  const shared = {
    x: {
      field: "limit",
      type: "quantitative",
      scale: { type: "log", base: 2, nice: false },
      axis: { title: "batch limit (log)", values: limits, format: "d", grid: false, labelOverlap: true },
    },
    y: {
      field: "value",
      type: "quantitative",
      scale: measure === "e2e" ? { type: "log", nice: true } : { zero: true },
      axis: { title: AXIS_TITLES[measure], format: "~g", tickCount: 5 },
    },
    color: {
      field: "load",
      type: "nominal",
      scale: { domain: names, range: names.map((_, index) => policyColor(theme, index)) },
      legend: { ...flowingLegend(options, 150), symbolType: "stroke", symbolStrokeWidth: 3 },
    },
    tooltip: [
      { field: "load", title: "load" },
      { field: "limit", type: "quantitative", title: "batch limit" },
      { field: "value", type: "quantitative", title: AXIS_TITLES[measure], format: ".3~g" },
      { field: "attainment", type: "quantitative", title: "attainment", format: ".1%" },
    ],
  } as const;
  // a logarithmic axis has no zero
  const shown = measure === "e2e" ? rows.filter(({ value }) => value > 0) : rows;
  return dress(
    {
      description: `${AXIS_TITLES[measure]} of one replica of ${deployment} over batch limits, one curve per load.`,
      height: 240,
      layer: [
        {
          data: { values: shown },
          params: [pick.param],
          mark: { type: "line", strokeWidth: 1.8 },
          encoding: { ...shared, opacity: pick.opacity },
        },
        {
          data: { values: shown.filter(({ isBest }) => isBest) },
          mark: { type: "point", filled: true, shape: "diamond", size: 90, opacity: 1 },
          encoding: shared,
        },
      ],
    },
    options,
  );
}

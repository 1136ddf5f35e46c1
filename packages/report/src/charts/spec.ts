import type { Json, RunResult } from "@replicast/sim-core";
import { type ChartTheme, LIGHT_THEME, policyColor } from "./theme.ts";

/** A Vega-Lite v6 specification as plain JSON. @see https://vega.github.io/vega-lite/docs/spec.html */
export type ChartSpec = { readonly [key: string]: Json };

/** How a chart is dressed. */
export interface ChartOptions {
  /** Colours and font; default {@link LIGHT_THEME}. */
  readonly theme?: ChartTheme;
  /** Width of the plot, pixels, or "container" to follow the element it is put in; default 640. */
  readonly width?: number | "container";
}

/** Pixels. */
const DEFAULT_WIDTH = 640;

export const VEGA_LITE_SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json";

/** Completes a chart with schema, size, description and the look of the theme. */
export function dress(parts: ChartSpec & { readonly description: string }, options: ChartOptions = {}): ChartSpec {
  const theme = options.theme ?? LIGHT_THEME;
  return {
    $schema: VEGA_LITE_SCHEMA,
    width: options.width ?? DEFAULT_WIDTH,
    autosize: { type: "fit-x", contains: "padding" },
    padding: { left: 2, right: 6, top: 4, bottom: 2 },
    background: "transparent",
    ...parts,
    config: themeConfig(theme),
  };
}

function themeConfig(theme: ChartTheme): ChartSpec {
  return {
    font: theme.font,
    view: { stroke: null },
    title: { color: theme.ink, font: theme.font, fontSize: 13, fontWeight: 600, anchor: "start", offset: 8 },
    axis: {
      labelColor: theme.muted,
      titleColor: theme.muted,
      labelFontSize: 11,
      titleFontSize: 11,
      titleFontWeight: 500,
      gridColor: theme.grid,
      domainColor: theme.axis,
      tickColor: theme.axis,
      labelPadding: 5,
      titlePadding: 8,
      labelLimit: 150,
    },
    legend: {
      labelColor: theme.ink,
      titleColor: theme.muted,
      labelFontSize: 11.5,
      titleFontSize: 11,
      titleFontWeight: 500,
      orient: "top",
      symbolType: "square",
      symbolSize: 90,
      labelLimit: 220,
      title: null,
      rowPadding: 4,
      columnPadding: 14,
      offset: 10,
    },
    text: { color: theme.ink, font: theme.font },
    rule: { color: theme.muted },
  };
}

/** Height of a chart with one row per policy, pixels: a number, because a plot of stepped height cannot be fitted to a width. */
export function rowsHeight(rows: number, rowPixels: number): number {
  return Math.max(1, rows) * rowPixels;
}

/**
 * Legend entries in as many columns as the chart's place allows. On a page that is the container's width, not the plot's: the
 * plot's changes while it is fitted, and the space kept above it would be that of another number of rows.
 * @param entryPixels width an entry may take
 */
export function flowingLegend(options: ChartOptions, entryPixels: number): ChartSpec {
  if (options.width !== "container") return { columns: Math.max(1, Math.floor((options.width ?? DEFAULT_WIDTH) / entryPixels)) };
  return { columns: { expr: `width >= 0 && isFinite(containerSize()[0]) ? max(1, floor(containerSize()[0] / ${entryPixels})) : 2` } };
}

/** Colour and legend of lines that stand for policies. @param names in the order of the scenario, which gives each its colour */
export function policyLine(names: readonly string[], theme: ChartTheme, options: ChartOptions): ChartSpec {
  return {
    field: "policy",
    type: "nominal",
    scale: { domain: [...names], range: names.map((_, index) => policyColor(theme, index)) },
    legend: { ...flowingLegend(options, 140), symbolType: "stroke", symbolStrokeWidth: 3 },
  };
}

/** Ticks of a logarithmic axis of seconds; those outside the domain are not shown. */
export const LOG_SECONDS: readonly number[] = [0.0001, 0.001, 0.01, 0.1, 1, 10, 100, 1000].flatMap((decade) =>
  [decade, decade * 2, decade * 5].map((value) => Number(value.toPrecision(1))),
);

/** Clicking a legend entry fades the others. */
export function legendPick(field: string): { readonly param: ChartSpec; readonly opacity: ChartSpec } {
  return {
    param: { name: "pick", select: { type: "point", fields: [field] }, bind: "legend" },
    opacity: { condition: { param: "pick", value: 1 }, value: 0.12 },
  };
}

/** Interval selection that pans by dragging and zooms with shift and the wheel, so that plain scrolling keeps scrolling the page. */
export const TIME_ZOOM: ChartSpec = {
  name: "zoom",
  select: { type: "interval", encodings: ["x"], zoom: "wheel![event.shiftKey]" },
  bind: "scales",
};

/** The scenario's wall clock at the start of the run, read as if it were UTC: milliseconds since 1970. */
export function localStartMilliseconds(scenario: RunResult["scenario"]): number {
  return (scenario.startEpochSeconds + scenario.startOffsetSeconds) * 1000;
}

/** Label of a moment: the day at midnight, else the time; seconds only when zoomed in on them. */
export const CLOCK_LABEL =
  "utcFormat(datum.value, utcseconds(datum.value) ? '%H:%M:%S' : utchours(datum.value) + utcminutes(datum.value) ? '%H:%M' : '%a %d %b')";

/** Time axis over the whole run, in the scenario's zone; the field is `t`, milliseconds. */
export function timeAxis(scenario: RunResult["scenario"], extra: ChartSpec = {}): ChartSpec {
  const start = localStartMilliseconds(scenario);
  return {
    field: "t",
    type: "temporal",
    // As expressions: a plain number would become `datetime(number)`, which vega-interpreter reads as a year.
    scale: {
      type: "utc",
      domainMin: { expr: String(start) },
      domainMax: { expr: String(start + scenario.durationSeconds * 1000) },
      nice: false,
    },
    axis: {
      title: null,
      labelExpr: CLOCK_LABEL,
      labelOverlap: true,
      labelSeparation: 8,
      grid: false,
      tickCount: { expr: "max(3, floor(width / 80))" },
    },
    ...extra,
  };
}

/** `when`: the moment of a row as text, for tooltips. */
export const WHEN: ChartSpec = { calculate: "utcFormat(datum.t, '%a %H:%M:%S')", as: "when" };

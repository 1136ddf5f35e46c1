import type { ComparisonResult, RunResult } from "@replicast/sim-core";
import { LEDGER_STATES } from "@replicast/sim-core/score";
import { monthlyByState } from "../summary.ts";
import { STATE_MEANINGS } from "../words.ts";
import { placeLabels } from "./labels.ts";
import { policyNames, rankedNames } from "./minutes.ts";
import { type ChartOptions, type ChartSpec, dress, flowingLegend, legendPick, rowsHeight } from "./spec.ts";
import { type ChartTheme, LIGHT_THEME, policyColor } from "./theme.ts";

const MONEY_AXIS: ChartSpec = {
  title: "dollars per month",
  labelExpr: "format(datum.value, '$~s')",
  grid: true,
  tickCount: { expr: "max(3, floor(width / 90))" },
  labelOverlap: true,
};

/** The monthly bill of each policy, stacked by what the GPUs were doing. */
export function costByStateChart(result: ComparisonResult, options: ChartOptions = {}): ChartSpec {
  const theme = options.theme ?? LIGHT_THEME;
  const values = result.runs.flatMap((run) => {
    const monthly = monthlyByState(run);
    return LEDGER_STATES.map((state, order) => ({
      policy: run.policy,
      state,
      order,
      usd: cents(monthly[state]),
      meaning: STATE_MEANINGS[state],
    }));
  });
  const pick = legendPick("state");
  return dress(
    {
      description: "Monthly bill of each policy, split by the state of the billed GPUs.",
      height: rowsHeight(result.runs.length, 30),
      data: { values },
      params: [pick.param],
      mark: { type: "bar", height: { band: 0.72 } },
      encoding: {
        y: policyAxis(result),
        x: { field: "usd", type: "quantitative", axis: MONEY_AXIS },
        color: {
          field: "state",
          type: "nominal",
          scale: { domain: [...LEDGER_STATES], range: LEDGER_STATES.map((state) => theme.states[state]) },
          legend: flowingLegend(options, 125),
        },
        order: { field: "order" },
        opacity: pick.opacity,
        tooltip: [
          { field: "policy", title: "policy" },
          { field: "state", title: "state" },
          { field: "usd", type: "quantitative", title: "per month", format: "$,.0f" },
          { field: "meaning", title: "meaning" },
        ],
      },
    },
    options,
  );
}

/** Parts of the two bars of {@link equationChart}, in the order in which they are stacked. */
const PARTS = ["replicas", "scale-ups", "buffer", "not in the equation"] as const;
type Part = (typeof PARTS)[number];

/** The cost equation's three terms beside the bill, whose parts are grouped the same way. */
export function equationChart(result: ComparisonResult, options: ChartOptions = {}): ChartSpec {
  const theme = options.theme ?? LIGHT_THEME;
  const pick = legendPick("part");
  return dress(
    {
      description: "The cost equation's three terms beside the monthly bill, per policy.",
      height: rowsHeight(result.runs.length, 42),
      data: { values: result.runs.flatMap(equationRows) },
      params: [pick.param],
      mark: { type: "bar" },
      encoding: {
        y: { ...policyAxis(result), scale: { domain: [...rankedNames(result)], paddingInner: 0.3 } },
        yOffset: { field: "bar", type: "nominal", scale: { domain: ["bill", "equation"], paddingInner: 0.08 } },
        x: { field: "usd", type: "quantitative", axis: MONEY_AXIS },
        color: {
          field: "part",
          type: "nominal",
          scale: { domain: [...PARTS], range: partColors(theme) },
          legend: flowingLegend(options, 165),
        },
        order: { field: "order" },
        opacity: pick.opacity,
        tooltip: [
          { field: "policy", title: "policy" },
          { field: "bar", title: "of the" },
          { field: "part", title: "part" },
          { field: "usd", type: "quantitative", title: "per month", format: "$,.0f" },
        ],
      },
    },
    options,
  );
}

function partColors(theme: ChartTheme): readonly string[] {
  return [theme.states.needed, theme.states.starting, theme.states.buffer, theme.beyondEquation];
}

function equationRows(run: RunResult): readonly ChartSpec[] {
  const monthly = monthlyByState(run);
  const terms = { replicas: 0, scaleUps: 0, buffer: 0 };
  for (const row of run.cost.equation) {
    terms.replicas += row.replicasTermUsd;
    terms.scaleUps += row.scaleUpsTermUsd;
    terms.buffer += row.bufferTermUsd;
  }
  const row = (bar: string, part: Part, usd: number): ChartSpec => ({
    policy: run.policy,
    bar,
    part,
    order: PARTS.indexOf(part),
    usd: cents(usd),
  });
  return [
    row("bill", "replicas", monthly.needed),
    row("bill", "scale-ups", monthly.starting),
    row("bill", "buffer", monthly.buffer),
    row("bill", "not in the equation", monthly.interrupted + monthly.draining + monthly.unallocated),
    row("equation", "replicas", terms.replicas),
    row("equation", "scale-ups", terms.scaleUps),
    row("equation", "buffer", terms.buffer),
  ];
}

const SCATTER_HEIGHT = 230;
const LABEL_LIMIT = 160;

/** What each policy costs against how many requests it served well; up and to the left is better. */
export function costAttainmentChart(result: ComparisonResult, options: ChartOptions = {}): ChartSpec {
  const theme = options.theme ?? LIGHT_THEME;
  const names = policyNames(result);
  const { values, usdRange, attainmentRange } = scatterRows(result);
  return dress(
    {
      description: "Monthly bill against the share of requests that met every objective, one point per policy.",
      height: SCATTER_HEIGHT,
      data: { values },
      encoding: {
        x: { field: "usd", type: "quantitative", scale: { domain: usdRange, nice: false }, axis: MONEY_AXIS },
        y: {
          field: "attainment",
          type: "quantitative",
          scale: { domain: attainmentRange, nice: false },
          axis: {
            title: "requests that met every objective",
            labelExpr: "datum.value > 1 ? '' : format(datum.value, '.1%')",
            tickCount: 5,
          },
        },
        tooltip: [
          { field: "policy", title: "policy" },
          { field: "usd", type: "quantitative", title: "per month", format: "$,.0f" },
          { field: "attainment", type: "quantitative", title: "attainment", format: ".3%" },
          { field: "met", title: "objectives" },
        ],
      },
      layer: [
        {
          mark: { type: "point", filled: true, size: 130, opacity: 1, strokeWidth: 2 },
          encoding: {
            color: {
              field: "policy",
              type: "nominal",
              scale: { domain: [...names], range: names.map((_, index) => policyColor(theme, index)) },
              legend: null,
            },
            shape: {
              field: "met",
              type: "nominal",
              scale: { domain: ["met", "missed"], range: ["circle", "cross"] },
              legend: { title: "objectives", symbolFillColor: theme.muted, symbolStrokeColor: theme.muted },
            },
          },
        },
        {
          mark: {
            type: "text",
            dx: { expr: "datum.dx" },
            dy: { expr: "datum.dy" },
            align: { expr: "datum.align" },
            fontSize: 11,
            limit: LABEL_LIMIT,
          },
          encoding: { text: { field: "policy" } },
        },
      ],
    },
    options,
  );
}

/** The points with the places of their labels, and the ranges of both axes. */
function scatterRows(result: ComparisonResult): {
  readonly values: readonly ChartSpec[];
  readonly usdRange: readonly [number, number];
  readonly attainmentRange: readonly [number, number];
} {
  const rows = result.runs.flatMap(({ policy, cost, slo }) =>
    slo.attainment === null ? [] : [{ policy, usd: cents(cost.monthlyUsd), attainment: slo.attainment, met: slo.met ? "met" : "missed" }],
  );
  const usdRange = around(
    rows.map((row) => row.usd),
    0.2,
  );
  const attainmentRange = around(
    rows.map((row) => row.attainment),
    0.15,
  );
  const places = placeLabels(
    rows.map((row) => ({ x: shareOf(row.usd, usdRange), y: shareOf(row.attainment, attainmentRange), text: row.policy })),
    SCATTER_HEIGHT,
    LABEL_LIMIT,
  );
  return { values: rows.map((row, index) => ({ ...row, ...places[index] })), usdRange, attainmentRange };
}

function shareOf(value: number, [least, greatest]: readonly [number, number]): number {
  return (value - least) / (greatest - least);
}

/** The range of some values with room around it, also when they are all the same or there are none. */
function around(values: readonly number[], room: number): readonly [least: number, greatest: number] {
  if (values.length === 0) return [0, 1];
  const least = Math.min(...values);
  const greatest = Math.max(...values);
  const margin = Math.max((greatest - least) * room, Math.abs(greatest) * 0.005, 1e-6);
  return [least - margin, greatest + margin];
}

function policyAxis(result: ComparisonResult): ChartSpec {
  return {
    field: "policy",
    type: "nominal",
    scale: { domain: [...rankedNames(result)] },
    axis: { title: null, ticks: false, domain: false, labelFontSize: 12 },
  };
}

function cents(usd: number): number {
  return Math.round(usd * 100) / 100;
}

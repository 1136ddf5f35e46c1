import type { ComparisonResult } from "@replicast/sim-core";
import { billParts, CAUSE_NAMES, rankedRegrets } from "../foresight.ts";
import { type ChartOptions, type ChartSpec, dress, flowingLegend, legendPick, rowsHeight } from "./spec.ts";
import { type ChartTheme, LIGHT_THEME } from "./theme.ts";

/** Parts that nobody can avoid, from the ground up. */
const UNAVOIDABLE = ["lower bound", "integrality", "cold starts"] as const;
const AVOIDABLE = ["avoidable", ...Object.values(CAUSE_NAMES)];

/** Each policy's bill from the lower bound up: what nobody can avoid, then what it could have; what saved money hangs below zero. */
export function foresightChart(result: ComparisonResult, options: ChartOptions = {}): ChartSpec {
  const theme = options.theme ?? LIGHT_THEME;
  const { foresight } = result;
  const regrets = rankedRegrets(result);
  const values =
    foresight === undefined
      ? []
      : regrets.flatMap((regret) =>
          billParts(foresight, regret).map(({ part, usd }, order) => ({ policy: regret.policy, part, order, usd })),
        );
  const present = [...UNAVOIDABLE, ...AVOIDABLE].filter((name) => values.some(({ part }) => part === name));
  const pick = legendPick("part");
  return dress(
    {
      description: "Monthly bill of each policy as lower bound, unavoidable cost and regret by cause.",
      height: rowsHeight(regrets.length, 30),
      data: { values },
      params: [pick.param],
      mark: { type: "bar", height: { band: 0.72 } },
      encoding: {
        y: {
          field: "policy",
          type: "nominal",
          scale: { domain: regrets.map(({ policy }) => policy) },
          axis: { title: null, ticks: false, domain: false },
        },
        x: {
          field: "usd",
          type: "quantitative",
          stack: true,
          axis: { title: "dollars per month", labelExpr: "format(datum.value, '$~s')", grid: true, labelOverlap: true },
        },
        color: {
          field: "part",
          type: "nominal",
          scale: { domain: present, range: present.map((name) => colorOf(name, theme)) },
          legend: flowingLegend(options, 125),
        },
        order: { field: "order" },
        opacity: pick.opacity,
        tooltip: [
          { field: "policy", title: "policy" },
          { field: "part", title: "part" },
          { field: "usd", type: "quantitative", title: "per month", format: "$,.0f" },
        ],
      },
    },
    options,
  );
}

function colorOf(part: string, theme: ChartTheme): string {
  if (part === "lower bound") return theme.states.needed;
  if (part === "integrality") return theme.states.buffer;
  if (part === "cold starts") return theme.states.starting;
  const index = Math.max(0, AVOIDABLE.indexOf(part));
  return theme.policies[(index + 1) % theme.policies.length] ?? theme.ink;
}

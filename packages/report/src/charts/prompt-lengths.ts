import type { ComparisonResult } from "@replicast/sim-core";
import { promptRangesUsed, ttftIn } from "../prompt-lengths.ts";
import { policyNames } from "./minutes.ts";
import { type ChartOptions, type ChartSpec, dress, LOG_SECONDS, legendPick, policyLine } from "./spec.ts";
import { LIGHT_THEME } from "./theme.ts";

/** Time to first token by length of the prompt: a bar from the median to the 95th percentile per policy, a point at the latter. */
export function promptLengthsChart(result: ComparisonResult, options: ChartOptions = {}): ChartSpec {
  const theme = options.theme ?? LIGHT_THEME;
  const names = policyNames(result);
  const ranges = promptRangesUsed(result.runs);
  const pick = legendPick("policy");
  const values = result.runs.flatMap((run, place) =>
    ranges.flatMap((range, index) => {
      const ttft = ttftIn(run, range);
      if (ttft === undefined) return [];
      return [
        {
          policy: run.policy,
          at: index + sideways(place, result.runs.length),
          range,
          p50: axisSeconds(ttft.p50Seconds),
          p95: axisSeconds(ttft.p95Seconds),
          requests: ttft.count,
        },
      ];
    }),
  );
  const y = {
    type: "quantitative",
    scale: { type: "log", nice: false, ...(values.length === 0 ? { domain: [0.01, 10] } : {}) },
    axis: { title: "time to first token (s, log)", values: LOG_SECONDS, format: "~g", labelOverlap: true },
  };
  return dress(
    {
      description: "Time to first token by length of the prompt: median and 95th percentile, per policy.",
      height: 220,
      data: { values },
      encoding: {
        x: {
          field: "at",
          type: "quantitative",
          scale: { domain: [-0.5, Math.max(0, ranges.length - 1) + 0.5], nice: false },
          axis: {
            title: "prompt tokens",
            values: ranges.map((_, index) => index),
            labelExpr: `${JSON.stringify(ranges)}[datum.value]`,
            labelOverlap: true,
            grid: false,
            ticks: false,
          },
        },
        color: policyLine(names, theme, options),
        opacity: pick.opacity,
        tooltip: [
          { field: "policy", title: "policy" },
          { field: "range", title: "prompt tokens" },
          { field: "p50", type: "quantitative", title: "half within (s)", format: ".3~g" },
          { field: "p95", type: "quantitative", title: "95 % within (s)", format: ".3~g" },
          { field: "requests", type: "quantitative", title: "requests", format: "," },
        ],
      },
      layer: [
        {
          params: [pick.param],
          mark: { type: "rule", strokeWidth: 3 },
          encoding: { y: { field: "p50", ...y }, y2: { field: "p95" } },
        },
        { mark: { type: "point", filled: true, size: 45 }, encoding: { y: { field: "p95", ...y } } },
      ],
    },
    options,
  );
}

/** Where a policy stands within its range: side by side over four fifths of the room. By number, as an offset by name fails for some names. */
function sideways(place: number, policies: number): number {
  return 0.8 * ((place + 0.5) / policies - 0.5);
}

/** A logarithmic axis has no zero; a tenth of a millisecond stands for it. */
function axisSeconds(seconds: number | null): number {
  return Math.max(0.0001, Number((seconds ?? 0).toPrecision(4)));
}

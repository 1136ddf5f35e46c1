import type { ComparisonResult, RunResult } from "@replicast/sim-core";
import { DELAY_PARTS, meanDelays, restartWaterfalls, type Waterfall, waterfalls } from "../waterfall.ts";
import { type ChartOptions, type ChartSpec, dress, flowingLegend, legendPick, rowsHeight } from "./spec.ts";
import { delayColor, LIGHT_THEME } from "./theme.ts";

/** Pixels of a bar with its gap. */
const ROW_PIXELS = 30;
/** Replicas drawn one by one: the latest to be reached. */
const MAX_REPLICAS = 30;

interface Row {
  readonly bar: string;
  readonly part: string;
  readonly from: number;
  readonly to: number;
}

/** Where the time went between the load and the replica that carries it: one bar a policy, the mean of its replicas. */
export function waterfallChart(result: ComparisonResult, options: ChartOptions = {}): ChartSpec {
  const bars = result.runs.map((run) => run.policy);
  const rows = result.runs.flatMap((run) => {
    let done = 0;
    return meanDelays(waterfalls(run)).map(({ name, seconds }): Row => {
      const from = done;
      done += seconds;
      return { bar: run.policy, part: name, from, to: done };
    });
  });
  return barsOf("Mean time from the load to a replica that requests can reach, by part and policy.", bars, rows, options);
}

/** The same for each replica of a run, from the moment the load asked for it, and for each restart: the 30 that took longest. */
export function replicaWaterfallChart(run: RunResult, options: ChartOptions = {}): ChartSpec {
  const latest = latestReplicas(run);
  const nameOf = new Map(DELAY_PARTS.map(({ part, name }) => [part, name]));
  const rows = latest.flatMap(({ name, delays }) => {
    const start = delays[0]?.fromSeconds ?? 0;
    return delays.map(
      ({ part, fromSeconds, toSeconds }): Row => ({
        bar: name,
        part: nameOf.get(part) ?? part,
        from: fromSeconds - start,
        to: toSeconds - start,
      }),
    );
  });
  const bars = latest.map(({ name }) => name);
  return barsOf(`Time from the load to each replica under ${run.policy}, by part.`, bars, rows, options);
}

function latestReplicas(run: RunResult): readonly Waterfall[] {
  const lasted = ({ delays }: Waterfall): number => (delays.at(-1)?.toSeconds ?? 0) - (delays[0]?.fromSeconds ?? 0);
  return [...waterfalls(run), ...restartWaterfalls(run)]
    .map((waterfall, index) => ({ waterfall, index }))
    .sort((a, b) => lasted(b.waterfall) - lasted(a.waterfall) || a.index - b.index)
    .slice(0, MAX_REPLICAS)
    .map(({ waterfall }) => waterfall);
}

function barsOf(description: string, bars: readonly string[], rows: readonly Row[], options: ChartOptions): ChartSpec {
  const theme = options.theme ?? LIGHT_THEME;
  const present = DELAY_PARTS.filter(({ name }) => rows.some(({ part }) => part === name));
  const longest = rows.reduce((most, { to }) => Math.max(most, to), 1);
  const pick = legendPick("part");
  return dress(
    {
      description,
      height: rowsHeight(bars.length, ROW_PIXELS),
      data: { values: rows.map((row) => ({ ...row, seconds: row.to - row.from })) },
      params: [pick.param],
      mark: { type: "bar", height: { band: 0.7 } },
      encoding: {
        y: { field: "bar", type: "nominal", scale: { domain: [...bars] }, axis: { title: null, ticks: false, domain: false } },
        // A domain of its own: without rows there would be none.
        x: { field: "from", type: "quantitative", axis: { title: "seconds" }, scale: { domain: [0, longest], nice: true } },
        x2: { field: "to" },
        color: {
          field: "part",
          type: "nominal",
          scale: { domain: present.map(({ name }) => name), range: present.map(({ part }) => delayColor(theme, part)) },
          legend: flowingLegend(options, 120),
        },
        opacity: pick.opacity,
        tooltip: [
          { field: "bar", title: "of" },
          { field: "part", title: "part" },
          { field: "seconds", title: "seconds", format: ".1f" },
        ],
      },
    },
    options,
  );
}

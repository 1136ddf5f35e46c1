import type { ComparisonResult, RunResult } from "@replicast/sim-core";
import { replicaWaterfallChart, waterfallChart } from "../../charts/waterfall.ts";
import { formatClock } from "../../clock.ts";
import { type ColdStart, coldStarts, meanParts } from "../../cold-starts.ts";
import { formatNumber, formatSeconds, NO_VALUE } from "../../format.ts";
import { rankedRuns } from "../../summary.ts";
import { restartWaterfalls, waterfalls } from "../../waterfall.ts";
import { COLD_START_STAGES } from "../../words.ts";
import { type Figures, ON_PAGE } from "../figure.ts";
import { type Html, html } from "../markup.ts";
import { type Column, table } from "../table.ts";

/** Pods listed per policy: the slowest. */
const MAX_PODS = 25;

interface Row {
  readonly run: RunResult;
  readonly starts: readonly ColdStart[];
}

/** How long new replicas took to become ready, and in which part of their start the time went. */
export function podsSection(result: ComparisonResult, figures: Figures): Html {
  const rows = rankedRuns(result).map((run): Row => ({ run, starts: coldStarts(run.pods) }));
  return html`<section id="pods" aria-labelledby="pods-title">
<h2 id="pods-title">Cold starts</h2>
<p>From the creation of a pod until it is ready. Capacity asked for is capacity only after this long; a policy that waits for the queue pays for it in latency.</p>
${waterfallFigures(result, figures)}
${table(rows, columns(), { caption: "Pods started during the run, mean time per part", className: "rank" })}
${rows.filter(({ starts }) => starts.length > 0).map((row) => podList(row, result))}
</section>
`;
}

/** Why capacity was late: a bar a policy, then the replicas of each. */
function waterfallFigures(result: ComparisonResult, figures: Figures): Html | undefined {
  const started = rankedRuns(result).filter((run) => waterfalls(run).length + restartWaterfalls(run).length > 0);
  if (started.length === 0) return undefined;
  const note = "From the load that required more replicas than were ready to the first request that could reach the new one, in the mean.";
  return html`<div class="charts">${figures.add({ title: "Why capacity was late", note, wide: true, spec: waterfallChart(result, ON_PAGE) })}
${started.map((run) => figures.add({ title: `Replicas of ${run.policy}`, note: "Those that took longest.", wide: true, spec: replicaWaterfallChart(run, ON_PAGE) }))}</div>`;
}

function columns(): readonly Column<Row>[] {
  const number = (heading: string, cell: Column<Row>["cell"]): Column<Row> => ({ heading, cell, numeric: true });
  return [
    { heading: "Policy", cell: ({ run }) => run.policy },
    number("Started", ({ starts }) => formatNumber(starts.length)),
    number("Never ready", ({ starts }) => formatNumber(starts.filter(({ totalSeconds }) => totalSeconds === null).length)),
    ...COLD_START_STAGES.map(({ name }, index) => number(name, ({ starts }) => formatSeconds(meanParts(starts)[index] ?? null))),
    number("Total, mean", ({ starts }) => formatSeconds(meanTotal(starts))),
    number("Total, longest", ({ starts }) => formatSeconds(longest(starts))),
  ];
}

function totals(starts: readonly ColdStart[]): readonly number[] {
  return starts.flatMap(({ totalSeconds }) => (totalSeconds === null ? [] : [totalSeconds]));
}

function meanTotal(starts: readonly ColdStart[]): number | null {
  const values = totals(starts);
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function longest(starts: readonly ColdStart[]): number | null {
  const values = totals(starts);
  return values.length === 0 ? null : values.reduce((most, value) => Math.max(most, value), 0);
}

function podList({ run, starts }: Row, result: ComparisonResult): Html {
  const slowest = starts
    .map((start, index) => ({ start, index }))
    .sort((a, b) => (b.start.totalSeconds ?? Number.MAX_VALUE) - (a.start.totalSeconds ?? Number.MAX_VALUE) || a.index - b.index)
    .slice(0, MAX_PODS)
    .map(({ start }) => start);
  const heading =
    starts.length > slowest.length
      ? `${run.policy}: the slowest ${slowest.length} of ${starts.length} starts`
      : `${run.policy}: all ${starts.length} starts`;
  return html`<details><summary>${heading}</summary>
${table(
  slowest,
  [
    {
      heading: "Pod",
      cell: ({ pod }) => html`${pod.name}<small>${[pod.nodePool, pod.node].filter((name) => name !== null).join(", ")}</small>`,
    },
    { heading: "Created", cell: ({ createdSeconds }) => formatClock(createdSeconds, result.scenario) },
    ...COLD_START_STAGES.map(
      ({ stage, name }): Column<ColdStart> => ({
        heading: name,
        numeric: true,
        cell: ({ partSeconds }) => (partSeconds[stage] === undefined ? NO_VALUE : formatSeconds(partSeconds[stage])),
      }),
    ),
    { heading: "Ready after", numeric: true, cell: ({ totalSeconds }) => (totalSeconds === null ? "never" : formatSeconds(totalSeconds)) },
    { heading: "End", cell: ({ pod }) => pod.cause ?? NO_VALUE },
  ],
  { caption: heading },
)}</details>
`;
}

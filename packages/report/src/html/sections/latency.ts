import type { ComparisonResult, LatencyMetric, RunResult } from "@replicast/sim-core";
import { latencyChart } from "../../charts/latency.ts";
import { promptLengthsChart } from "../../charts/prompt-lengths.ts";
import { formatNumber, formatSeconds } from "../../format.ts";
import { rankedRuns } from "../../summary.ts";
import { METRIC_NAMES, METRIC_SHORT, OF_COMPLETED } from "../../words.ts";
import { type Figures, ON_PAGE } from "../figure.ts";
import { type Html, html } from "../markup.ts";
import { type Column, table } from "../table.ts";

/** Latencies with a chart of their own; any that an objective names is added. */
const CHARTED: readonly LatencyMetric[] = ["ttft", "tpot", "itl", "e2e"];

/** How latencies are distributed, per policy. */
export function latencySection(result: ComparisonResult, figures: Figures): Html {
  const metrics = [...new Set<LatencyMetric>([...CHARTED, ...result.slo.objectives.map(({ metric }) => metric)])];
  const notes: Partial<Record<LatencyMetric, string>> = {
    ttft: "From arrival at the gateway to the first token, queueing included.",
    tpot: "The pace of an answer once it has begun: one value per request.",
    itl: "The gaps between tokens, one by one: stalls that the pace of a whole answer hides.",
    e2e: "From arrival to the last token.",
  };
  return html`<section id="latency" aria-labelledby="latency-title">
<h2 id="latency-title">What users felt</h2>
<p>Each curve shows the share of completed requests at or below a latency: further left is faster. Dashed lines are objectives; the diamond marks the share that must be reached, of all requests. ${OF_COMPLETED}</p>
<div class="charts">
${metrics.map((metric) => figures.add({ title: capital(METRIC_NAMES[metric]), ...noteOf(notes[metric]), spec: latencyChart(result, metric, ON_PAGE) }))}
${figures.add({ title: "Time to first token by length of the prompt", note: "From the median to the 95th percentile (the point): who waits, short questions or long documents.", spec: promptLengthsChart(result, ON_PAGE) })}
</div>
${table(rankedRuns(result), columns(metrics), { caption: "Latency percentiles of completed requests", className: "rank" })}
</section>
`;
}

function noteOf(note: string | undefined): { readonly note?: string } {
  return note === undefined ? {} : { note };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function columns(metrics: readonly LatencyMetric[]): readonly Column<RunResult>[] {
  const percentile = (metric: LatencyMetric, name: "p50Seconds" | "p95Seconds" | "p99Seconds"): Column<RunResult> => ({
    heading: `${METRIC_SHORT[metric]} ${name.slice(0, 3)}`,
    numeric: true,
    cell: (run) => formatSeconds(run.latency[metric][name]),
  });
  return [
    { heading: "Policy", cell: (run) => run.policy },
    ...metrics.flatMap((metric) => [percentile(metric, "p50Seconds"), percentile(metric, "p95Seconds"), percentile(metric, "p99Seconds")]),
    { heading: "Preemptions", numeric: true, cell: (run) => formatNumber(run.preemptions) },
  ];
}

import type { ComparisonResult, RunResult } from "@replicast/sim-core";
import { type CauseTotal, causeTotals, idleSentences, lateSentences } from "../../blame.ts";
import { CAUSE_WORDS } from "../../blame-words.ts";
import { blameChart, idleChart } from "../../charts/blame.ts";
import { formatNumber, formatPercent, formatSeconds, formatUsd } from "../../format.ts";
import { rankedRuns } from "../../summary.ts";
import { type Figures, ON_PAGE } from "../figure.ts";
import { type Html, html } from "../markup.ts";
import { type Column, table } from "../table.ts";

interface Row {
  readonly run: RunResult;
  readonly total: CauseTotal;
}

/** Why requests were late, and what kept idle replicas; absent for results without blame. */
export function blameSection(result: ComparisonResult, figures: Figures): Html | undefined {
  const runs = rankedRuns(result).filter(({ blame }) => blame !== undefined);
  if (runs.length === 0) return undefined;
  const rows = runs.flatMap((run) => causeTotals(run).map((total): Row => ({ run, total })));
  const sentences = runs.flatMap((run) => [...lateSentences(run), ...idleSentences(run)]);
  return html`<section id="blame" aria-labelledby="blame-title">
<h2 id="blame-title">Whose fault it was</h2>
<p>Each second from a late request's arrival goes to what held up the next missing replica, or, when there were enough, to what the request itself met; the cause with most seconds gets the request. Idle dollars are those for replicas ready beyond what the load required.</p>
<ul>${sentences.map((sentence) => html`<li>${sentence}</li>`)}</ul>
<div class="charts">
${figures.add({ title: "Late requests by cause", note: "Click a legend entry to isolate a cause.", spec: blameChart(result, ON_PAGE) })}
${figures.add({ title: "Idle dollars by what kept the replicas", spec: idleChart(result, ON_PAGE) })}
</div>
${table(rows, columns(), { caption: "Seconds, requests and dollars by cause", className: "rank" })}
</section>
`;
}

function columns(): readonly Column<Row>[] {
  const share = (part: number, whole: number): Html | undefined =>
    whole > 0 ? html`<small>${formatPercent(part / whole)}</small>` : undefined;
  return [
    { heading: "Policy", cell: ({ run }) => run.policy },
    { heading: "Cause", cell: ({ total }) => CAUSE_WORDS[total.cause].name },
    { heading: "Short of replicas", numeric: true, cell: ({ total }) => formatSeconds(total.shortageSeconds) },
    {
      heading: "Late requests",
      numeric: true,
      cell: ({ run, total }) => html`${formatNumber(total.violations)}${share(total.violations, run.blame?.violations ?? 0)}`,
    },
    {
      heading: "Idle dollars of the run",
      numeric: true,
      cell: ({ run, total }) => html`${formatUsd(total.idleUsd)}${share(total.idleUsd, run.blame?.idleUsd ?? 0)}`,
    },
  ];
}

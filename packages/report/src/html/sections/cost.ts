import type { ComparisonResult, EquationRow, LedgerState, RunResult } from "@replicast/sim-core";
import { LEDGER_STATES } from "@replicast/sim-core/score";
import { costByStateChart, equationChart } from "../../charts/cost.ts";
import { formatNumber, formatSeconds, formatUsd, formatWholeUsd } from "../../format.ts";
import { formatFixed, percentColumn } from "../../format-columns.ts";
import { costLines } from "../../own-metrics.ts";
import { HOURS_PER_MONTH, monthlyByState, rankedRuns } from "../../summary.ts";
import { PAID_START_MEANING, STATE_MEANINGS } from "../../words.ts";
import { type Figures, ON_PAGE } from "../figure.ts";
import { type Html, html } from "../markup.ts";
import { type Column, table } from "../table.ts";

/** The bill by what its GPUs were doing, then the equation that explains it, with the numbers put in. */
export function costSection(result: ComparisonResult, figures: Figures): Html {
  const runs = rankedRuns(result);
  const [best] = runs;
  const hours = best?.cost.runHours ?? 0;
  return html`<section id="cost" aria-labelledby="cost-title">
<h2 id="cost-title">Where the money goes</h2>
<p>Every billed GPU-second is in exactly one state. The run covers ${formatNumber(hours)} h; a month is ${HOURS_PER_MONTH} h, so monthly figures are the run's × ${formatNumber(hours > 0 ? HOURS_PER_MONTH / hours : null)}.</p>
<div class="charts">
${figures.add({ title: "Monthly bill by state of the GPU", note: "Click a legend entry to isolate a state.", spec: costByStateChart(result, ON_PAGE) })}
${figures.add({ title: "The equation beside the bill", note: "Upper bar the bill, lower bar the equation, in the equation's terms. Draining, interrupted and unallocated GPUs are paid for, but no term of the equation has them.", spec: equationChart(result, ON_PAGE) })}
</div>
${table(runs, stateColumns(), { caption: "Dollars per month by state", className: "rank" })}
<h3>The monthly cost equation</h3>
<p>average concurrent replicas × $/h × ${HOURS_PER_MONTH} + scale-up events × model load time × $/h + overprovisioning buffer × $/h × ${HOURS_PER_MONTH}, where $/h is the price of all GPUs of a replica. The bill ranks the policies; the equation explains them.</p>
<p>Concurrent replicas are the needed ones: ready and required by the load; what was ready beyond that is the buffer. ${PAID_START_MEANING}</p>
${best === undefined ? undefined : workedEquation(best)}
${table(
  runs.flatMap((run) => run.cost.equation.map((row) => ({ run, row }))),
  equationColumns(),
  { caption: "The equation's inputs as measured, and its terms in dollars per month", className: "rank" },
)}
${extraLines(runs)}
</section>
`;
}

function stateColumns(): readonly Column<RunResult>[] {
  const share = percentColumn([], 1);
  const ofState = (state: LedgerState): Column<RunResult> => ({
    heading: state,
    numeric: true,
    cell: (run) => {
      const usd = monthlyByState(run)[state];
      return html`${formatWholeUsd(usd)}<small>${share(run.cost.monthlyUsd > 0 ? usd / run.cost.monthlyUsd : 0)}</small>`;
    },
  });
  return [
    { heading: "Policy", cell: (run) => run.policy },
    ...LEDGER_STATES.map(ofState),
    { heading: "bill", numeric: true, cell: (run) => html`<strong>${formatWholeUsd(run.cost.monthlyUsd)}</strong>` },
  ];
}

/** What the states mean, with the colours of the charts. */
export function stateLegend(): Html {
  return html`<dl class="facts plain">${LEDGER_STATES.map((state) => html`<div><dt><span class="key key-${state}"></span>${state}</dt><dd>${STATE_MEANINGS[state]}</dd></div>`)}</dl>`;
}

function workedEquation(run: RunResult): Html {
  const rows = run.cost.equation.map((row) => workedRow(row, run.cost.equation.length > 1));
  return html`<div class="formula" role="region" tabindex="0" aria-label="The equation with the numbers of ${run.policy}"><table>
<caption>${run.policy}, with its numbers</caption>
<tbody>${rows}<tr><th scope="row">equation</th><td></td><td class="num">${formatWholeUsd(run.cost.equationUsd)}</td></tr></tbody></table></div>`;
}

function workedRow(row: EquationRow, named: boolean): Html {
  const price = `${formatUsd(row.replicaPricePerHourUsd)}/h`;
  const suffix = named ? ` (${row.deployment}, ${row.nodePool})` : "";
  const line = (name: string, sum: string, usd: number): Html =>
    html`<tr><th scope="row">${name + suffix}</th><td>${sum}</td><td class="num">${formatWholeUsd(usd)}</td></tr>`;
  return html`${line("replicas", `${formatFixed(row.averageConcurrentReplicas, 3)} needed replicas × ${price} × ${HOURS_PER_MONTH} h`, row.replicasTermUsd)}${line("scale-ups", `${formatFixed(row.scaleUpEventsPerMonth, 1)} events × ${formatSeconds(row.modelLoadHours * 3600)} paid start time × ${price}`, row.scaleUpsTermUsd)}${line("buffer", `${formatFixed(row.overprovisioningBufferReplicas, 3)} spare replicas × ${price} × ${HOURS_PER_MONTH} h`, row.bufferTermUsd)}`;
}

interface PolicyEquation {
  readonly run: RunResult;
  readonly row: EquationRow;
}

function equationColumns(): readonly Column<PolicyEquation>[] {
  const number = (heading: string, cell: Column<PolicyEquation>["cell"]): Column<PolicyEquation> => ({ heading, cell, numeric: true });
  return [
    { heading: "Policy", cell: ({ run, row }) => html`${run.policy}<small>${row.deployment} on ${row.nodePool}</small>` },
    number("Replica $/h", ({ row }) => formatUsd(row.replicaPricePerHourUsd)),
    number("Needed replicas, average", ({ row }) => formatFixed(row.averageConcurrentReplicas, 3)),
    number("Scale-ups a month", ({ row }) => formatFixed(row.scaleUpEventsPerMonth, 1)),
    number("Paid start time", ({ row }) => formatSeconds(row.modelLoadHours * 3600)),
    number("Buffer replicas, average", ({ row }) => formatFixed(row.overprovisioningBufferReplicas, 3)),
    number("Replicas term", ({ row }) => formatWholeUsd(row.replicasTermUsd)),
    number("Scale-ups term", ({ row }) => formatWholeUsd(row.scaleUpsTermUsd)),
    number("Buffer term", ({ row }) => formatWholeUsd(row.bufferTermUsd)),
    number("Sum", ({ row }) => html`<strong>${formatWholeUsd(row.replicasTermUsd + row.scaleUpsTermUsd + row.bufferTermUsd)}</strong>`),
  ];
}

function extraLines(runs: readonly RunResult[]): Html | undefined {
  const lines = costLines(runs);
  if (lines.length === 0) return undefined;
  const policy: Column<RunResult> = { heading: "Policy", cell: (run) => run.policy };
  return table(runs, [policy, ...lines.map((line) => ({ ...line, numeric: true }))], {
    caption: "The scenario's own cost lines, beside the bill",
    className: "rank narrow",
  });
}

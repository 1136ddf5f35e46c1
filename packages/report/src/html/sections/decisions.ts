import type { ComparisonResult } from "@replicast/sim-core";
import { decisionsChart } from "../../charts/decisions.ts";
import { formatClock } from "../../clock.ts";
import { type DecisionFold, foldDecisions, pickDecisions } from "../../decisions.ts";
import { explainDecision, type SourceOf, sourcesOf } from "../../explain/decision.ts";
import { formatNumber } from "../../format.ts";
import { rankedRuns } from "../../summary.ts";
import { type Figures, ON_PAGE } from "../figure.ts";
import { type Html, html } from "../markup.ts";
import { table } from "../table.ts";

/** Rows of the table for all policies together; more would make the page slow, and nobody reads them. */
const MAX_ROWS = 1000;
/** Characters of the reason shown before the row is opened. */
const MAX_SUMMARY = 220;

interface Row {
  readonly policy: string;
  readonly sourceOf: SourceOf;
  readonly fold: DecisionFold;
}

/** Every change of mind with its reason and the numbers behind it; repeats in one line. */
export function decisionsSection(result: ComparisonResult, figures: Figures): Html {
  const runs = rankedRuns(result);
  const perPolicy = Math.max(20, Math.floor(MAX_ROWS / Math.max(1, runs.length)));
  let total = 0;
  const rows = runs.flatMap((run): readonly Row[] => {
    const folds = foldDecisions(run.decisions);
    total += folds.length;
    const sourceOf = sourcesOf(run);
    return pickDecisions(folds, perPolicy).map((fold) => ({ policy: run.policy, sourceOf, fold }));
  });
  const several = runs.some((run) => run.deployments.length > 1);
  return html`<section id="decisions" aria-labelledby="decisions-title">
<h2 id="decisions-title">Who decided what, and why</h2>
<p>${rows.length < total ? `The table holds ${formatNumber(rows.length)} of ${formatNumber(total)} lines, changes first; the JSON result has all.` : "A decision that repeats the one before it is counted on the same line."} Open one for the way from what was measured to what was decided.</p>
<div class="charts">${figures.add({ title: "Decisions over time", note: "Marks grow with the step.", wide: true, spec: decisionsChart(result, ON_PAGE) })}</div>
${filterForm(runs.map((run) => run.policy))}
${table(rows, columns(result, several), { caption: "Decisions", id: "decision-table", tall: true, rowAttributes: ({ policy, fold }) => html` data-policy="${policy}"${fold.change === 0 ? undefined : html` data-change`}` })}
${undecided(result)}
</section>
`;
}

function filterForm(policies: readonly string[]): Html {
  return html`<form class="bar" data-filter="decision-table" role="search" aria-label="Filter decisions">
<label>Policy <select name="policy"><option value="">all</option>${policies.map((policy) => html`<option>${policy}</option>`)}</select></label>
<label>Contains <input type="search" name="words" autocomplete="off"></label>
<label><input type="checkbox" name="changes"> changes only</label>
<output aria-live="polite"></output>
</form>`;
}

function columns(result: ComparisonResult, several: boolean): Parameters<typeof table<Row>>[1] {
  const clock = (seconds: number): string => formatClock(seconds, result.scenario);
  return [
    {
      heading: "Time",
      cell: ({ fold }) =>
        html`${clock(fold.timeSeconds)}${fold.repeats > 1 ? html`<small>×${formatNumber(fold.repeats)} until ${clock(fold.untilSeconds)}</small>` : undefined}`,
    },
    { heading: "Policy", cell: ({ policy, fold }) => html`${policy}${several ? html`<small>${fold.deployment}</small>` : undefined}` },
    {
      heading: "Replicas",
      numeric: true,
      cell: ({ fold }) =>
        fold.change === 0 ? `${fold.desiredReplicas}` : html`<strong>${fold.specReplicas} → ${fold.desiredReplicas}</strong>`,
    },
    { heading: "Ready", numeric: true, cell: ({ fold }) => formatNumber(fold.readyReplicas) },
    { heading: "Reason", cell: ({ fold }) => fold.reason },
    { heading: "Evidence", cell: ({ fold, sourceOf }) => evidenceCell(fold, sourceOf) },
  ];
}

/** The reason in a line; opened, the whole explanation. */
function evidenceCell(fold: DecisionFold, sourceOf: SourceOf): Html {
  const { because, sentences } = explainDecision(fold, sourceOf);
  return html`<details class="evidence"><summary>${because === "" ? fold.reason : shortened(because)}</summary><ul>${sentences.map((sentence) => html`<li>${sentence}</li>`)}</ul></details>`;
}

/** Cut to a readable length. */
export function shortened(text: string): string {
  return text.length > MAX_SUMMARY ? `${[...text].slice(0, MAX_SUMMARY).join("")}…` : text;
}

function undecided(result: ComparisonResult): Html | undefined {
  const rows = rankedRuns(result).flatMap((run) =>
    Object.entries(run.undecided).map(([reason, count]) => ({ policy: run.policy, reason, count })),
  );
  if (rows.length === 0) return undefined;
  return table(
    rows,
    [
      { heading: "Policy", cell: ({ policy }) => policy },
      { heading: "Reason", cell: ({ reason }) => reason },
      { heading: "Times", numeric: true, cell: ({ count }) => formatNumber(count) },
    ],
    { caption: "Firings that could not decide" },
  );
}

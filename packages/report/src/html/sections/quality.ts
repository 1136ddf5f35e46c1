import type { ComparisonResult, RunResult } from "@replicast/sim-core";
import { costQualityChart } from "../../charts/quality.ts";
import { qualityColumns, qualityLines } from "../../quality.ts";
import { rankedRuns } from "../../summary.ts";
import { type Figures, ON_PAGE } from "../figure.ts";
import { type Html, html } from "../markup.ts";
import { type Column, table } from "../table.ts";

/** What it saves to let a smaller model answer, and what that loses. */
export function qualitySection(result: ComparisonResult, figures: Figures): Html {
  const runs = rankedRuns(result);
  const policy: Column<RunResult> = { heading: "Policy", cell: (run) => run.policy };
  const columns = qualityColumns(runs).map((column): Column<RunResult> => ({ ...column, numeric: true }));
  return html`<section id="quality" aria-labelledby="quality-title">
<h2 id="quality-title">Cost against quality</h2>
<p>An answer does if the model that gave it is good enough for its request. Complexities are the trace's, or drawn once per request and the same under every policy.</p>
<div class="charts">
${figures.add({ title: "Dollars per month against the share of answers that do", note: "Down and to the right is better.", spec: costQualityChart(result, ON_PAGE) })}
</div>
${table(runs, [policy, ...columns], { caption: "Who answered, how many answers do, and what that costs", className: "rank" })}
<ul>${qualityLines(runs).map((line) => html`<li>${line}</li>`)}</ul>
</section>
`;
}

import type { ComparisonResult, RunResult } from "@replicast/sim-core";
import { formatDate, formatOffset } from "../../clock.ts";
import { formatNumber, formatPercent, formatSeconds, formatWholeUsd } from "../../format.ts";
import { controllerKinds, rankedRuns, summarise } from "../../summary.ts";
import { type Html, html } from "../markup.ts";

/** What was compared and the answer, with the winner's figures. */
export function verdictSection(result: ComparisonResult): Html {
  const [best, ...others] = rankedRuns(result);
  return html`<section class="verdict" aria-labelledby="verdict">
<p class="over">Verdict</p>
<h1 id="verdict">${result.verdict}</h1>
<p class="lede">${result.scenario.description}</p>
${best === undefined ? undefined : factsOf(best, others)}
</section>
`;
}

function factsOf(best: RunResult, others: readonly RunResult[]): Html {
  const summary = summarise(best);
  const dearest = Math.max(...others.map((run) => run.cost.monthlyUsd));
  const fact = (name: string, value: string, note: string): Html =>
    html`<div><dt>${name}</dt><dd>${value}<small>${note}</small></dd></div>`;
  return html`<dl class="facts" aria-label="Figures of ${best.policy}">
${fact("Ranked first", best.policy, controllerKinds(best))}
${fact("Monthly bill", formatWholeUsd(summary.monthlyUsd), others.length === 0 ? `from ${formatNumber(best.cost.runHours)} h` : `others up to ${formatWholeUsd(dearest)}`)}
${fact("Objectives met by", formatPercent(summary.attainment), summary.sloMet ? "of requests: every target reached" : "of requests: a target missed")}
${fact("Violation minutes", formatNumber(summary.violationMinutes), `of ${formatNumber(best.slo.minutesWithArrivals)} with arrivals`)}
${fact("TTFT p95", formatSeconds(summary.ttftP95Seconds), `of completed requests; median ${formatSeconds(best.latency.ttft.p50Seconds)}`)}
${fact("Lost requests", formatNumber(summary.lostRequests), `of ${formatNumber(best.requests.arrived)}`)}
</dl>`;
}

/** The line at the top of the page: what this is, of which scenario, when. */
export function masthead(result: ComparisonResult): Html {
  const { scenario } = result;
  return html`<header class="mast"><b>Replicast</b><span>Policy comparison</span><span>${scenario.name}</span><span>${formatDate(scenario)}, ${formatSeconds(scenario.durationSeconds)}, ${scenario.timeZone} (${formatOffset(scenario.startOffsetSeconds)})</span></header>
`;
}

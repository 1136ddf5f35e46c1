import type { ComparisonResult } from "@replicast/sim-core";
import { formatDate, formatOffset } from "../../clock.ts";
import { formatNumber, formatSeconds } from "../../format.ts";
import { heldBackLines } from "../../held-back.ts";
import { routedLines } from "../../routed.ts";
import { type Html, html } from "../markup.ts";
import { stateLegend } from "./cost.ts";

/** What the figures rest on: assumptions, definitions, and what it takes to make them again. */
export function notesSection(result: ComparisonResult): Html {
  const { scenario } = result;
  const assumptions = [...new Set([...result.assumptions, ...result.runs.flatMap((run) => run.assumptions)])];
  const routed = routedLines(result.runs);
  const heldBack = heldBackLines(result.runs);
  const [run] = result.runs;
  const fact = (name: string, value: string): Html => html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
  return html`<section id="notes" aria-labelledby="notes-title">
<h2 id="notes-title">What this rests on</h2>
<h3>Assumptions</h3>
${assumptions.length === 0 ? html`<p>None were recorded.</p>` : html`<ul>${assumptions.map((text) => html`<li>${text}</li>`)}</ul>`}
${routed.length === 0 ? undefined : html`<h3>Requests by deployment</h3><ul>${routed.map((text) => html`<li>${text}</li>`)}</ul>`}
${heldBack.length === 0 ? undefined : html`<h3>Requests held back by their clients</h3><ul>${heldBack.map((text) => html`<li>${text}</li>`)}</ul>`}
<h3>States of a billed GPU</h3>
${stateLegend()}
<h3>Provenance</h3>
<p>The same scenario, seed and version give the same bytes.</p>
<dl class="facts plain">
${fact("Scenario", scenario.name)}${fact("Scenario hash", scenario.hash)}${fact("Seed", scenario.seed)}${fact("Replicast version", result.version)}
${fact("Start", `${formatDate(scenario)} (${scenario.timeZone}, ${formatOffset(scenario.startOffsetSeconds)})`)}${fact("Simulated", formatSeconds(scenario.durationSeconds))}
${fact("Month extrapolated from", `${formatNumber(run?.cost.runHours ?? null)} h`)}${fact("Requests", formatNumber(run?.requests.arrived ?? null))}
</dl>
</section>
`;
}

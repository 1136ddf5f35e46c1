import type { ComparisonResult } from "@replicast/sim-core";
import { localStartMilliseconds } from "./charts/spec.ts";
import { createFigures } from "./html/figure.ts";
import { type Html, html, raw, scriptJson } from "./html/markup.ts";
import { PAGE_SCRIPT } from "./html/page-script.ts";
import { runtimeScripts, type VegaRuntime } from "./html/runtime.ts";
import { costSection } from "./html/sections/cost.ts";
import { decisionsSection } from "./html/sections/decisions.ts";
import { latencySection } from "./html/sections/latency.ts";
import { notesSection } from "./html/sections/notes.ts";
import { overTimeSection } from "./html/sections/over-time.ts";
import { podsSection } from "./html/sections/pods.ts";
import { summarySection } from "./html/sections/summary.ts";
import { masthead, verdictSection } from "./html/sections/verdict.ts";
import { sha256Base64 } from "./html/sha256.ts";
import { styleSheet } from "./html/style.ts";

export type { VegaRuntime } from "./html/runtime.ts";

export interface HtmlOptions {
  /** The libraries to inline; the caller reads them, because a library reads no files. */
  readonly vegaRuntime: VegaRuntime;
}

const CONTENTS: readonly (readonly [id: string, title: string])[] = [
  ["summary", "Policies"],
  ["cost", "Cost"],
  ["time", "Over time"],
  ["latency", "Latency"],
  ["decisions", "Decisions"],
  ["pods", "Cold starts"],
  ["notes", "Assumptions and provenance"],
];

/**
 * The comparison as one HTML page that needs nothing else: no network, no other file. Its content security policy allows the
 * scripts it was written with, by hash, and no others; strings of the result can become text only. Same result, same bytes.
 * @throws Error when the runtime texts are not the builds {@link VegaRuntime} describes
 */
export function renderComparisonHtml(result: ComparisonResult, options: HtmlOptions): string {
  const scripts = [...runtimeScripts(options.vegaRuntime), PAGE_SCRIPT];
  const style = styleSheet();
  const start = localStartMilliseconds(result.scenario);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${securityPolicy(scripts, style)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${result.scenario.name}: policy comparison</title>
<style>${raw(style)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the verdict</a>
${masthead(result)}<main id="main">
${verdictSection(result)}<nav aria-label="Contents"><ol>${CONTENTS.map(([id, title]) => html`<li><a href="#${id}">${title}</a></li>`)}</ol></nav>
<noscript><p>The charts need JavaScript; every number is in the tables.</p></noscript>
${sections(result)}</main>
<footer class="foot">Simulated by Replicast ${result.version}. A simulation is an argument, not a measurement: see the assumptions.</footer>
<script type="application/json" id="time-range">${scriptJson([start, start + result.scenario.durationSeconds * 1000])}</script>
${scripts.map(
  (script) => html`<script>${raw(script)}</script>
`,
)}</body>
</html>
`;
  return page.markup;
}

function sections(result: ComparisonResult): readonly Html[] {
  const figures = createFigures();
  return [
    summarySection(result, figures),
    costSection(result, figures),
    overTimeSection(result, figures),
    latencySection(result, figures),
    decisionsSection(result, figures),
    podsSection(result),
    notesSection(result),
  ];
}

function securityPolicy(scripts: readonly string[], style: string): string {
  const hashes = scripts.map((script) => `'sha256-${sha256Base64(script)}'`);
  return `default-src 'none'; script-src ${hashes.join(" ")}; style-src 'sha256-${sha256Base64(style)}'; base-uri 'none'; form-action 'none'`;
}

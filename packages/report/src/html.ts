import type { ComparisonResult } from "@replicast/sim-core";
import { localStartMilliseconds } from "./charts/spec.ts";
import { createFigures } from "./html/figure.ts";
import { type Html, html } from "./html/markup.ts";
import { renderPage } from "./html/page.ts";
import type { VegaRuntime } from "./html/runtime.ts";
import { costSection } from "./html/sections/cost.ts";
import { decisionsSection } from "./html/sections/decisions.ts";
import { latencySection } from "./html/sections/latency.ts";
import { notesSection } from "./html/sections/notes.ts";
import { overTimeSection } from "./html/sections/over-time.ts";
import { podsSection } from "./html/sections/pods.ts";
import { qualitySection } from "./html/sections/quality.ts";
import { summarySection } from "./html/sections/summary.ts";
import { masthead, verdictSection } from "./html/sections/verdict.ts";
import { hasQuality } from "./quality.ts";

export type { VegaRuntime } from "./html/runtime.ts";

export interface HtmlOptions {
  /** The libraries to inline; the caller reads them, because a library reads no files. */
  readonly vegaRuntime: VegaRuntime;
}

const CONTENTS: readonly (readonly [id: string, title: string])[] = [
  ["summary", "Policies"],
  ["cost", "Cost"],
  ["quality", "Quality"],
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
  const start = localStartMilliseconds(result.scenario);
  return renderPage(
    {
      title: `${result.scenario.name}: policy comparison`,
      skipTo: "Skip to the verdict",
      head: masthead(result),
      main: html`${verdictSection(result)}<nav aria-label="Contents"><ol>${CONTENTS.filter(([id]) => id !== "quality" || hasQuality(result)).map(([id, title]) => html`<li><a href="#${id}">${title}</a></li>`)}</ol></nav>
<noscript><p>The charts need JavaScript; every number is in the tables.</p></noscript>
${sections(result)}`,
      version: result.version,
      timeRange: [start, start + result.scenario.durationSeconds * 1000],
    },
    options.vegaRuntime,
  );
}

function sections(result: ComparisonResult): readonly Html[] {
  const figures = createFigures();
  return [
    summarySection(result, figures),
    costSection(result, figures),
    ...(hasQuality(result) ? [qualitySection(result, figures)] : []),
    overTimeSection(result, figures),
    latencySection(result, figures),
    decisionsSection(result, figures),
    podsSection(result, figures),
    notesSection(result),
  ];
}

import type { ComparisonResult } from "@replicast/sim-core";
import { localStartMilliseconds } from "./charts/spec.ts";
import { createFigures } from "./html/figure.ts";
import { type Html, html } from "./html/markup.ts";
import { renderPage } from "./html/page.ts";
import type { VegaRuntime } from "./html/runtime.ts";
import { blameSection } from "./html/sections/blame.ts";
import { costSection } from "./html/sections/cost.ts";
import { decisionsSection } from "./html/sections/decisions.ts";
import { forecastsSection, hasForecasts } from "./html/sections/forecasts.ts";
import { foresightSection } from "./html/sections/foresight.ts";
import { latencySection } from "./html/sections/latency.ts";
import { notesSection } from "./html/sections/notes.ts";
import { overTimeSection } from "./html/sections/over-time.ts";
import { podsSection } from "./html/sections/pods.ts";
import { qualitySection } from "./html/sections/quality.ts";
import { statisticsSection } from "./html/sections/statistics.ts";
import { summarySection } from "./html/sections/summary.ts";
import { masthead, verdictSection } from "./html/sections/verdict.ts";
import { hasQuality } from "./quality.ts";

export type { VegaRuntime } from "./html/runtime.ts";

export interface HtmlOptions {
  /** The libraries to inline; the caller reads them, because a library reads no files. */
  readonly vegaRuntime: VegaRuntime;
}

/** Results of older releases have no blame. */
const contents = (result: ComparisonResult): readonly (readonly [id: string, title: string])[] => [
  ["summary", "Policies"],
  ...(result.statistics === undefined ? [] : [["statistics", "Replications"] as const]),
  ["cost", "Cost"],
  ...(result.foresight === undefined ? [] : [["foresight", "Perfect foresight"] as const]),
  ...(hasQuality(result) ? [["quality", "Quality"] as const] : []),
  ["time", "Over time"],
  ["latency", "Latency"],
  ...(result.runs.some(({ blame }) => blame !== undefined) ? [["blame", "Blame"] as const] : []),
  ["decisions", "Decisions"],
  ...(hasForecasts(result) ? [["forecasts", "Forecasts"] as const] : []),
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
      main: html`${verdictSection(result)}<nav aria-label="Contents"><ol>${contents(result).map(([id, title]) => html`<li><a href="#${id}">${title}</a></li>`)}</ol></nav>
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
  const blame = blameSection(result, figures);
  return [
    summarySection(result, figures),
    html`${statisticsSection(result, figures)}`,
    costSection(result, figures),
    html`${foresightSection(result, figures)}`,
    ...(hasQuality(result) ? [qualitySection(result, figures)] : []),
    overTimeSection(result, figures),
    latencySection(result, figures),
    ...(blame === undefined ? [] : [blame]),
    decisionsSection(result, figures),
    ...(hasForecasts(result) ? [forecastsSection(result, figures)] : []),
    podsSection(result, figures),
    notesSection(result),
  ];
}

import type { BatchSweep, BatchSweepSeries } from "@replicast/sim-core";
import { batchSweepChart } from "./charts/batch-sweep.ts";
import { formatNumber, formatPercent, formatSeconds } from "./format.ts";
import { createFigures, type Figures, ON_PAGE } from "./html/figure.ts";
import { type Html, html } from "./html/markup.ts";
import { renderPage } from "./html/page.ts";
import { type Column, table } from "./html/table.ts";
import type { HtmlOptions } from "./html.ts";

/** The sweep over batch limits as one HTML page that needs nothing else: charts and every number. Same sweep, same bytes. */
export function renderSweepHtml(sweep: BatchSweep, options: HtmlOptions): string {
  const figures = createFigures();
  const deployments = [...new Set(sweep.series.map(({ deployment }) => deployment))];
  return renderPage(
    {
      title: `${sweep.scenario}: batch limits`,
      skipTo: "Skip to the charts",
      head: html`<header class="mast"><b>Replicast</b><span>Batch limits</span><span>${sweep.scenario}</span></header>
`,
      main: html`<noscript><p>The charts need JavaScript; every number is in the tables.</p></noscript>
${deployments.map((deployment) => deploymentSection(sweep, deployment, figures))}`,
      version: sweep.version,
      timeRange: [0, 1],
    },
    options.vegaRuntime,
  );
}

function deploymentSection(sweep: BatchSweep, deployment: string, figures: Figures): Html {
  const series = sweep.series.filter((candidate) => candidate.deployment === deployment);
  const rows = series.flatMap((one) => one.points.map((point) => ({ series: one, point })));
  return html`<section aria-label="${deployment}">
<h2>${deployment}: one replica over batch limits</h2>
<p>Each curve is one load. The diamond marks the smallest limit whose goodput is within 1 % of the best: below it requests wait for a place, above it they only slow each other down.</p>
<div class="charts">
${figures.add({ title: "Requests that meet the SLO", spec: batchSweepChart(sweep, deployment, "goodput", ON_PAGE) })}
${figures.add({ title: "Mean time from arrival to last token", spec: batchSweepChart(sweep, deployment, "e2e", ON_PAGE) })}
</div>
${table(rows, COLUMNS, { caption: `${deployment}: every load and limit` })}
</section>
`;
}

interface Row {
  readonly series: BatchSweepSeries;
  readonly point: BatchSweepSeries["points"][number];
}

const COLUMNS: readonly Column<Row>[] = [
  { heading: "Load (requests/s)", numeric: true, cell: ({ series }) => formatNumber(series.requestsPerSecond) },
  { heading: "Answers", numeric: true, cell: ({ series }) => `× ${formatNumber(series.answers)}` },
  {
    heading: "Batch limit",
    numeric: true,
    cell: ({ series, point }) => `${point.limit}${point.limit === series.bestLimit ? " (best)" : ""}`,
  },
  { heading: "Ended (requests/s)", numeric: true, cell: ({ point }) => formatNumber(point.throughputPerSecond) },
  { heading: "Meeting the SLO (requests/s)", numeric: true, cell: ({ point }) => formatNumber(point.goodputPerSecond) },
  { heading: "Attainment", numeric: true, cell: ({ point }) => formatPercent(point.attainment) },
  { heading: "SLO", cell: ({ point }) => (point.meetsSlo ? "met" : "missed") },
  { heading: "Mean E2E", numeric: true, cell: ({ point }) => formatSeconds(point.meanE2eSeconds) },
  { heading: "TTFT p95", numeric: true, cell: ({ point }) => formatSeconds(point.ttftP95Seconds) },
  { heading: "TPOT p95", numeric: true, cell: ({ point }) => formatSeconds(point.tpotP95Seconds) },
];

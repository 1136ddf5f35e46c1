import type { ComparisonResult, Json, RunResult } from "@replicast/sim-core";
import { costByStateChart } from "./charts/cost.ts";
import { violationsChart } from "./charts/over-time.ts";
import { replicasChart } from "./charts/replicas.ts";
import type { ChartSpec } from "./charts/spec.ts";
import { formatNumber, formatPercent, formatSeconds, formatWholeUsd } from "./format.ts";
import { type Html, html } from "./html/markup.ts";
import { rankedRuns, summarise } from "./summary.ts";
import { renderComparisonTable, renderRunTable, runFacts, runVerdict } from "./table.ts";

/** MIME types a notebook may choose from. */
export interface DisplayBundle {
  readonly "application/vnd.vegalite.v5+json": ChartSpec;
  readonly "text/html": string;
  readonly "text/plain": string;
}

/** A value that notebooks know how to show: the last expression of a cell. @see https://docs.deno.com/runtime/reference/cli/jupyter/ */
export interface Displayable {
  [key: symbol]: () => DisplayBundle;
}

/** The symbol under which Deno's kernel looks for a display bundle. */
export const JUPYTER_DISPLAY: unique symbol = Symbol.for("Jupyter.display");

/** A comparison for a notebook: charts where the front end draws them, else a table, else text. */
export function displayComparison(result: ComparisonResult): Displayable {
  const [best] = rankedRuns(result);
  const charts = [costByStateChart(result), violationsChart(result), ...(best === undefined ? [] : replicaCharts(best))];
  return displayable(() => ({
    "application/vnd.vegalite.v5+json": stacked(charts, result.verdict),
    "text/html": comparisonHtml(result).markup,
    "text/plain": renderComparisonTable(result),
  }));
}

/** One run for a notebook. */
export function displayRun(result: RunResult): Displayable {
  return displayable(() => ({
    "application/vnd.vegalite.v5+json": stacked(replicaCharts(result), runVerdict(result)),
    "text/html": runHtml(result).markup,
    "text/plain": renderRunTable(result),
  }));
}

function displayable(bundle: () => DisplayBundle): Displayable {
  return { [JUPYTER_DISPLAY]: bundle };
}

function replicaCharts(run: RunResult): readonly ChartSpec[] {
  return run.deployments.map((deployment) => ({ ...replicasChart(run, deployment), title: `${run.policy}: ${deployment.name}` }));
}

/** Notebook front ends register version 5 of Vega-Lite; the charts use nothing newer. The first chart's look serves all. */
function stacked(charts: readonly ChartSpec[], title: string): ChartSpec {
  const parts = charts.map(({ $schema, config, autosize, padding, background, ...chart }, index) => ownParameters(chart, `_${index}`));
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    title: { text: title },
    background: "white",
    vconcat: parts,
    resolve: {
      scale: { color: "independent", shape: "independent", opacity: "independent", strokeDash: "independent", size: "independent" },
      legend: { color: "independent" },
    },
    ...(charts[0]?.["config"] === undefined ? {} : { config: charts[0]["config"] }),
  };
}

/** Parameters of the same name in several views are one parameter; each chart's are its own. */
function ownParameters<T extends Json>(value: T, suffix: string): T {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map((each: Json) => ownParameters(each, suffix)) as unknown as T;
  const entries = Object.entries(value).map(([key, each]): readonly [string, Json] => {
    if (key === "data") return [key, each];
    const isName = (key === "name" || key === "param") && typeof each === "string";
    return [key, isName ? each + suffix : ownParameters(each, suffix)];
  });
  return Object.fromEntries(entries) as T;
}

function comparisonHtml(result: ComparisonResult): Html {
  const rows = rankedRuns(result).map((run) => {
    const summary = summarise(run);
    const cells = [
      formatWholeUsd(summary.monthlyUsd),
      formatWholeUsd(summary.equationUsd),
      summary.sloMet ? "met" : "missed",
      formatPercent(summary.attainment),
      formatNumber(summary.violationMinutes),
      formatSeconds(summary.ttftP95Seconds),
      formatNumber(summary.lostRequests),
    ];
    return html`<tr><th scope="row">${run.policy}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`;
  });
  const headings = ["policy", "bill/month", "equation", "SLO", "attainment", "violation min", "TTFT p95", "lost"];
  return html`<p><strong>${result.verdict}</strong></p><table><thead><tr>${headings.map((heading) => html`<th scope="col">${heading}</th>`)}</tr></thead><tbody>${rows}</tbody></table>`;
}

function runHtml(result: RunResult): Html {
  return html`<p><strong>${runVerdict(result)}</strong></p><table><tbody>${runFacts(result).map(([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`)}</tbody></table>`;
}

import { COMPARED_MEASURES, type ComparedMeasure, type ComparisonResult, type PolicyStatistics } from "@replicast/sim-core";
import { differencesChart } from "../../charts/statistics.ts";
import { formatNumber } from "../../format.ts";
import { adviceSentence, experimentSentence, measureText, pairSentences, rankedStatistics } from "../../statistics.ts";
import { type Figures, ON_PAGE } from "../figure.ts";
import { type Html, html } from "../markup.ts";
import { type Column, table } from "../table.ts";

const TITLES: Readonly<Record<ComparedMeasure, string>> = {
  monthlyUsd: "Differences of the bill",
  attainment: "Differences of attainment",
  violations: "Differences of violations",
};

/** What replications show. Undefined where nobody asked. */
export function statisticsSection(result: ComparisonResult, figures: Figures): Html | undefined {
  const { statistics } = result;
  if (statistics === undefined) return undefined;
  const times = (count: number): string => `${formatNumber(count)} of ${formatNumber(statistics.replications)}`;
  const measure = (heading: string, name: ComparedMeasure): Column<PolicyStatistics> => ({
    heading,
    numeric: true,
    cell: (row) => measureText(row, name),
  });
  const columns: readonly Column<PolicyStatistics>[] = [
    { heading: "Policy", cell: ({ policy }) => policy },
    measure("Bill", "monthlyUsd"),
    measure("Attainment, %", "attainment"),
    measure("Violations", "violations"),
    { heading: "SLO met in", numeric: true, cell: ({ sloMetIn }) => times(sloMetIn) },
    { heading: "Thresholds passed in", numeric: true, cell: ({ thresholdsPassedIn }) => times(thresholdsPassedIn) },
  ];
  const note = "Bars are intervals of the paired difference, first policy less second. One that crosses zero shows nothing.";
  return html`<section id="statistics" aria-labelledby="statistics-title">
<h2 id="statistics-title">What replications show</h2>
<p>${experimentSentence(statistics)} All other figures of this page are of the first replication.</p>
${pairSentences(statistics).map((text) => html`<p><strong>${text}</strong></p>`)}
${table(rankedStatistics(statistics), columns, { caption: "Means over replications with their intervals; bills in dollars per month", className: "rank" })}
<div class="charts">
${statistics.policies.length < 2 ? [] : COMPARED_MEASURES.map((name) => figures.add({ title: TITLES[name], note, spec: differencesChart(result, name, ON_PAGE) }))}
</div>
<p>${adviceSentence(statistics)}</p>
${statistics.notes.map((text) => html`<p>${text}</p>`)}
</section>
`;
}

import type { ComparedMeasure, ComparisonResult, PolicyStatistics } from "@replicast/sim-core";
import { formatNumber } from "./format.ts";
import { adviceSentence, experimentSentence, measureText, pairSentences, rankedStatistics } from "./statistics.ts";
import { fitTo, plainText, wrapTo } from "./text.ts";
import { draw, fitColumns, paint, type TableOptions, type TextColumn } from "./text-columns.ts";

const DEFAULT_WIDTH = 120;
const LONGEST_NAME = 32;

/** What replications show, for a terminal; no lines where they were not asked for. */
export function statisticsLines({ statistics }: ComparisonResult, options: TableOptions): readonly string[] {
  if (statistics === undefined) return [];
  const width = options.width ?? DEFAULT_WIDTH;
  const rows = rankedStatistics(statistics);
  const column = (heading: string, weight: number, cell: (row: PolicyStatistics) => string): TextColumn => ({
    heading,
    side: "right",
    weight,
    cells: rows.map((row) => ({ text: cell(row) })),
  });
  const measure = (heading: string, weight: number, name: ComparedMeasure): TextColumn =>
    column(heading, weight, (row) => measureText(row, name));
  const times = (count: number): string => `${formatNumber(count)} of ${formatNumber(statistics.replications)}`;
  const { kept, dropped } = fitColumns(
    [
      {
        heading: "over replications",
        side: "left",
        weight: 9,
        cells: rows.map(({ policy }) => ({ text: fitTo(plainText(policy), LONGEST_NAME), tone: "strong" })),
      },
      measure("bill/month", 8, "monthlyUsd"),
      measure("attainment, %", 7, "attainment"),
      measure("violations", 5, "violations"),
      column("SLO met", 6, ({ sloMetIn }) => times(sloMetIn)),
      column("thresholds passed", 4, ({ thresholdsPassedIn }) => times(thresholdsPassedIn)),
    ],
    width,
  );
  const told = (text: string): readonly string[] => wrapTo(plainText(text), width);
  return [
    ...told(`${experimentSentence(statistics)} The table above is of the first replication.`),
    "",
    ...draw(kept, options),
    ...(dropped.length > 0 ? ["", ...told(`Not shown at this width: ${dropped.join(", ")}.`)] : []),
    "",
    ...pairSentences(statistics).flatMap((text) => told(text).map((line) => paint({ text: line, tone: "strong" }, options))),
    "",
    ...[adviceSentence(statistics), ...statistics.notes].flatMap(told),
  ];
}

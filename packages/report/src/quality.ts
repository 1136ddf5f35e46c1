import type { ComparisonResult, QualityResult, RunResult } from "@replicast/sim-core";
import { monthlyTotalUsd } from "@replicast/sim-core/score";
import { formatCount, formatNumber, formatPercent, formatWholeUsd, NO_VALUE } from "./format.ts";
import { percentColumn } from "./format-columns.ts";

/** Whether the answers of some run are judged. */
export function hasQuality({ runs }: Pick<ComparisonResult, "runs">): boolean {
  return runs.some(({ quality }) => quality !== undefined);
}

/** One column about the quality of answers; all cells are text. */
export interface QualityColumn {
  readonly heading: string;
  readonly cell: (run: RunResult) => string;
}

/** What answers cost and how many do: a row per policy. Shares are of the answers; a price has its columns only where there is one. */
export function qualityColumns(runs: readonly RunResult[]): readonly QualityColumn[] {
  const judged = runs.flatMap(({ quality }) => (quality === undefined ? [] : [quality]));
  const isPriced = judged.some(({ badAnswerUsd }) => badAnswerUsd > 0);
  const isEscalating = judged.some(({ escalated }) => escalated > 0);
  const adequate = percentColumn(runs.map(({ quality }) => quality?.adequateShare ?? null));
  const column = (heading: string, cell: (quality: QualityResult, run: RunResult) => string): QualityColumn => ({
    heading,
    cell: (run) => (run.quality === undefined ? NO_VALUE : cell(run.quality, run)),
  });
  return [
    ...answering(judged).map((name) => column(`answered by ${name}`, (quality) => formatPercent(shareOf(quality, name)))),
    column("adequate", ({ adequateShare }) => adequate(adequateShare)),
    ...(isEscalating ? [column("asked again", ({ escalated, answers }) => formatPercent(ratio(escalated, answers)))] : []),
    column("bill/month", (_, run) => formatWholeUsd(run.cost.monthlyUsd)),
    ...(isPriced
      ? [
          column("bad answers/month", ({ lossMonthlyUsd }) => formatWholeUsd(lossMonthlyUsd)),
          column("both", (_, run) => formatWholeUsd(monthlyTotalUsd(run))),
        ]
      : []),
  ];
}

/** Deployments that gave answers in some run, in the scenario's order. */
function answering(judged: readonly QualityResult[]): readonly string[] {
  const names = judged[0]?.deployments.map(({ name }) => name) ?? [];
  return names.filter((name) => judged.some((quality) => (answersOf(quality, name) ?? 0) > 0));
}

const answersOf = ({ deployments }: QualityResult, name: string): number | undefined =>
  deployments.find((deployment) => deployment.name === name)?.answers;

const shareOf = (quality: QualityResult, name: string): number | null => ratio(answersOf(quality, name) ?? 0, quality.answers);

const ratio = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

/** Per run: how many answers do, what the others cost, and how many had to be given again. */
export function qualityLines(runs: readonly RunResult[]): readonly string[] {
  return runs.flatMap(({ policy, quality }) => {
    if (quality === undefined) return [];
    const { answers, adequateShare, badAnswers, lossMonthlyUsd, badAnswerUsd, adequateShareMin, met, escalated } = quality;
    const price = badAnswerUsd > 0 ? ` (${formatWholeUsd(lossMonthlyUsd)} a month)` : "";
    const bound = adequateShareMin === null ? "" : `; at least ${formatPercent(adequateShareMin)} must: ${met ? "kept" : "missed"}`;
    const again = escalated === 0 ? "" : ` ${formatCount(escalated, "request")} had to be answered again.`;
    return [
      `${policy}: ${formatPercent(adequateShare)} of ${formatCount(answers, "answer")} came from a good enough model, ${formatNumber(badAnswers)} did not${price}${bound}.${again}`,
    ];
  });
}

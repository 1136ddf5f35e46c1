import type { QualityRecord } from "../record/quality-record.ts";
import type { QualityConfig } from "./config.ts";
import type { QualityResult } from "./result.ts";

const HOURS_PER_MONTH = 730;

/**
 * Judges the answers. A bound holds when the smallest number of answers keeps it; nothing judged keeps any.
 * @param names of the deployments, by index
 */
export function scoreQuality(
  record: QualityRecord,
  names: readonly string[],
  durationSeconds: number,
  { badAnswerUsd, adequateShareMin }: QualityConfig = { badAnswerUsd: 0 },
): QualityResult {
  const total = (column: Float64Array): number => column.reduce((sum, count) => sum + count, 0);
  const answers = total(record.answers);
  const adequate = total(record.adequate);
  const badAnswers = answers - adequate;
  return {
    answers,
    adequate,
    adequateShare: answers === 0 ? null : adequate / answers,
    badAnswers,
    escalated: total(record.escalatedAway),
    badAnswerUsd,
    lossMonthlyUsd: (badAnswers * badAnswerUsd * HOURS_PER_MONTH) / (durationSeconds / 3600),
    adequateShareMin: adequateShareMin ?? null,
    met: adequate >= answers * (adequateShareMin ?? 0) - 1e-9 * answers,
    deployments: names.map((name, i) => ({
      name,
      answers: record.answers[i] as number,
      adequate: record.adequate[i] as number,
      escalatedAway: record.escalatedAway[i] as number,
      escalatedIn: record.escalatedIn[i] as number,
    })),
  };
}

/** What a month costs: the bill, and the answers that do not do. */
export function monthlyTotalUsd(run: {
  readonly cost: { readonly monthlyUsd: number };
  readonly quality?: { readonly lossMonthlyUsd: number };
}): number {
  return run.cost.monthlyUsd + (run.quality?.lossMonthlyUsd ?? 0);
}

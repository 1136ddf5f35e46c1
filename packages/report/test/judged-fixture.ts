import type { ComparisonResult, QualityResult } from "@replicast/sim-core";

/** A comparison whose answers were judged: of each policy the next ten of a thousand do not do, at a dollar each. */
export function judged(result: ComparisonResult, more: Partial<QualityResult> = {}): ComparisonResult {
  return {
    ...result,
    runs: result.runs.map((run, index) => {
      const badAnswers = 10 * index;
      const quality: QualityResult = {
        answers: 1000,
        adequate: 1000 - badAnswers,
        adequateShare: 1 - badAnswers / 1000,
        badAnswers,
        escalated: 50,
        badAnswerUsd: 1,
        lossMonthlyUsd: 100 * badAnswers,
        adequateShareMin: 0.985,
        met: badAnswers <= 15,
        deployments: [
          { name: "small", answers: 600, adequate: 600 - badAnswers, escalatedAway: 50, escalatedIn: 0 },
          { name: "large", answers: 400, adequate: 400, escalatedAway: 0, escalatedIn: 50 },
          { name: "idle", answers: 0, adequate: 0, escalatedAway: 0, escalatedIn: 0 },
        ],
        ...more,
      };
      return { ...run, quality };
    }),
  };
}

import {
  COMPARED_MEASURES,
  type ComparedMeasure,
  type ComparisonResult,
  type Estimate,
  type PairStatistics,
  type StatisticsResult,
} from "@replicast/sim-core";

const around = (mean: number, halfWidth: number): Estimate => ({
  mean,
  standardDeviation: halfWidth,
  halfWidth,
  low: mean - halfWidth,
  high: mean + halfWidth,
});

const MEANS: Readonly<Record<ComparedMeasure, Estimate>> = {
  monthlyUsd: around(4000, 50),
  attainment: around(0.95, 0.002),
  violations: around(40, 6),
};

/** A pair whose first policy costs $1,940 ± $310 less; nothing else differs, or not for certain. `changes` replace its parts. */
export function pairOf(measure: ComparedMeasure, first: string, second: string, changes: Partial<PairStatistics> = {}): PairStatistics {
  const isBill = measure === "monthlyUsd";
  const isSame = measure === "violations";
  return {
    measure,
    first,
    second,
    difference: isBill ? around(-1940, 310) : isSame ? around(0, 0) : around(0.001, 0.004),
    compared: 20,
    lessIn: isBill ? 20 : isSame ? 0 : 8,
    moreIn: isBill || isSame ? 0 : 12,
    pValue: isBill ? 0.0001 : isSame ? 1 : 0.4,
    adjustedPValue: isBill ? 0.0009 : 1,
    finding: isBill ? "less" : isSame ? "same" : "notShown",
    replicationsToShow: isBill || isSame ? null : 1300,
    ...changes,
  };
}

/** A comparison with replications; each policy in the scenario's order costs less than those after it. */
export function withStatistics(result: ComparisonResult, changes: Partial<StatisticsResult> = {}): ComparisonResult {
  const names = result.runs.map(({ policy }) => policy);
  return {
    ...result,
    statistics: {
      schema: "replicast/statistics/v1",
      confidence: 0.95,
      replications: 20,
      seeds: Array.from({ length: 20 }, (_, replication) => (replication === 0 ? "1" : `1~${replication}`)),
      looks: [],
      precision: {
        wanted: null,
        reached: 0.03,
        advice: [
          { precision: 0.05, replications: 12 },
          { precision: 0.01, replications: null },
        ],
      },
      comparisons: 3,
      policies: names.map((policy, index) => ({
        policy,
        sloMetIn: 19,
        thresholdsPassedIn: 20,
        measures: {
          monthlyUsd: { values: [], estimate: around(4000 + 1940 * index, 50) },
          attainment: { values: [], estimate: MEANS.attainment },
          violations: { values: [], estimate: MEANS.violations },
        },
      })),
      pairs: COMPARED_MEASURES.flatMap((measure) =>
        names.flatMap((first, index) => names.slice(index + 1).map((second) => pairOf(measure, first, second))),
      ),
      notes: ["A note on how far this carries."],
      ...changes,
    },
  };
}

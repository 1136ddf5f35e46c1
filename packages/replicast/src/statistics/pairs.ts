import { COMPARED_MEASURES, type ComparedMeasure, type Finding, type PairStatistics } from "@replicast/sim-core";
import { replicationsToShow } from "./advice.ts";
import { estimate, MIN_VALUES, surpriseAtZero } from "./estimate.ts";
import { holmAdjusted } from "./holm.ts";
import type { ReplicationOutcome } from "./replication.ts";

/** The outcomes of one policy, by replication. */
export interface PolicyOutcomes {
  readonly policy: string;
  readonly outcomes: readonly ReplicationOutcome[];
}

interface Compared {
  readonly measure: ComparedMeasure;
  readonly first: string;
  readonly second: string;
  readonly differences: readonly number[];
  readonly pValue: number | null;
}

/** Compares every two policies by every measure, replication by replication. @param confidence in (0, 1) */
export function pairStatistics(policies: readonly PolicyOutcomes[], confidence: number): readonly PairStatistics[] {
  const compared = COMPARED_MEASURES.flatMap((measure) => everyTwo(policies, (first, second) => compareTwo(measure, first, second)));
  const tested = compared.flatMap(({ pValue }) => pValue ?? []);
  const adjusted = holmAdjusted(tested);
  let next = 0;
  return compared.map((pair) => statisticsOf(pair, pair.pValue === null ? null : (adjusted[next++] as number), tested.length, confidence));
}

/** Calls with every two of the values, in their order. */
export function everyTwo<T, R>(values: readonly T[], call: (first: T, second: T) => R): readonly R[] {
  return values.flatMap((first, index) => values.slice(index + 1).map((second) => call(first, second)));
}

function compareTwo(measure: ComparedMeasure, first: PolicyOutcomes, second: PolicyOutcomes): Compared {
  const differences = first.outcomes.flatMap((outcome, index) => {
    const a = outcome[measure];
    const b = second.outcomes[index]?.[measure] ?? null;
    return a === null || b === null ? [] : [a - b];
  });
  const pValue = differences.length < MIN_VALUES ? null : surpriseAtZero(differences);
  return { measure, first: first.policy, second: second.policy, differences, pValue };
}

function statisticsOf(
  { measure, first, second, differences, pValue }: Compared,
  adjustedPValue: number | null,
  tests: number,
  confidence: number,
): PairStatistics {
  const difference = pValue === null ? null : estimate(differences, confidence);
  const outside = 1 - confidence;
  // Holm's p is never below the plain one, so the interval excludes 0 whenever the corrected test holds
  const isShown =
    difference !== null && adjustedPValue !== null && adjustedPValue <= outside && (difference.low > 0 || difference.high < 0);
  const lessIn = differences.filter((value) => value < 0).length;
  const moreIn = differences.filter((value) => value > 0).length;
  const finding: Finding = isShown
    ? difference.mean < 0
      ? "less"
      : "more"
    : pValue !== null && lessIn + moreIn === 0
      ? "same"
      : "notShown";
  return {
    measure,
    first,
    second,
    difference,
    compared: differences.length,
    lessIn,
    moreIn,
    pValue,
    adjustedPValue,
    finding,
    replicationsToShow:
      finding === "notShown" && difference !== null
        ? replicationsToShow(difference.mean, difference.standardDeviation, outside / tests)
        : null,
  };
}

/** A mean over independent replications with its two-sided confidence interval, in the unit of what was measured. */
export interface Estimate {
  readonly mean: number;
  /** Of one replication. */
  readonly standardDeviation: number;
  /** Of the interval: it reaches from `low` = mean − halfWidth to `high` = mean + halfWidth. */
  readonly halfWidth: number;
  readonly low: number;
  readonly high: number;
}

/**
 * What replications are compared by: the monthly bill with the price of bad answers (dollars), the share of counted requests that meet
 * every objective (0…1), and the requests that miss one.
 */
export type ComparedMeasure = "monthlyUsd" | "attainment" | "violations";
export const COMPARED_MEASURES: readonly ComparedMeasure[] = ["monthlyUsd", "attainment", "violations"];

/** One measure of one policy. */
export interface MeasureStatistics {
  /** By replication; null where it has no value. */
  readonly values: readonly (number | null)[];
  /** Null when fewer than two replications have a value. */
  readonly estimate: Estimate | null;
}

/** One policy over all replications. */
export interface PolicyStatistics {
  readonly policy: string;
  readonly sloMetIn: number;
  readonly thresholdsPassedIn: number;
  readonly measures: Readonly<Record<ComparedMeasure, MeasureStatistics>>;
}

/**
 * Whether the first policy's measure is less or more than the second's: `less` or `more` when the interval of the difference excludes 0
 * and the test holds after correction for all comparisons; `same` when no replication has any difference; else it is `notShown`.
 */
export type Finding = "less" | "more" | "same" | "notShown";

/** Two policies compared by one measure, replication by replication, on the same random numbers. */
export interface PairStatistics {
  readonly measure: ComparedMeasure;
  readonly first: string;
  readonly second: string;
  /** First less second; null when fewer than two replications have a value for both. */
  readonly difference: Estimate | null;
  /** Replications in which both have a value, and those in which the first's is less, and more. */
  readonly compared: number;
  readonly lessIn: number;
  readonly moreIn: number;
  /** Two-sided, of the paired t test; null without an interval. */
  readonly pValue: number | null;
  /** After Holm's correction for all comparisons of the experiment; null without an interval. */
  readonly adjustedPValue: number | null;
  readonly finding: Finding;
  /** Where nothing is shown: replications with which a difference as large as this one would be, in four of five experiments; null: no advice. */
  readonly replicationsToShow: number | null;
}

/** How close the bills are known. */
export interface PrecisionStatistics {
  /** Half-widths as a share: of each bill, and for differences of the smaller bill. Null: a number of replications was asked for. */
  readonly wanted: number | null;
  /** The largest of these shares. Null: a bill of 0 has no share. */
  readonly reached: number | null;
  /** Replications that a precision would take with the spread seen; null: more than a million. */
  readonly advice: readonly { readonly precision: number; readonly replications: number | null }[];
}

/** The beginning of the runs that attainment and violations leave out. */
export interface WarmUpStatistics {
  readonly method: "given" | "mser5";
  readonly seconds: number;
  /** False: requests in flight did not settle within the first half of the run. */
  readonly isSettled: boolean;
}

/** Policies compared over independent replications of a scenario. Plain JSON; the same whatever computed the replications in what order. */
export interface StatisticsResult {
  readonly schema: "replicast/statistics/v1";
  /** Of each interval, as in 0.95. */
  readonly confidence: number;
  readonly replications: number;
  /** By replication; the first is the scenario's own. */
  readonly seeds: readonly string[];
  /** Numbers of replications after which the precision was looked at; empty when a number of replications was asked for. */
  readonly looks: readonly number[];
  readonly precision: PrecisionStatistics;
  /** Absent: the whole run counts. */
  readonly warmUp?: WarmUpStatistics;
  /** Comparisons that Holm's correction allows for. */
  readonly comparisons: number;
  /** In the scenario's order. */
  readonly policies: readonly PolicyStatistics[];
  /** By measure, then in the scenario's order. */
  readonly pairs: readonly PairStatistics[];
  /** What a reader should know of how far these figures carry. */
  readonly notes: readonly string[];
}

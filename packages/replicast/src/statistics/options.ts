import { InputError, type Issue, type Plan } from "@replicast/sim-core";
import { FIRST_LOOK } from "./sequential.ts";

/** How much of the truth a comparison is asked to show. Absent altogether: one run of each policy. */
export interface StatisticsOptions {
  /** Runs of each policy, at least 2, each with a seed of its own; the first has the scenario's. */
  readonly replications?: number;
  /** Instead: replicate until every bill, and every difference of bills, is known to this share (half-width of its interval), as in 0.02. */
  readonly precision?: number;
  /** Most replications that a precision may take; default 200. */
  readonly maxReplications?: number;
  /** Of each interval, 0.5 to below 1; default 0.95. */
  readonly confidence?: number;
  /** For questions about the steady state: seconds (whole minutes) that attainment and violations leave out, or "auto" for MSER-5. */
  readonly warmUp?: number | "auto";
}

export const DEFAULT_MAX_REPLICATIONS = 200;
export const DEFAULT_CONFIDENCE = 0.95;
const MOST_REPLICATIONS = 100_000;

/** Whether more than one run of each policy is asked for. */
export function isReplicated({ replications, precision }: StatisticsOptions): boolean {
  return replications !== undefined || precision !== undefined;
}

/** @throws InputError `statistics_out_of_range`, `statistics_option_alone`, `statistics_both`, naming every option that is wrong */
export function checkStatistics(options: StatisticsOptions, { durationSeconds }: Pick<Plan, "durationSeconds">): void {
  const { replications, precision, maxReplications, confidence, warmUp } = options;
  const issues: Issue[] = [
    ...outside("replications", replications, (value) => isCount(value, 2)),
    ...outside("precision", precision, (value) => value > 0 && value < 1),
    ...outside("maxReplications", maxReplications, (value) => isCount(value, FIRST_LOOK)),
    ...outside("confidence", confidence, (value) => value >= 0.5 && value < 1),
    ...(warmUp === "auto" ? [] : outside("warmUp", warmUp, (value) => value >= 0 && value % 60 === 0 && value < durationSeconds)),
    ...(isReplicated(options) ? [] : (["confidence", "warmUp"] as const).filter((name) => options[name] !== undefined).map(alone)),
    ...(precision === undefined && maxReplications !== undefined ? [alone("maxReplications")] : []),
    ...(replications !== undefined && precision !== undefined ? [{ code: "statistics_both", path: [], data: {} }] : []),
  ];
  if (issues.length > 0) throw new InputError(issues);
}

const isCount = (value: number, least: number): boolean => Number.isSafeInteger(value) && value >= least && value <= MOST_REPLICATIONS;

function outside(option: string, value: number | undefined, isFit: (value: number) => boolean): readonly Issue[] {
  return value === undefined || isFit(value)
    ? []
    : [{ code: "statistics_out_of_range", path: [], data: { option, actual: String(value) } }];
}

const alone = (option: string): Issue => ({ code: "statistics_option_alone", path: [], data: { option } });

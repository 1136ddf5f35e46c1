import { studentHalfWidth } from "./student-t.ts";

/** Advice beyond this is no advice. */
const MOST_ADVISED = 1_000_000;
/** Chance with which a difference of the size seen should show. */
const POWER = 0.8;

/**
 * Replications after which the half-width of an interval should be at most `halfWidth`, if the spread is as seen; null: more than a
 * million.
 *
 * @param standardDeviation of one replication
 * @param halfWidth wanted, in the same unit, at least 0
 * @param confidence in (0, 1)
 * @see Law, "Simulation Modeling and Analysis", 5th edition, section 9.4.1
 */
export function replicationsForHalfWidth(standardDeviation: number, halfWidth: number, confidence: number): number | null {
  return leastCount((count) => (studentHalfWidth(confidence, count - 1) * standardDeviation) / Math.sqrt(count) <= halfWidth);
}

/**
 * Replications with which a difference of the size seen would show in four of five experiments, if size and spread are as seen; null: more
 * than a million, or there is no difference.
 *
 * @param mean and `standardDeviation` of the paired differences
 * @param outside chance of a false alarm, as in 1 − confidence
 */
export function replicationsToShow(mean: number, standardDeviation: number, outside: number): number | null {
  if (mean === 0) return null;
  const size = Math.abs(mean);
  return leastCount((count) => {
    const standardErrors = studentHalfWidth(1 - outside, count - 1) + studentHalfWidth(2 * POWER - 1, count - 1);
    return (standardErrors * standardDeviation) / Math.sqrt(count) <= size;
  });
}

/** The least count from two on that is enough; being enough is taken to be monotone. */
function leastCount(isEnough: (count: number) => boolean): number | null {
  let high = 2;
  while (!isEnough(high)) {
    if (high >= MOST_ADVISED) return null;
    high = Math.min(MOST_ADVISED, high * 2);
  }
  let low = Math.max(2, Math.floor(high / 2));
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isEnough(middle)) high = middle;
    else low = middle + 1;
  }
  return high;
}

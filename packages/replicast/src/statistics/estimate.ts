import type { Estimate } from "@replicast/sim-core";
import { studentHalfWidth, studentTwoSided } from "./student-t.ts";

/** Fewest values an interval can be made of. */
export const MIN_VALUES = 2;

/**
 * Mean with a two-sided t interval. Sums run in the order of `values`, so the caller's order fixes the bits.
 *
 * @param values of independent replications, at least two
 * @param confidence in (0, 1)
 * @see Law, "Simulation Modeling and Analysis", 5th edition, formula 4.12
 */
export function estimate(values: readonly number[], confidence: number): Estimate {
  const { mean, standardDeviation } = moments(values);
  const halfWidth =
    standardDeviation === 0 ? 0 : studentHalfWidth(confidence, values.length - 1) * standardError(values, standardDeviation);
  return { mean, standardDeviation, halfWidth, low: mean - halfWidth, high: mean + halfWidth };
}

/**
 * How surprising the mean would be if the truth were 0: the two-sided p-value of the t test. Values that are all alike have no
 * spread to judge by: 1 when they are 0, else 0.
 */
export function surpriseAtZero(values: readonly number[]): number {
  const { mean, standardDeviation } = moments(values);
  if (standardDeviation === 0) return mean === 0 ? 1 : 0;
  return studentTwoSided(mean / standardError(values, standardDeviation), values.length - 1);
}

function moments(values: readonly number[]): { readonly mean: number; readonly standardDeviation: number } {
  if (values.length < MIN_VALUES) throw new TypeError("an interval needs two values");
  const first = values[0] as number;
  if (values.every((value) => value === first)) return { mean: first, standardDeviation: 0 };
  // around the first value, so that a small spread of large numbers keeps its digits
  const shift = values.reduce((sum, value) => sum + (value - first), 0) / values.length;
  const mean = first + shift;
  const squares = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
  return { mean, standardDeviation: Math.sqrt(squares / (values.length - 1)) };
}

const standardError = (values: readonly number[], standardDeviation: number): number => standardDeviation / Math.sqrt(values.length);

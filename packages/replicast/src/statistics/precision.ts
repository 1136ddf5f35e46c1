import type { Estimate, PrecisionStatistics } from "@replicast/sim-core";
import { replicationsForHalfWidth } from "./advice.ts";
import { estimate } from "./estimate.ts";
import { everyTwo, type PolicyOutcomes } from "./pairs.ts";
import { isPrecise } from "./sequential.ts";

/** Precisions for which advice is given, besides the one asked for. */
const ADVISED = [0.05, 0.02, 0.01] as const;

interface Target {
  readonly estimate: Estimate;
  /** What a share is taken of, dollars. */
  readonly size: number;
}

/** Every bill, and every difference of bills against the smaller of the two. */
function targets(policies: readonly PolicyOutcomes[], confidence: number): readonly Target[] {
  const bills = policies.map(({ outcomes }) => {
    const values = outcomes.map(({ monthlyUsd }) => monthlyUsd);
    const bill = estimate(values, confidence);
    return { values, estimate: bill, size: Math.abs(bill.mean) };
  });
  const differences = everyTwo(bills, (first, second) => ({
    estimate: estimate(
      first.values.map((value, index) => value - (second.values[index] as number)),
      confidence,
    ),
    size: Math.min(first.size, second.size),
  }));
  return [...bills, ...differences];
}

/** Whether all of them are known to the precision. */
export function isReached(policies: readonly PolicyOutcomes[], confidence: number, precision: number): boolean {
  return targets(policies, confidence).every(({ estimate: { halfWidth }, size }) => isPrecise(halfWidth, size, precision));
}

/** What was reached, and what more would take. */
export function precisionStatistics(
  policies: readonly PolicyOutcomes[],
  confidence: number,
  wanted: number | undefined,
): PrecisionStatistics {
  const all = targets(policies, confidence);
  const isShareless = all.some(({ estimate: { halfWidth }, size }) => size === 0 && halfWidth > 0);
  const shares = all.map(({ estimate: { halfWidth }, size }) => (halfWidth === 0 ? 0 : halfWidth / size));
  const needed = (precision: number): number | null => {
    const counts = all.map((target) => replicationsForHalfWidth(target.estimate.standardDeviation, precision * target.size, confidence));
    return counts.reduce<number | null>((most, count) => (most === null || count === null ? null : Math.max(most, count)), 2);
  };
  const precisions = [...new Set([...ADVISED, ...(wanted === undefined ? [] : [wanted])])].sort((a, b) => b - a);
  return {
    wanted: wanted ?? null,
    reached: isShareless ? null : Math.max(...shares),
    advice: precisions.map((precision) => ({ precision, replications: needed(precision) })),
  };
}

import type { RegretAmount, RunResult } from "@replicast/sim-core";

const MICRO = 1_000_000;

/** Whole millionths, of which sums and differences are exact. */
export const microUsd = (usd: number): number => Math.round(usd * MICRO);

/** What a run costs a month, and whom it failed. */
export function amountOf({ cost, slo }: Pick<RunResult, "cost" | "slo">): RegretAmount {
  return { monthlyMicroUsd: microUsd(cost.monthlyUsd), violations: slo.violations, violationMinutes: slo.violationMinutes };
}

/** a − b. */
export function difference(a: RegretAmount, b: RegretAmount): RegretAmount {
  return {
    monthlyMicroUsd: a.monthlyMicroUsd - b.monthlyMicroUsd,
    violations: a.violations - b.violations,
    violationMinutes: a.violationMinutes - b.violationMinutes,
  };
}

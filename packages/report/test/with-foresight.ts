import type { ComparisonResult, ForesightRun, RegretRung } from "@replicast/sim-core";

const MICRO = 1_000_000;

/** A comparison with an invented distance to perfect foresight that hangs together. @param share of a regret that is metric age; null: no causes */
export function withForesight(result: ComparisonResult, share: number | null = 0.5): ComparisonResult {
  const known = foresightRun(3000);
  const policies = result.runs.map(({ policy, cost, slo }) => {
    const monthlyMicroUsd = Math.round(cost.monthlyUsd * MICRO) - known.monthlyMicroUsd;
    const violationMinutes = slo.violationMinutes - known.violationMinutes;
    const age = Math.round(monthlyMicroUsd * (share ?? 0));
    const damping = -250 * MICRO;
    const rung = (cause: RegretRung["cause"], microUsd: number, minutes: number, isAbsent = false): RegretRung => ({
      cause,
      isAbsent,
      monthlyMicroUsd: microUsd,
      violations: 0,
      violationMinutes: minutes,
    });
    const rungs = [
      rung("metricAge", age, 2),
      rung("pollPeriod", 0, 0, true),
      rung("damping", damping, -1),
      rung("limits", 0, 0, true),
      rung("rule", monthlyMicroUsd - age - damping, violationMinutes - 1),
    ];
    return { policy, monthlyMicroUsd, violations: 0, violationMinutes, rungs: share === null ? null : rungs };
  });
  return {
    ...result,
    foresight: {
      lowerBound: { runUsd: 30, binding: "ttft", requests: 900, floorUsd: 0, monthlyMicroUsd: 1000 * MICRO },
      clairvoyant: known,
      instant: foresightRun(2500),
      unavoidable: { monthlyMicroUsd: 2000 * MICRO, coldStartMicroUsd: 500 * MICRO, integralityMicroUsd: 1500 * MICRO },
      policies,
      notes: ["The clairvoyant knows the traffic and how long starts take, but none of the faults."],
    },
  };
}

function foresightRun(monthlyUsd: number): ForesightRun {
  return {
    monthlyMicroUsd: monthlyUsd * MICRO,
    violations: 10,
    violationMinutes: 1,
    attainment: 0.953,
    sloMet: true,
    loadFactor: 0.9,
    trials: 4,
    schedules: [{ deployment: "chat", steps: [[0, 2]], shortSeconds: 120 }],
  };
}

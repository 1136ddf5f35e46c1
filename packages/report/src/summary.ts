import type { ComparisonResult, LedgerState, RunResult } from "@replicast/sim-core";
import { LEDGER_STATES } from "@replicast/sim-core/score";

/** Hours of a month in the cost equation. */
export const HOURS_PER_MONTH = 730;

/** The line of a table for one policy: what every report shows, in base units. */
export interface PolicySummary {
  readonly policy: string;
  readonly monthlyUsd: number;
  readonly equationUsd: number;
  /** Share of counted requests that met every objective, 0…1; null when none counted. */
  readonly attainment: number | null;
  readonly sloMet: boolean;
  readonly violationMinutes: number;
  readonly ttftP95Seconds: number | null;
  readonly lostRequests: number;
  /** GPU-hours billed during the run. */
  readonly gpuHours: number;
  /** Times the policy asked for more replicas than before. */
  readonly scaleUps: number;
  /** Pods that began to be paid after time 0: the cost equation's scale-up events, in the run. */
  readonly podsStarted: number;
  readonly replicasMean: number;
  readonly thresholdsPassed: number;
  readonly thresholdsTotal: number;
}

/** Gathers the figures of a run that tables show. */
export function summarise(run: RunResult): PolicySummary {
  return {
    policy: run.policy,
    monthlyUsd: run.cost.monthlyUsd,
    equationUsd: run.cost.equationUsd,
    attainment: run.slo.attainment,
    sloMet: run.slo.met,
    violationMinutes: run.slo.violationMinutes,
    ttftP95Seconds: run.latency.ttft.p95Seconds,
    lostRequests: run.lostRequests,
    gpuHours: gpuHours(run),
    scaleUps: run.deployments.reduce((total, deployment) => total + deployment.scaleUps, 0),
    podsStarted: podsStarted(run),
    replicasMean: run.deployments.reduce((total, deployment) => total + deployment.replicasMean, 0),
    thresholdsPassed: run.thresholds.filter((threshold) => threshold.passed).length,
    thresholdsTotal: run.thresholds.length,
  };
}

/** The equation has its events per month; in the run they were a whole number. */
function podsStarted({ cost }: RunResult): number {
  const perMonth = cost.equation.reduce((total, row) => total + row.scaleUpEventsPerMonth, 0);
  return Math.round((perMonth * cost.runHours) / HOURS_PER_MONTH);
}

/** Runs in the order of the ranking, best first; a run the ranking forgot comes last. */
export function rankedRuns(result: ComparisonResult): readonly RunResult[] {
  const place = new Map(result.ranking.map((policy, index) => [policy, index]));
  return result.runs
    .map((run, index) => ({ run, index }))
    .sort((a, b) => (place.get(a.run.policy) ?? result.runs.length) - (place.get(b.run.policy) ?? result.runs.length) || a.index - b.index)
    .map(({ run }) => run);
}

/** The bill per ledger state, scaled from the run to a month of {@link HOURS_PER_MONTH}. */
export function monthlyByState(run: RunResult): Readonly<Record<LedgerState, number>> {
  const factor = run.cost.runHours > 0 ? HOURS_PER_MONTH / run.cost.runHours : 0;
  const monthly: Partial<Record<LedgerState, number>> = {};
  for (const state of LEDGER_STATES) monthly[state] = run.cost.byStateUsd[state] * factor;
  return monthly as Record<LedgerState, number>;
}

/** The kinds of controller a policy is made of, each once. */
export function controllerKinds(run: RunResult): string {
  return [...new Set(run.controllers.map(({ kind }) => kind))].join(", ") || "no controller";
}

/** Whether failing thresholds of this policy fail the comparison. */
export function thresholdsBind(result: ComparisonResult, policy: string): boolean {
  return result.thresholdPolicy === null || result.thresholdPolicy === policy;
}

/** A slot of a time-sliced GPU is its part of an hour. */
function gpuHours({ cost }: RunResult): number {
  if (cost.ledger.every(({ slotsPerGpu = 1 }) => slotsPerGpu === 1)) return Number(cost.billedGpuMicroseconds) / 3.6e9;
  return cost.ledger.reduce((sum, { gpuMicroseconds, slotsPerGpu = 1 }) => {
    const slots = LEDGER_STATES.reduce((total, state) => total + Number(gpuMicroseconds[state]), 0);
    return sum + slots / 3.6e9 / slotsPerGpu;
  }, 0);
}

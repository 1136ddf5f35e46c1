import type { CapacityTable, RunResult } from "@replicast/sim-core";
import { monthlyTotalUsd } from "@replicast/sim-core/score";
import { chooseBatchLimits } from "../batch-limit.ts";
import type { LoadedScenario } from "../load.ts";
import { findPolicy, planExpressions, type RunOptions, runPolicy } from "../run.ts";

/** One run to be made: plain data, so that it can be sent to another thread or machine that has loaded the same scenario. */
export interface ReplicationJob {
  /** From 0, which is the scenario's own seed. */
  readonly replication: number;
  readonly seed: string;
  readonly policy: string;
  /** κ(n) under the policy: the same for every seed. */
  readonly capacity: CapacityTable;
  /** Whether the outcome needs its minutes. */
  readonly withMinutes: boolean;
}

/** What is kept of a run. Plain data. */
export interface ReplicationOutcome {
  readonly replication: number;
  readonly policy: string;
  readonly monthlyUsd: number;
  readonly attainment: number | null;
  readonly violations: number;
  readonly sloMet: boolean;
  readonly thresholdsPassed: boolean;
  /** Absent: nobody asked. */
  readonly minutes?: ReplicationMinutes;
}

/** Per minute of arrival, over all deployments. */
export interface ReplicationMinutes {
  readonly arrivals: readonly number[];
  readonly violations: readonly number[];
  /** Requests waiting or running at the end of the minute. */
  readonly inFlight: readonly number[];
}

/** Makes runs, in any order and wherever it likes; answers one outcome for each job, in any order. */
export type RunReplications = (jobs: readonly ReplicationJob[]) => Promise<readonly ReplicationOutcome[]>;

/** The seed of a replication: the scenario's own for the first, then `1~1`, `1~2`, … for the seed 1. `--seed` repeats any of them alone. */
export function replicationSeed(seed: string, replication: number): string {
  return replication === 0 ? seed : `${seed}~${replication}`;
}

/**
 * Makes one run of a replicated comparison: what a {@link RunReplications} calls for each job, in whatever thread.
 *
 * @throws InputError `unknown_policy`
 * @throws LimitError when `maxEvents` did not suffice
 */
export async function runReplication(
  loaded: LoadedScenario,
  job: ReplicationJob,
  options: Pick<RunOptions, "observers" | "maxEvents" | "onProgress"> & { readonly index?: number; readonly total?: number } = {},
): Promise<ReplicationOutcome> {
  const { scenario, choices } = chooseBatchLimits(loaded, options.observers);
  const plan = { ...scenario.plan, seed: job.seed };
  const { index = 0, total = 1, ...runOptions } = options;
  const result = runPolicy({ ...scenario, plan }, findPolicy(plan, job.policy), {
    table: job.capacity,
    expressions: await planExpressions(plan),
    choices,
    index,
    total,
    options: runOptions,
  });
  return outcomeOf(result, job);
}

/** What is kept of a finished run. */
export function outcomeOf(
  result: RunResult,
  { replication, withMinutes }: Pick<ReplicationJob, "replication" | "withMinutes">,
): ReplicationOutcome {
  return {
    replication,
    policy: result.policy,
    monthlyUsd: monthlyTotalUsd(result),
    attainment: result.slo.attainment,
    violations: result.slo.violations,
    sloMet: result.slo.met,
    thresholdsPassed: result.thresholdsPassed,
    ...(withMinutes ? { minutes: minutesOf(result) } : {}),
  };
}

function minutesOf(result: RunResult): ReplicationMinutes {
  return {
    arrivals: perMinute(result, ({ arrivals }) => [arrivals]),
    violations: perMinute(result, ({ violations }) => [violations]),
    inFlight: perMinute(result, ({ gatewayQueueDepth, waiting, running }) => [gatewayQueueDepth, waiting, running]),
  };
}

type PerMinute = RunResult["deployments"][number]["perMinute"];

/** Adds series up over deployments. */
function perMinute({ deployments }: RunResult, seriesOf: (minutes: PerMinute) => readonly (readonly number[])[]): readonly number[] {
  const all = deployments.flatMap((deployment) => seriesOf(deployment.perMinute));
  const length = Math.max(0, ...all.map((series) => series.length));
  return Array.from({ length }, (_, minute) => all.reduce((sum, series) => sum + (series[minute] ?? 0), 0));
}

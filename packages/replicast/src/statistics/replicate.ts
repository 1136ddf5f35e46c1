import {
  COMPARED_MEASURES,
  type ComparedMeasure,
  type MeasureStatistics,
  type Plan,
  type PolicyStatistics,
  type StatisticsResult,
} from "@replicast/sim-core";
import { estimate, MIN_VALUES } from "./estimate.ts";
import { experimentNotes } from "./notes.ts";
import { DEFAULT_CONFIDENCE, DEFAULT_MAX_REPLICATIONS, type StatisticsOptions } from "./options.ts";
import { type PolicyOutcomes, pairStatistics } from "./pairs.ts";
import { isReached, precisionStatistics } from "./precision.ts";
import { type ReplicationJob, type ReplicationOutcome, type RunReplications, replicationSeed } from "./replication.ts";
import { FIRST_LOOK, lookSchedule } from "./sequential.ts";
import { warmUpOf, withoutWarmUp } from "./warm-up.ts";

/** What an experiment is made of. */
export interface Experiment {
  readonly plan: Plan;
  /** The first replication of each policy, in the scenario's order. */
  readonly first: readonly ReplicationOutcome[];
  readonly capacityOf: (policy: string) => ReplicationJob["capacity"];
  readonly runAll: RunReplications;
}

/**
 * Replicates a comparison: every policy with every seed, until the number or the precision asked for is reached, and says what that
 * shows. The result depends on the scenario and the options alone, not on who made the runs in what order.
 */
export async function replicate(experiment: Experiment, options: StatisticsOptions): Promise<StatisticsResult> {
  const confidence = options.confidence ?? DEFAULT_CONFIDENCE;
  const names = experiment.first.map(({ policy }) => policy);
  const { precision } = options;
  const schedule =
    precision === undefined ? [options.replications ?? MIN_VALUES] : lookSchedule(options.maxReplications ?? DEFAULT_MAX_REPLICATIONS);
  const looks: number[] = [];
  let policies = byPolicy(names, experiment.first);
  for (const look of schedule) {
    const done = policies[0]?.outcomes.length ?? 0;
    const further = await runFurther(experiment, { names, done, look, withMinutes: options.warmUp !== undefined });
    policies = byPolicy(names, [...policies.flatMap(({ outcomes }) => outcomes), ...further]);
    if (precision === undefined) break;
    looks.push(look);
    if (isReached(policies, confidence, precision)) break;
  }
  return conclude(experiment.plan, policies, looks, options);
}

/** The runs from replication `done` up to `look`, as they come. @throws TypeError when a run is missing */
async function runFurther(
  { plan, capacityOf, runAll }: Experiment,
  { names, done, look, withMinutes }: { names: readonly string[]; done: number; look: number; withMinutes: boolean },
): Promise<readonly ReplicationOutcome[]> {
  const jobs: ReplicationJob[] = [];
  for (let replication = done; replication < look; replication++) {
    for (const policy of names) {
      jobs.push({ replication, seed: replicationSeed(plan.seed, replication), policy, capacity: capacityOf(policy), withMinutes });
    }
  }
  const outcomes = await runAll(jobs);
  const found = new Set(outcomes.map(keyOf));
  const missing = jobs.find((job) => !found.has(keyOf(job)));
  if (missing !== undefined || outcomes.length !== jobs.length) {
    throw new TypeError(`the runner owes ${jobs.length} outcomes, one for each job; it gave ${outcomes.length}`);
  }
  return outcomes;
}

const keyOf = ({ replication, policy }: Pick<ReplicationJob, "replication" | "policy">): string => `${replication}/${policy}`;

/** Whoever made the runs, they are added up in the order of their seeds. */
function byPolicy(names: readonly string[], outcomes: readonly ReplicationOutcome[]): readonly PolicyOutcomes[] {
  return names.map((policy) => ({
    policy,
    outcomes: outcomes.filter((outcome) => outcome.policy === policy).sort((a, b) => a.replication - b.replication),
  }));
}

function conclude(plan: Plan, whole: readonly PolicyOutcomes[], looks: readonly number[], options: StatisticsOptions): StatisticsResult {
  const confidence = options.confidence ?? DEFAULT_CONFIDENCE;
  // as many as a first look has, so that more replications never move the cut
  const warmUp = warmUpOf(
    options,
    whole.map(({ outcomes }) => outcomes.slice(0, FIRST_LOOK)),
  );
  const policies = whole.map(({ policy, outcomes }) => ({ policy, outcomes: outcomes.map((each) => withoutWarmUp(each, warmUp)) }));
  const replications = whole[0]?.outcomes.length ?? 0;
  const pairs = pairStatistics(policies, confidence);
  const precision = precisionStatistics(policies, confidence, options.precision);
  return {
    schema: "replicast/statistics/v1",
    confidence,
    replications,
    seeds: Array.from({ length: replications }, (_, replication) => replicationSeed(plan.seed, replication)),
    looks,
    precision,
    ...(warmUp === undefined ? {} : { warmUp }),
    comparisons: pairs.filter(({ pValue }) => pValue !== null).length,
    policies: policies.map((policy) => policyStatistics(policy, confidence)),
    pairs,
    notes: experimentNotes(plan, { replications, confidence, precision, looks, warmUp, policies }),
  };
}

function policyStatistics({ policy, outcomes }: PolicyOutcomes, confidence: number): PolicyStatistics {
  return {
    policy,
    sloMetIn: outcomes.filter(({ sloMet }) => sloMet).length,
    thresholdsPassedIn: outcomes.filter(({ thresholdsPassed }) => thresholdsPassed).length,
    measures: Object.fromEntries(COMPARED_MEASURES.map((measure) => [measure, measureStatistics(outcomes, measure, confidence)])) as Record<
      ComparedMeasure,
      MeasureStatistics
    >,
  };
}

function measureStatistics(outcomes: readonly ReplicationOutcome[], measure: ComparedMeasure, confidence: number): MeasureStatistics {
  const values = outcomes.map((outcome) => outcome[measure]);
  const known = values.flatMap((value) => value ?? []);
  return { values, estimate: known.length < MIN_VALUES ? null : estimate(known, confidence) };
}

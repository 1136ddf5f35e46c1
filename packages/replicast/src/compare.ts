import type { CapacityTable, ComparisonResult, PlanPolicy, RunResult } from "@replicast/sim-core";
import { monthlyTotalUsd } from "@replicast/sim-core/score";
import { chooseBatchLimits } from "./batch-limit.ts";
import { Arrivals } from "./foresight/arrivals.ts";
import { Demand } from "./foresight/demand.ts";
import { checkOptions, comparedBound, type ForesightOptions, type ForesightWork, foresightOf, hasBound } from "./foresight/foresight.ts";
import type { LoadedScenario } from "./load.ts";
import { capacityOf, findPolicies, planExpressions, type RunOptions, runPolicy, scenarioUnder } from "./run.ts";
import { replicationsOf } from "./statistics/compare-replications.ts";
import { checkStatistics, isReplicated, type StatisticsOptions } from "./statistics/options.ts";
import type { RunReplications } from "./statistics/replication.ts";
import { verdictSentence } from "./verdict.ts";

export interface CompareOptions extends RunOptions, StatisticsOptions {
  /** Names of the policies to compare; all of the scenario when left out. The order of the scenario is kept. */
  readonly policies?: readonly string[];
  /** How far the policies are from perfect foresight, too; costs further runs. Absent: not asked. */
  readonly foresight?: ForesightOptions;
  /** Makes the runs of replications, as a pool of threads does. Absent: they are made here, one after the other. */
  readonly runAll?: RunReplications;
}

/**
 * Runs the policies of a scenario on the same traffic, failures and load times, and ranks them. With `replications` or `precision` it
 * does so for several seeds, and says which differences that shows.
 *
 * @throws InputError `unknown_policy`, `foresight_without_slo`, `foresight_out_of_range`, `statistics_out_of_range`,
 *   `statistics_option_alone`, `statistics_both`
 * @throws LimitError when `maxEvents` did not suffice
 */
export async function compare(loaded: LoadedScenario, options: CompareOptions = {}): Promise<ComparisonResult> {
  checkStatistics(options, loaded.plan);
  const { scenario, choices } = chooseBatchLimits(loaded, options.observers);
  const { plan } = scenario;
  const policies = options.policies === undefined ? plan.policies : findPolicies(plan, options.policies);
  const { foresight } = options;
  if (foresight !== undefined) checkOptions(scenario, foresight);
  const expressions = await planExpressions(plan);
  // policies that route in their own way have capacities of their own, most of them the same ones
  const cached = { ...options, cache: options.cache ?? new Map() };
  const tableUnder = (policy: PlanPolicy): CapacityTable => options.capacity ?? capacityOf(scenarioUnder(scenario, policy), cached);
  const table = foresight === undefined ? [] : (options.capacity ?? capacityOf(scenario, cached));
  const demand = foresight === undefined ? undefined : new Demand(plan, table);
  const arrivals = foresight === undefined && hasBound(plan) ? new Arrivals(plan.deployments.map(({ name }) => name)) : undefined;
  const observe = demand?.observe ?? arrivals?.observe;
  const runs = policies.map((policy, index) => {
    const isWatched = observe !== undefined && index === 0;
    const watched = isWatched ? { ...options, observers: [...(options.observers ?? []), observe] } : options;
    return runPolicy(scenario, policy, {
      table: tableUnder(policy),
      expressions,
      choices,
      index,
      total: policies.length,
      options: watched,
    });
  });
  const compared = comparisonOf(scenario, runs);
  const result = isReplicated(options) ? await replicationsOf(compared, { scenario, policies, tableUnder, options }) : compared;
  const lowerBound = arrivals === undefined ? undefined : comparedBound(scenario, arrivals);
  if (foresight === undefined || demand === undefined) return lowerBound === undefined ? result : { ...result, lowerBound };
  const told = foresightOf({ ...foresightWork(scenario, options), table, tableUnder, runs, demand }, foresight);
  return { ...result, lowerBound: told.lowerBound, foresight: told };
}

function foresightWork(
  scenario: LoadedScenario,
  { observers = [], maxEvents, onProgress }: RunOptions,
): Pick<ForesightWork, "scenario" | "observers" | "maxEvents" | "onRun"> {
  let index = 0;
  const onRun = (name: string): void => onProgress?.({ stage: "run", policy: name, index: index++, total: 0, share: 0 });
  return { scenario, observers, maxEvents, onRun };
}

/** Ranks finished runs of one scenario and says who wins. */
export function comparisonOf({ plan }: Pick<LoadedScenario, "plan">, runs: readonly RunResult[]): ComparisonResult {
  const [first] = runs;
  if (first === undefined) throw new TypeError("a comparison needs a run");
  const ranking = rank(runs);
  const binding = runs.filter((run) => plan.thresholdPolicy === undefined || run.policy === plan.thresholdPolicy);
  return {
    schema: "replicast/comparison/v1",
    version: first.version,
    scenario: first.scenario,
    slo: { objectives: plan.slo.objectives },
    thresholdPolicy: plan.thresholdPolicy ?? null,
    runs,
    ranking: ranking.map((run) => run.policy),
    passed: binding.every((run) => run.thresholdsPassed),
    verdict: verdictSentence(ranking),
    assumptions: [...new Set(runs.flatMap((run) => run.assumptions))],
  };
}

/** SLO met before missed, then by monthly bill with the price of bad answers, then by violations; equal ones keep the scenario's order (sorting is stable). */
function rank(runs: readonly RunResult[]): readonly RunResult[] {
  return [...runs].sort(
    (a, b) => Number(b.slo.met) - Number(a.slo.met) || monthlyTotalUsd(a) - monthlyTotalUsd(b) || a.slo.violations - b.slo.violations,
  );
}

import type { CapacityTable, ComparisonResult, RunResult } from "@replicast/sim-core";
import { chooseBatchLimits } from "./batch-limit.ts";
import { Demand } from "./foresight/demand.ts";
import { checkOptions, type ForesightOptions, type ForesightWork, foresightOf } from "./foresight/foresight.ts";
import type { LoadedScenario } from "./load.ts";
import { capacityOf, findPolicies, planExpressions, type RunOptions, runPolicy } from "./run.ts";
import { verdictSentence } from "./verdict.ts";

export interface CompareOptions extends RunOptions {
  /** Names of the policies to compare; all of the scenario when left out. The order of the scenario is kept. */
  readonly policies?: readonly string[];
  /** How far the policies are from perfect foresight, too; costs further runs. Absent: not asked. */
  readonly foresight?: ForesightOptions;
}

/**
 * Runs the policies of a scenario on the same traffic, failures and load times, and ranks them.
 *
 * @throws InputError `unknown_policy`, `foresight_without_slo`, `foresight_out_of_range`
 * @throws LimitError when `maxEvents` did not suffice
 */
export async function compare(loaded: LoadedScenario, options: CompareOptions = {}): Promise<ComparisonResult> {
  const { scenario, choices } = chooseBatchLimits(loaded, options.observers);
  const { plan } = scenario;
  const policies = options.policies === undefined ? plan.policies : findPolicies(plan, options.policies);
  const { foresight } = options;
  if (foresight !== undefined) checkOptions(scenario, foresight);
  const expressions = await planExpressions(plan);
  const table = options.capacity ?? capacityOf(scenario, options);
  const demand = new Demand(plan, table);
  const runs = policies.map((policy, index) => {
    const isWatched = foresight !== undefined && index === 0;
    const watched = isWatched ? { ...options, observers: [...(options.observers ?? []), demand.observe] } : options;
    return runPolicy(scenario, policy, { table, expressions, choices, index, total: policies.length, options: watched });
  });
  const result = comparisonOf(scenario, runs);
  return foresight === undefined
    ? result
    : { ...result, foresight: foresightOf(foresightWork(scenario, table, runs, demand, options), foresight) };
}

function foresightWork(
  scenario: LoadedScenario,
  table: CapacityTable,
  runs: readonly RunResult[],
  demand: Demand,
  { observers = [], maxEvents, onProgress }: RunOptions,
): ForesightWork {
  let index = 0;
  const onRun = (name: string): void => onProgress?.({ stage: "run", policy: name, index: index++, total: 0, share: 0 });
  return { scenario, table, runs, demand, observers, maxEvents, onRun };
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

/** SLO met before missed, then by monthly bill, then by violations; equal ones keep the scenario's order (sorting is stable). */
function rank(runs: readonly RunResult[]): readonly RunResult[] {
  return [...runs].sort(
    (a, b) => Number(b.slo.met) - Number(a.slo.met) || a.cost.monthlyUsd - b.cost.monthlyUsd || a.slo.violations - b.slo.violations,
  );
}

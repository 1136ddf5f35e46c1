import type { ComparisonResult, RunResult } from "@replicast/sim-core";
import { monthlyTotalUsd } from "@replicast/sim-core/score";
import { chooseBatchLimits } from "./batch-limit.ts";
import type { LoadedScenario } from "./load.ts";
import { capacityOf, findPolicies, planExpressions, planUnder, type RunOptions, runPolicy } from "./run.ts";
import { verdictSentence } from "./verdict.ts";

export interface CompareOptions extends RunOptions {
  /** Names of the policies to compare; all of the scenario when left out. The order of the scenario is kept. */
  readonly policies?: readonly string[];
}

/**
 * Runs the policies of a scenario on the same traffic, failures and load times, and ranks them.
 *
 * @throws InputError `unknown_policy`
 * @throws LimitError when `maxEvents` did not suffice
 */
export async function compare(loaded: LoadedScenario, options: CompareOptions = {}): Promise<ComparisonResult> {
  const { scenario, choices } = chooseBatchLimits(loaded, options.observers);
  const { plan } = scenario;
  const policies = options.policies === undefined ? plan.policies : findPolicies(plan, options.policies);
  const expressions = await planExpressions(plan);
  // policies that route in their own way have capacities of their own, most of them the same ones
  const cached = { ...options, cache: options.cache ?? new Map() };
  const runs = policies.map((policy, index) => {
    const table = options.capacity ?? capacityOf({ ...scenario, plan: planUnder(plan, policy) }, cached);
    return runPolicy(scenario, policy, { table, expressions, choices, index, total: policies.length, options });
  });
  return comparisonOf(scenario, runs);
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

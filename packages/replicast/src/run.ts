import {
  type BatchLimitChoice,
  type CapacityTable,
  type DeploymentCapacity,
  InputError,
  type Observer,
  type Plan,
  type PlanPolicy,
  type RunResult,
  type SimulateOptions,
  simulate,
} from "@replicast/sim-core";
import {
  applyFormulas,
  compileFormulas,
  loadExpressions,
  NO_EXPRESSIONS,
  nearestNames,
  type ResultExpressions,
  withThresholds,
} from "@replicast/sim-core/score";
import { chooseBatchLimits } from "./batch-limit.ts";
import { type CapacityProgress, capacity } from "./capacity.ts";
import type { LoadedScenario } from "./load.ts";
import { createMetricSource } from "./metric-source.ts";

/** What a long call is doing; for people who wait. */
export type Progress =
  | ({ readonly stage: "capacity" } & CapacityProgress)
  /** `policy` is the `index`-th of `total`; `share` of its run is done, 0…1. */
  | { readonly stage: "run"; readonly policy: string; readonly index: number; readonly total: number; readonly share: number };

export interface RunOptions {
  /** κ(n) as computed before; otherwise it is computed, or taken from `cache`. */
  readonly capacity?: CapacityTable;
  /** Capacities by what they depend on; give the same map to several calls to compute each once. */
  readonly cache?: Map<string, DeploymentCapacity>;
  readonly onProgress?: (progress: Progress) => void;
  /** See every fact of every run and capacity trial. Throwing ends the call. */
  readonly observers?: readonly Observer[];
  /** Most events one run may take; more throw a LimitError. */
  readonly maxEvents?: number;
}

/**
 * Runs one policy of a scenario: simulates it, computes the scenario's own metrics and judges its thresholds.
 *
 * @param policyName as the scenario names it; the first one when left out
 * @throws InputError `unknown_policy`
 * @throws LimitError when `maxEvents` did not suffice
 */
export async function run(loaded: LoadedScenario, policyName?: string, options: RunOptions = {}): Promise<RunResult> {
  const { scenario, choices } = chooseBatchLimits(loaded, options.observers);
  const policy = findPolicy(scenario.plan, policyName);
  const expressions = await planExpressions(scenario.plan);
  const table = options.capacity ?? capacityOf(scenarioUnder(scenario, policy), options);
  return runPolicy(scenario, policy, { table, expressions, choices, index: 0, total: 1, options });
}

export interface PolicyRun {
  readonly table: CapacityTable;
  readonly expressions: ResultExpressions;
  readonly choices: readonly BatchLimitChoice[];
  readonly index: number;
  readonly total: number;
  readonly options: RunOptions;
}

/** Runs one policy with everything prepared; synchronous. */
export function runPolicy(scenario: LoadedScenario, policy: PlanPolicy, prepared: PolicyRun): RunResult {
  const under = scenarioUnder(scenario, policy);
  return completed(under.plan, simulate(under.plan, simulateOptions(under, policy, prepared)), prepared);
}

/** What the engine needs to run one policy, in the scenario as it holds under it. */
export function simulateOptions(
  scenario: LoadedScenario,
  policy: PlanPolicy,
  { table, index, total, options }: Omit<PolicyRun, "expressions" | "choices">,
): SimulateOptions {
  const { plan } = scenario;
  const observers = [...(options.observers ?? [])];
  if (options.onProgress !== undefined) observers.push(progressObserver(plan, policy.name, index, total, options.onProgress));
  return {
    policy: policy.name,
    controllers: scenario.bind(policy.name),
    metricSource: createMetricSource(plan),
    openTrace: scenario.openTrace,
    capacity: table,
    observers,
    ...(options.maxEvents === undefined ? {} : { limits: { maxEvents: options.maxEvents } }),
  };
}

/** Adds the formulas' values and the thresholds' outcome. */
export function completed(plan: Plan, result: RunResult, { expressions, choices }: Pick<PolicyRun, "expressions" | "choices">): RunResult {
  const told = choices.length === 0 ? result : { ...result, batchLimits: choices };
  return withThresholds(applyFormulas(told, expressions), plan.thresholds);
}

/** The plan as it holds under a policy, which may route requests in its own way. */
export function planUnder(plan: Plan, { models }: PlanPolicy): Plan {
  return models === undefined ? plan : { ...plan, models };
}

/** The scenario as it holds under a policy. */
export function scenarioUnder(scenario: LoadedScenario, policy: PlanPolicy): LoadedScenario {
  return { ...scenario, plan: planUnder(scenario.plan, policy) };
}

/** κ(n) of the scenario's deployments, with the progress of the search reported as that of the whole call. */
export function capacityOf(scenario: LoadedScenario, { cache, onProgress, observers }: RunOptions): CapacityTable {
  return capacity(scenario, {
    ...(cache === undefined ? {} : { cache }),
    ...(observers === undefined ? {} : { observers }),
    ...(onProgress === undefined ? {} : { onProgress: (progress: CapacityProgress) => onProgress({ stage: "capacity", ...progress }) }),
  });
}

/** Compiles the plan's formulas; loads their parser only when there are any. */
export async function planExpressions({ derive, costs }: Plan): Promise<ResultExpressions> {
  if (Object.keys(derive).length + Object.keys(costs).length === 0) return NO_EXPRESSIONS;
  const { expressions, issues } = compileFormulas(await loadExpressions(), { derive, costs });
  if (issues.length > 0) throw new InputError(issues);
  return expressions;
}

/** @throws InputError `unknown_policy` */
export function findPolicy(plan: Plan, name: string | undefined): PlanPolicy {
  return findPolicies(plan, name === undefined ? plan.policies.slice(0, 1).map((policy) => policy.name) : [name])[0] as PlanPolicy;
}

/**
 * The plan's policies of these names, in the plan's order.
 * @throws InputError `unknown_policy` for every name that is none
 */
export function findPolicies({ policies }: Plan, wanted: readonly string[]): readonly PlanPolicy[] {
  const known = policies.map((policy) => policy.name);
  const unknown = [...new Set(wanted)].filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new InputError(
      unknown.map((actual) => ({ code: "unknown_policy", path: [], data: { actual, nearest: nearestNames(actual, known), known } })),
    );
  }
  return policies.filter((policy) => wanted.includes(policy.name));
}

/** Reports each percent of simulated time once. */
function progressObserver(plan: Plan, policy: string, index: number, total: number, onProgress: (progress: Progress) => void): Observer {
  let reported = -1;
  return ({ timeSeconds }) => {
    const percent = Math.floor((100 * timeSeconds) / plan.durationSeconds);
    if (percent <= reported) return;
    reported = percent;
    onProgress({ stage: "run", policy, index, total, share: percent / 100 });
  };
}

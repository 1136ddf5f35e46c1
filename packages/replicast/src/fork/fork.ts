import {
  type BoundPolicy,
  createSimulation,
  type DecisionRecord,
  InputError,
  type Issue,
  type Plan,
  type PlanPolicy,
  type RunResult,
  type SimulateOptions,
  type Simulation,
} from "@replicast/sim-core";
import { chooseBatchLimits } from "../batch-limit.ts";
import type { LoadedScenario } from "../load.ts";
import { createMetricSource } from "../metric-source.ts";
import {
  capacityOf,
  completed,
  findPolicy,
  type PolicyRun,
  planExpressions,
  type RunOptions,
  scenarioUnder,
  simulateOptions,
} from "../run.ts";
import { type ForkChange, type ForkPoint, forkPoint, withOtherDecision } from "./other-decision.ts";
import type { ForkedDecision, ForkResult, ForksResult, ForkValue } from "./result.ts";

export interface ForkOptions extends RunOptions {
  /** Name of the policy; the scenario's first when left out. */
  readonly policy?: string;
  /** Whose replicas are changed; may be left out when the policy scales one deployment. */
  readonly deployment?: string;
  /** What is decided instead. */
  readonly change: ForkChange;
  /** For how long later decisions may not undo the change, seconds ≥ 0; default 0: the policy's next one may. */
  readonly holdSeconds?: number;
}

/** Which decision: the first one at or after a time, or the n-th of the deployment, from 0. */
export type ForkPlace = { readonly atSeconds: number } | { readonly decision: number };

/**
 * Runs a policy to one of its decisions, and on from there twice: as it decided, and with another count. Up to the fork both are the same
 * run, to the byte; after it they share all randomness that does not follow from replicas.
 *
 * @throws InputError `unknown_policy`, `unknown_deployment_option`, `fork_not_scaled`, `fork_which_deployment`, `fork_no_decision`
 * @throws LimitError when `maxEvents` did not suffice
 */
export async function forkAt(loaded: LoadedScenario, place: ForkPlace, options: ForkOptions): Promise<ForkResult> {
  const prepared = await prepare(loaded, options);
  const whole = prepared.open();
  const base = prepared.finish(whole, prepared.policy.name);
  const decision = findDecision(base, prepared.deployment, place);
  const run = prepared.open();
  run.runTo(decision.timeSeconds);
  const { change, holdSeconds = 0 } = options;
  const point = forkPoint(decision, change, holdSeconds);
  const fork = prepared.finish(
    prepared.open(run, point),
    `${prepared.policy.name}, ${point.replicas} instead of ${decision.desiredReplicas}`,
  );
  const { version, scenario, policy } = base;
  return { schema: "replicast/fork/v1", version, scenario, policy, holdSeconds, ...forked(decision, point, base, fork), base, fork };
}

/**
 * The value of each decision that changed a count: the run is forked at every one of them, with the same change.
 *
 * @throws InputError as {@link forkAt}; LimitError
 */
export async function forkEvery(loaded: LoadedScenario, options: ForkOptions): Promise<ForksResult> {
  const prepared = await prepare(loaded, options);
  const base = prepared.finish(prepared.open(), prepared.policy.name);
  const run = prepared.open();
  const { change, holdSeconds = 0 } = options;
  const changes = base.decisions.filter(
    ({ deployment, specReplicas, desiredReplicas }) => deployment === prepared.deployment && specReplicas !== desiredReplicas,
  );
  const forks = changes.map((decision) => {
    run.runTo(decision.timeSeconds);
    const point = forkPoint(decision, change, holdSeconds);
    return forked(decision, point, base, prepared.finish(prepared.open(run, point), base.policy));
  });
  const { version, scenario, policy } = base;
  return { schema: "replicast/forks/v1", version, scenario, policy, holdSeconds, base, forks };
}

interface Prepared {
  readonly policy: PlanPolicy;
  readonly deployment: string;
  /** A run from the beginning, or from where another one stands, with another decision. */
  readonly open: (from?: Simulation, point?: ForkPoint) => Simulation;
  /** Ends a run, and scores it under a name. */
  readonly finish: (run: Simulation, name: string) => RunResult;
}

async function prepare(loaded: LoadedScenario, options: ForkOptions): Promise<Prepared> {
  const { scenario: chosen, choices } = chooseBatchLimits(loaded, options.observers);
  const policy = findPolicy(chosen.plan, options.policy);
  const scenario = scenarioUnder(chosen, policy);
  const { plan } = scenario;
  const deployment = findDeployment(plan, policy, options.deployment);
  const expressions = await planExpressions(plan);
  const parts: PolicyRun = { table: options.capacity ?? capacityOf(scenario, options), expressions, choices, index: 0, total: 1, options };
  const simulateWith = (controllers: readonly BoundPolicy[]): SimulateOptions => ({
    ...simulateOptions(scenario, policy, parts),
    controllers,
    metricSource: createMetricSource(plan),
  });
  const controllers = scenario.bind(policy.name);
  return {
    policy,
    deployment,
    open: (from, point) =>
      createSimulation(plan, simulateWith(point === undefined ? controllers : withOtherDecision(controllers, point)), from?.save()),
    finish: (run, name) => ({ ...completed(plan, run.result(), parts), policy: name }),
  };
}

/** @throws InputError when the policy does not scale it, or scales several and none is named */
function findDeployment({ deployments }: Plan, { name, controllers }: PlanPolicy, wanted: string | undefined): string {
  const scaled = [...new Set(controllers.map(({ deployment }) => deployment))];
  const known = deployments.map((deployment) => deployment.name);
  const refuse = (issue: Issue): InputError => new InputError([issue]);
  if (wanted !== undefined) {
    if (!known.includes(wanted)) throw refuse({ code: "unknown_deployment_option", path: [], data: { actual: wanted, known } });
    if (!scaled.includes(wanted)) throw refuse({ code: "fork_not_scaled", path: [], data: { deployment: wanted, policy: name } });
    return wanted;
  }
  const [only, ...others] = scaled;
  if (only === undefined) throw refuse({ code: "fork_not_scaled", path: [], data: { deployment: known[0] ?? "", policy: name } });
  if (others.length > 0) throw refuse({ code: "fork_which_deployment", path: [], data: { policy: name, scaled } });
  return only;
}

/** @throws InputError `fork_no_decision` */
function findDecision({ decisions, policy }: RunResult, deployment: string, place: ForkPlace): DecisionRecord {
  const own = decisions.filter((decision) => decision.deployment === deployment);
  const found = "decision" in place ? own[place.decision] : own.find(({ timeSeconds }) => timeSeconds >= place.atSeconds);
  if (found !== undefined) return found;
  const last = own.at(-1)?.timeSeconds ?? null;
  throw new InputError([{ code: "fork_no_decision", path: [], data: { policy, deployment, decisions: own.length, last, ...place } }]);
}

function forked(decision: DecisionRecord, point: ForkPoint, base: RunResult, fork: RunResult): ForkedDecision {
  const { deployment, timeSeconds, reason, specReplicas, desiredReplicas } = decision;
  return {
    deployment,
    atSeconds: timeSeconds,
    reason,
    specReplicas,
    decidedReplicas: desiredReplicas,
    forkedReplicas: point.replicas,
    value: differenceOf(base, fork),
  };
}

function differenceOf(base: RunResult, fork: RunResult): ForkValue {
  return {
    billUsd: base.cost.billUsd - fork.cost.billUsd,
    monthlyUsd: base.cost.monthlyUsd - fork.cost.monthlyUsd,
    violations: base.slo.violations - fork.slo.violations,
    violationMinutes: base.slo.violationMinutes - fork.slo.violationMinutes,
  };
}

import type { BatchLimitChoice, Observer, Plan, PlanDeployment } from "@replicast/sim-core";
import { batchLimitOf, disciplineOf, withBatchLimit } from "./batch-limited.ts";
import { mixSample, offeredPerSecond } from "./capacity-mix.ts";
import { runTrial } from "./capacity-run.ts";
import { trialLoad } from "./capacity-structure.ts";
import { mixWork } from "./capacity-work.ts";
import type { LoadedScenario } from "./load.ts";

/** Requests judged for one limit: enough to tell limits apart that a bisection can tell apart. */
const JUDGED_REQUESTS = 4000;

/** What a limit was found to do. */
export interface LimitOutcome {
  readonly meets: boolean;
  /** Share of requests that met the objective that was met least. */
  readonly attainment: number;
}

/**
 * Largest limit up to `most` that meets the SLO: from the top down by halves to one that does, then by bisection between it and
 * the last one that did not. Smaller limits wait more, larger ones answer more slowly: those that meet lie together.
 * When none meets, the one that comes closest.
 *
 * @param judge called once for each limit that is tried
 */
export function largestLimit(most: number, judge: (limit: number) => LimitOutcome): { readonly limit: number; readonly meets: boolean } {
  let closest = { limit: most, attainment: -1 };
  const meets = (limit: number): boolean => {
    const outcome = judge(limit);
    if (outcome.attainment > closest.attainment) closest = { limit, attainment: outcome.attainment };
    return outcome.meets;
  };
  let high = most;
  if (meets(high)) return { limit: high, meets: true };
  let low = largestPowerBelow(high);
  while (low >= 1 && !meets(low)) {
    high = low;
    low = largestPowerBelow(high);
  }
  if (low < 1) return { limit: closest.limit, meets: false };
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (meets(middle)) low = middle;
    else high = middle;
  }
  return { limit: low, meets: true };
}

/** Largest power of two below a number; 0 when there is none. */
function largestPowerBelow(number: number): number {
  let power = 1;
  while (power * 2 < number) power *= 2;
  return power < number ? power : 0;
}

/** A plan is frozen and its choices follow from it: they are made once. */
const known = new WeakMap<Plan, readonly BatchLimitChoice[]>();

/**
 * Chooses the batch limit of every deployment that leaves it open (`batching: auto`), and says so in the plan's assumptions. Judged
 * on one warm replica with the scenario's mix, at the scenario's mean rate ÷ the replicas it starts with.
 */
export function chooseBatchLimits(
  scenario: LoadedScenario,
  observers: readonly Observer[] = [],
): { readonly scenario: LoadedScenario; readonly choices: readonly BatchLimitChoice[] } {
  const { plan } = scenario;
  if (!plan.deployments.some(isOpen)) return { scenario, choices: [] };
  const choices = known.get(plan) ?? plan.deployments.filter(isOpen).map((deployment) => chooseLimit(scenario, deployment, observers));
  known.set(plan, choices);
  const deployments = plan.deployments.map((deployment) => {
    const choice = choices.find((candidate) => candidate.deployment === deployment.name);
    return choice === undefined ? deployment : withBatchLimit(deployment, choice.limit);
  });
  const assumptions = [...plan.assumptions, ...choices.map(describeBatchLimit)];
  return { scenario: { ...scenario, plan: { ...plan, deployments, assumptions } }, choices };
}

function isOpen({ serving }: PlanDeployment): boolean {
  return serving.engine.isBatchLimitAuto === true;
}

function chooseLimit(scenario: LoadedScenario, deployment: PlanDeployment, observers: readonly Observer[]): BatchLimitChoice {
  const { plan } = scenario;
  const mix = mixSample(scenario, deployment);
  const loadAt = trialLoad(scenario, deployment, mix).of(JUDGED_REQUESTS);
  const replicas = plan.cluster.deployments.find(({ name }) => name === deployment.name)?.replicas ?? 1;
  const requestsPerSecond = offeredPerSecond(scenario, deployment) / Math.max(1, replicas);
  const upTo = batchLimitOf(deployment);
  const choice = { deployment: deployment.name, discipline: disciplineOf(deployment), upTo, requestsPerSecond };
  // without traffic every limit is as good as another
  if (!(requestsPerSecond > 0)) return { ...choice, limit: upTo, meetsSlo: true };
  const { limit, meets } = largestLimit(upTo, (tried) => {
    const limited = withBatchLimit(deployment, tried);
    const { weights } = mixWork(limited.serving, mix);
    const { verdict } = runTrial({ plan, deployment: limited, weights, observers }, 1, loadAt, requestsPerSecond);
    return { meets: verdict.carried, attainment: verdict.attainment };
  });
  return { ...choice, limit, meetsSlo: meets };
}

/** One sentence for people. */
export function describeBatchLimit({ deployment, discipline, limit, upTo, requestsPerSecond, meetsSlo }: BatchLimitChoice): string {
  const what = discipline === "continuous" ? "sequences" : `requests in a ${discipline} batch`;
  const why = meetsSlo
    ? `the largest limit up to ${upTo} that meets the SLO`
    : `no limit up to ${upTo} meets the SLO, this one comes closest`;
  return `${deployment}: batching auto chose ${limit} ${what}: ${why} on one warm replica at ${Number(requestsPerSecond.toPrecision(3))} requests/s (mean rate ÷ replicas at the start).`;
}

import {
  type CapacityTable,
  type DeploymentCapacity,
  type Observer,
  type Plan,
  type PlanDeployment,
  replicasThatFit,
  type WorkWeights,
} from "@replicast/sim-core";
import { chooseBatchLimits } from "./batch-limit.ts";
import { mixSample } from "./capacity-mix.ts";
import { type LoadAt, mixedLoad, runTrial } from "./capacity-run.ts";
import { largestCarried, PRECISION_RATIO, type TrialOutcome } from "./capacity-search.ts";
import { trialLoad } from "./capacity-structure.ts";
import { type Lengths, mixWork } from "./capacity-work.ts";
import type { LoadedScenario } from "./load.ts";
import { pairOf, partOf } from "./pairs.ts";

export interface CapacityProgress {
  readonly deployment: string;
  readonly replicas: number;
  /** Load of the trial that starts, requests per second and replica. */
  readonly requestsPerSecond: number;
}

export interface CapacityOptions {
  /** Keeps capacities between calls in one process, by what they depend on; give the same map to every call. */
  readonly cache?: Map<string, DeploymentCapacity>;
  readonly onProgress?: (progress: CapacityProgress) => void;
  /** See the facts of every trial; may throw to end a search that takes too long. */
  readonly observers?: readonly Observer[];
}

/** Requests judged in a trial: a percentile of waits, which come in clusters, is then known well enough for a load to 2–3 %. */
const JUDGED_REQUESTS = 12_000;
/** Enough for a first look. */
const JUDGED_AT_FIRST = 2000;
/** And at least so many per replica. */
const JUDGED_PER_REPLICA = 400;
/**
 * And arrivals for at least so many mean stays in the system: the fill that is not judged then lasts two and a half of them, long
 * enough that what is still filling is not taken for a backlog that grows.
 */
const JUDGED_RESIDENCES = 10;
/** Judged requests are not raised beyond this for the sake of an extreme percentile. */
const JUDGED_REQUESTS_MAX = 80_000;
/** Requests that must be judged for each one that may miss an objective: 20 of them put its share within about a fifth. */
const MISSES_WANTED = 20;
/** κ is taken as level from so many replicas on, when so many of its points in a row lie within the precision of a search. */
const LEVEL_REPLICAS = 64;
const LEVEL_POINTS = 3;
/** First step of a search: wide when its guess is rough, narrow when it is κ of fewer replicas. */
const WIDE_GROWTH = 1.5;
const NARROW_GROWTH = 1.05;

/**
 * κ(n) of every deployment: the largest Poisson load per replica at which n warm replicas meet the scenario's SLO with its mix of
 * lengths and its routing, for n = 1, 2, 4 … up to the most its node pools hold, or until it grows no more. Found by bisection (to 1.5 %) on simulations
 * that all use the same random numbers, whatever the scenario's seed; measured as the work those simulations offered, so that
 * the luck of a draw cancels out.
 */
export function capacity(loaded: LoadedScenario, options: CapacityOptions = {}): CapacityTable {
  const { scenario } = chooseBatchLimits(loaded, options.observers);
  return scenario.plan.deployments.map((deployment) => {
    const mix = mixSample(scenario, deployment);
    const load = trialLoad(scenario, deployment, mix);
    const key = capacityKey(scenario.plan, deployment, mix, load.fingerprint);
    const known = options.cache?.get(key);
    if (known !== undefined) return known;
    const computed = deploymentCapacity(scenario.plan, deployment, mix, load.of, options);
    options.cache?.set(key, computed);
    return computed;
  });
}

/** Everything κ depends on, and nothing else: a change of policy or seed must not cost another search. */
function capacityKey(plan: Plan, deployment: PlanDeployment, mix: readonly Lengths[], structure: string): string {
  return JSON.stringify([deployment, pairOf(plan, deployment) ?? null, plan.slo, replicasMax(plan, deployment), mix, structure]);
}

function deploymentCapacity(
  plan: Plan,
  deployment: PlanDeployment,
  mix: readonly Lengths[],
  loadOf: Search["loadOf"],
  options: CapacityOptions,
): DeploymentCapacity {
  const { weights, secondsPerRequest } = mixWork(deployment.serving, mix, partOf(plan, deployment));
  const search = { plan, deployment, loadOf, weights, options };
  const most = replicasMax(plan, deployment);
  // A replica at half load is some way from what it carries at most: a rough search comes first, as overload is dear to simulate.
  let found = searchCapacity(search, 1, JUDGED_AT_FIRST, secondsPerRequest > 0 ? 1 / secondsPerRequest : 1, WIDE_GROWTH);
  const points: { replicas: number; requestsPerSecond: number }[] = [];
  for (const replicas of replicaCounts(most)) {
    // If an idle replica misses an objective, so do many: their search would only repeat that.
    found &&= searchCapacity(search, replicas, judgedRequests(plan, replicas, found), found.load, NARROW_GROWTH);
    points.push({ replicas, requestsPerSecond: found?.load ?? 0 });
    if (hasLevelledOff(points)) break;
  }
  return { deployment: deployment.name, points, work: weights };
}

/** Whether the last three points lie within the precision of a search: what pooling gains has been gained, and κ stays as it is. */
function hasLevelledOff(points: DeploymentCapacity["points"]): boolean {
  const last = points.slice(-LEVEL_POINTS).map(({ requestsPerSecond }) => requestsPerSecond);
  const { replicas } = points.at(-1) as DeploymentCapacity["points"][number]; // called after a point was added
  return replicas >= LEVEL_REPLICAS && Math.max(...last) <= Math.min(...last) * PRECISION_RATIO;
}

interface Search {
  readonly plan: Plan;
  readonly deployment: PlanDeployment;
  /** Traffic of which so many requests are judged. */
  readonly loadOf: (judged: number) => LoadAt;
  readonly weights: WorkWeights;
  readonly options: CapacityOptions;
}

interface Carried extends TrialOutcome {
  /** Mean time from arrival to last token at this load, seconds. */
  readonly residenceSeconds: number;
}

/**
 * Roughly the load, in requests per second, that one replica of a deployment carries at the SLO; where it meets that at no load, the
 * load at which its backlog begins to grow.
 * @param mix requests that stand for its traffic
 */
export function roughCapacity(plan: Plan, deployment: PlanDeployment, mix: readonly Lengths[], options: CapacityOptions): number {
  const { weights, secondsPerRequest } = mixWork(deployment.serving, mix, partOf(plan, deployment));
  const guess = secondsPerRequest > 0 ? 1 / secondsPerRequest : 1;
  const loadOf = (judged: number): LoadAt => mixedLoad(mix, judged, deployment);
  const search = { plan, deployment, loadOf, weights, options };
  const atSlo = searchCapacity(search, 1, JUDGED_AT_FIRST, guess, WIDE_GROWTH);
  const stable = { ...plan, slo: { objectives: [], loadWindowSeconds: plan.slo.loadWindowSeconds } };
  return (atSlo ?? searchCapacity({ ...search, plan: stable }, 1, JUDGED_AT_FIRST, guess, WIDE_GROWTH))?.load ?? guess;
}

/** κ(replicas) by trials that all see the same traffic at different speeds. */
function searchCapacity(
  { plan, deployment, loadOf, weights, options }: Search,
  replicas: number,
  judged: number,
  guess: number,
  growth: number,
): Carried | undefined {
  const loadAt = loadOf(judged);
  const setting = { plan, deployment, weights, observers: options.observers ?? [] };
  const trial = (perReplica: number): Carried => {
    options.onProgress?.({ deployment: deployment.name, replicas, requestsPerSecond: perReplica });
    const { carried, workPerSecond, residenceSeconds } = runTrial(setting, replicas, loadAt, perReplica * replicas).verdict;
    return { carried, load: workPerSecond / replicas, residenceSeconds };
  };
  return largestCarried(trial, guess, growth);
}

/** 1, 2, 4, 8 … and the largest itself. */
function replicaCounts(most: number): readonly number[] {
  const counts: number[] = [];
  for (let n = 1; n < most; n *= 2) counts.push(n);
  return [...counts, most];
}

/** The most replicas that the deployment's node pools hold when nobody else is there; at least one. */
function replicasMax(plan: Plan, deployment: PlanDeployment): number {
  return Math.max(1, replicasThatFit(plan.cluster, deployment.name));
}

function judgedRequests({ slo }: Plan, replicas: number, fewer: Carried): number {
  const strictest = Math.max(0, slo.availability ?? 0, ...slo.objectives.map(({ target }) => target));
  const forTail = strictest < 1 ? Math.ceil(MISSES_WANTED / (1 - strictest)) : 0;
  const forSteadyState = Math.ceil(JUDGED_RESIDENCES * fewer.residenceSeconds * fewer.load * replicas);
  return Math.max(JUDGED_REQUESTS, JUDGED_PER_REPLICA * replicas, forSteadyState, Math.min(forTail, JUDGED_REQUESTS_MAX));
}

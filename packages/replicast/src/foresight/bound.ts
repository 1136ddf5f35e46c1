import type { ClientConfig, ClusterConfig, Observer, Plan } from "@replicast/sim-core";
import {
  boundRequirements,
  type LeastWork,
  type LowerBound,
  LowerBoundTally,
  leastSeconds,
  leastWork,
  type Patience,
} from "@replicast/sim-core/score";
import type { LoadedScenario } from "../load.ts";
import type { Demand } from "./demand.ts";
import { mayShare } from "./shared-prompts.ts";

const SECONDS_PER_HOUR = 3600;

/** A lower bound that grows out of the arrivals of a run. */
export interface BoundInMaking {
  /** Give it to the run as an observer. */
  readonly observe: Observer;
  readonly bound: () => LowerBound;
}

/**
 * The lower bound of a scenario's bill: each good request at the least step time it can take, on the cheapest GPUs of its deployment;
 * of all requests the cheapest, as many as the SLO wants good.
 * @param demand of any run with the same requests: any mean is valid, the longest request must be the longest
 */
export function lowerBoundOf(scenario: Pick<LoadedScenario, "plan" | "openTrace">, demand: Demand): BoundInMaking {
  const { plan } = scenario;
  const requirements = boundRequirements(plan.slo, plan.durationSeconds, patienceOf(plan));
  const tally = new LowerBoundTally(requirements, floorUsd(plan));
  const index = new Map(plan.deployments.map(({ name }, i) => [name, i]));
  const prices = plan.deployments.map(({ name }) => leastPricePerSecond(plan.cluster, name));
  const work = plan.deployments.map((deployment, i): readonly LeastWork[] => {
    const common = { ...demand.means(i), isPromptFree: mayShare(scenario, deployment) };
    return requirements.map(({ tokenSecondsMax }) =>
      leastWork(deployment.serving, tokenSecondsMax === undefined ? common : { ...common, tokenSecondsMax }),
    );
  });
  return {
    bound: () => tally.bound(),
    observe: (fact) => {
      if (fact.kind !== "request-arrived") return;
      const deployment = index.get(fact.deployment);
      const own = work[deployment ?? -1];
      // A request that nobody serves is bad at no cost; to leave it out asks for less.
      if (own === undefined) return;
      const price = prices[deployment ?? -1] as number;
      tally.add(
        fact.timeSeconds,
        fact.outputTokens,
        (requirement) => price * leastSeconds(own[requirement] as LeastWork, fact.promptTokens, fact.outputTokens),
      );
    },
  };
}

/** Dollars per second of one replica on the cheapest GPUs it may use; committed ones are paid at least that. */
function leastPricePerSecond({ deployments, nodePools }: ClusterConfig, name: string): number {
  const deployment = deployments.find((each) => each.name === name);
  const prices = nodePools
    .filter((pool) => deployment?.nodePools.includes(pool.name) === true)
    .map(({ pricePerGpuHourUsd, commitment }) => Math.min(pricePerGpuHourUsd, commitment?.pricePerGpuHourUsd ?? pricePerGpuHourUsd));
  const least = Math.min(...prices);
  return Number.isFinite(least) ? (least * (deployment?.gpusPerReplica ?? 0)) / SECONDS_PER_HOUR : 0;
}

/** What is paid in any case, dollars over the run. Nodes may die under faults, and are not paid for then. */
function floorUsd({ cluster, faults, durationSeconds }: Plan): number {
  const hours = durationSeconds / SECONDS_PER_HOUR;
  return cluster.nodePools.reduce((sum, { minNodes, gpusPerNode, pricePerGpuHourUsd, commitment }) => {
    const committed = commitment?.nodes ?? 0;
    const standing = faults.length > 0 ? 0 : Math.max(0, minNodes - committed);
    return sum + hours * gpusPerNode * (committed * (commitment?.pricePerGpuHourUsd ?? 0) + standing * pricePerGpuHourUsd);
  }, 0);
}

/** Of the most patient clients and, where they leave, of the least. */
function patienceOf({ deployments }: Plan): Patience {
  const clients = deployments.map(({ serving }) => serving.client);
  return {
    attemptSeconds: Math.max(...clients.map(({ timeoutSeconds }) => timeoutSeconds)),
    requestSeconds: Math.max(...clients.map(longestStaySeconds)),
    leaveSeconds: Math.min(...clients.map(({ patienceSeconds }) => patienceSeconds)),
  };
}

function longestStaySeconds({ timeoutSeconds, maxRetries, backoffBaseSeconds, backoffMaxSeconds }: ClientConfig): number {
  let waits = 0;
  for (let retry = 0, wait = backoffBaseSeconds; retry < maxRetries; retry++, wait *= 2) waits += Math.min(wait, backoffMaxSeconds);
  return timeoutSeconds * (maxRetries + 1) + waits;
}

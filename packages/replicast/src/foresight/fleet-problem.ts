import { type ClusterConfig, expectedColdStartSeconds, type NodePoolConfig, replicasThatFit } from "@replicast/sim-core";
import type { ScheduleProblem } from "@replicast/sim-core/score";

/** A deployment's fleet as the schedule sees it: whole nodes where several replicas share one, whole replicas otherwise. */
export interface Fleet {
  readonly problem: Omit<ScheduleProblem, "demand">;
  readonly replicasPerUnit: number;
  /** Units that are paid in any case. */
  readonly unitsPaid: number;
  readonly replicasMax: number;
  /** From the request for a replica on a new node until requests can reach it, expected, seconds. */
  readonly coldStartSeconds: number;
}

/** Costs are in thousandths of a second of a unit. */
const PER_SECOND = 1000;

/** What starts and stops cost on the pool a deployment prefers, in seconds that are paid and not used. */
export function fleetOf(cluster: ClusterConfig, name: string, slotSeconds: number): Fleet {
  const deployment = cluster.deployments.find((each) => each.name === name);
  if (deployment === undefined) throw new TypeError(`no deployment ${name}`);
  const pools = cluster.nodePools.filter((pool) => deployment.nodePools.includes(pool.name));
  const pool = cluster.nodePools.find((each) => each.name === deployment.nodePools[0]) ?? (pools[0] as NodePoolConfig);
  const replicasPerUnit =
    (deployment.nodesPerReplica ?? 1) > 1 ? 1 : Math.max(1, Math.floor(pool.gpusPerNode / Math.max(1, deployment.gpusPerReplica)));
  const coldStartSeconds = expectedColdStartSeconds(cluster, name) + deployment.lifecycle.endpointDelaySeconds;
  const startSeconds = Math.max(0, coldStartSeconds - pool.scanIntervalSeconds / 2);
  const stopSeconds = idleSeconds(pool) + pool.terminationSeconds;
  const replicasMax = replicasThatFit(cluster, name);
  const initial = Math.ceil(deployment.replicas / replicasPerUnit);
  return {
    replicasPerUnit,
    replicasMax,
    coldStartSeconds,
    unitsPaid: isShared(cluster, deployment.nodePools)
      ? 0
      : pools.reduce((sum, each) => sum + Math.max(each.minNodes, each.commitment?.nodes ?? 0), 0),
    problem: {
      initial,
      maximum: Math.max(initial, Math.ceil(replicasMax / replicasPerUnit)),
      startSlots: Math.ceil(coldStartSeconds / slotSeconds),
      slotCost: Math.round(slotSeconds * PER_SECOND),
      startCost: Math.round(startSeconds * PER_SECOND),
      stopCost: Math.round(stopSeconds * PER_SECOND),
      minimumSlots: Math.max(1, Math.ceil((pool.minimumBillingSeconds - startSeconds - stopSeconds) / slotSeconds)),
    },
  };
}

/** How long an empty node stays. Where it never goes, to give one up saves nothing. */
function idleSeconds({ karpenter, scaleDownUnneededSeconds }: NodePoolConfig): number {
  const seconds = karpenter === undefined ? scaleDownUnneededSeconds : karpenter.consolidateAfterSeconds;
  return Number.isFinite(seconds) ? seconds : 1e9;
}

function isShared({ deployments }: ClusterConfig, pools: readonly string[]): boolean {
  return deployments.filter(({ nodePools }) => nodePools.some((pool) => pools.includes(pool))).length > 1;
}

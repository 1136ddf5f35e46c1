import type { ClusterConfig, DeploymentClusterConfig, NodePoolConfig, QuotaConfig } from "./config.ts";
import { limitsOf, nodesWithin, type QuotaLimit } from "./quota.ts";

/**
 * Replicas of a deployment that its node pools hold at their largest when no other deployment is there, within the quotas that they share
 * with other pools, whose minimum stays; 0 for an unknown name. Where pools with nodes of several sizes share a quota, it goes to those that
 * waste the fewest GPUs first.
 */
export function replicasThatFit({ nodePools, deployments, quotas = [] }: ClusterConfig, name: string): number {
  const deployment = deployments.find((candidate) => candidate.name === name);
  if (deployment === undefined) return 0;
  const own = nodePools.filter((pool) => deployment.nodePools.includes(pool.name));
  const limits = quotas.flatMap((quota) =>
    limitsOf(quota).map((limit) => ({ quota, limit, held: heldByOthers(quota, limit, nodePools, own) })),
  );
  const inOrder = [...own].sort((a, b) => gpusPaidFor(a, deployment) - gpusPaidFor(b, deployment) || b.gpusPerNode - a.gpusPerNode);
  let fitting = 0;
  for (const pool of inOrder) {
    const shared = limits.filter(({ quota }) => quota.nodePools.includes(pool.name));
    const nodes = Math.min(pool.maxNodes, ...shared.map(({ limit, held }) => nodesWithin(limit, pool, held)));
    const replicas = replicasOn(pool, nodes, deployment);
    for (const each of shared) each.held += nodesFor(pool, replicas, deployment) * each.limit.ofNode(pool);
    fitting += replicas;
  }
  return fitting;
}

/** What the pools that the deployment may not use hold of a quota in any case: they never go below their minimum. */
function heldByOthers(quota: QuotaConfig, limit: QuotaLimit, nodePools: readonly NodePoolConfig[], own: readonly NodePoolConfig[]): number {
  const others = nodePools.filter((pool) => quota.nodePools.includes(pool.name) && !own.includes(pool));
  return others.reduce((held, pool) => held + pool.minNodes * limit.ofNode(pool), 0);
}

function replicasOn(pool: NodePoolConfig, nodes: number, deployment: DeploymentClusterConfig): number {
  const { nodesPerReplica = 1 } = deployment;
  // The parts of a replica stand on nodes of their own.
  if (nodes < nodesPerReplica) return 0;
  return Math.floor((nodes * partsPerNode(pool, deployment)) / nodesPerReplica);
}

function nodesFor(pool: NodePoolConfig, replicas: number, deployment: DeploymentClusterConfig): number {
  const { nodesPerReplica = 1 } = deployment;
  if (replicas === 0) return 0;
  return Math.max(nodesPerReplica, Math.ceil((replicas * nodesPerReplica) / partsPerNode(pool, deployment)));
}

const partsPerNode = ({ gpusPerNode }: NodePoolConfig, { gpusPerReplica, nodesPerReplica = 1 }: DeploymentClusterConfig): number =>
  Math.floor((gpusPerNode * nodesPerReplica) / gpusPerReplica);

/** GPUs of a full node for each part of a replica on it: what is left over is paid for as well. */
function gpusPaidFor(pool: NodePoolConfig, deployment: DeploymentClusterConfig): number {
  const parts = partsPerNode(pool, deployment);
  return parts === 0 ? Number.POSITIVE_INFINITY : pool.gpusPerNode / parts;
}

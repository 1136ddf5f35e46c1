import type { ClusterConfig, DeploymentClusterConfig, NodePoolConfig, QuotaConfig } from "./config.ts";

/**
 * Replicas of a deployment that its node pools hold at their largest when no other deployment is there, within the quotas that they share
 * with other pools, whose minimum stays; 0 for an unknown name. Where pools with nodes of several sizes share a quota, it goes to those that
 * waste the fewest GPUs first.
 */
export function replicasThatFit({ nodePools, deployments, quotas = [] }: ClusterConfig, name: string): number {
  const deployment = deployments.find((candidate) => candidate.name === name);
  if (deployment === undefined) return 0;
  const own = nodePools.filter((pool) => deployment.nodePools.includes(pool.name));
  const left = quotas.map((quota) => quotaLeft(quota, nodePools, own));
  const inOrder = [...own].sort((a, b) => gpusPaidFor(a, deployment) - gpusPaidFor(b, deployment) || b.gpusPerNode - a.gpusPerNode);
  let fitting = 0;
  for (const pool of inOrder) {
    const shared = quotas.flatMap(({ nodePools: names }, index) => (names.includes(pool.name) ? [index] : []));
    const allowed = shared.map((index) => Math.floor((left[index] as number) / pool.gpusPerNode));
    const nodes = Math.max(0, Math.min(pool.maxNodes, ...allowed));
    const held = replicasOn(pool, nodes, deployment);
    for (const index of shared) left[index] = (left[index] as number) - nodesFor(pool, held, deployment) * pool.gpusPerNode;
    fitting += held;
  }
  return fitting;
}

/** What the pools that the deployment may not use leave of a quota: they never go below their minimum. */
function quotaLeft({ nodePools: names, gpus }: QuotaConfig, nodePools: readonly NodePoolConfig[], own: readonly NodePoolConfig[]): number {
  const others = nodePools.filter((pool) => names.includes(pool.name) && !own.includes(pool));
  return others.reduce((left, { minNodes, gpusPerNode }) => left - minNodes * gpusPerNode, gpus);
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

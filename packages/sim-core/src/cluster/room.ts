import type { ClusterConfig } from "./config.ts";

/** Replicas of a deployment that its node pools hold when nobody else is there, at their largest; 0 for an unknown name. */
export function replicasThatFit({ nodePools, deployments }: ClusterConfig, name: string): number {
  const deployment = deployments.find((candidate) => candidate.name === name);
  if (deployment === undefined) return 0;
  const { gpusPerReplica, nodesPerReplica = 1 } = deployment;
  return nodePools
    .filter((pool) => deployment.nodePools.includes(pool.name))
    .reduce((sum, { maxNodes, gpusPerNode }) => {
      // The parts of a replica stand on nodes of their own.
      if (maxNodes < nodesPerReplica) return sum;
      const partsPerNode = Math.floor((gpusPerNode * nodesPerReplica) / gpusPerReplica);
      return sum + Math.floor((maxNodes * partsPerNode) / nodesPerReplica);
    }, 0);
}

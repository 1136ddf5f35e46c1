import { expect, it } from "vitest";
import { CLUSTER } from "../../test/cluster-rig.ts";
import type { ClusterConfig, NodePoolConfig } from "./config.ts";
import { replicasThatFit } from "./room.ts";

const [pool] = CLUSTER.nodePools as readonly [NodePoolConfig];
const [deployment] = CLUSTER.deployments as readonly [ClusterConfig["deployments"][number]];

it.each([
  { gpusPerNode: 8, maxNodes: 3, gpusPerReplica: 4, nodesPerReplica: 1, fit: 6, because: "two on each node" },
  { gpusPerNode: 8, maxNodes: 3, gpusPerReplica: 3, nodesPerReplica: 1, fit: 6, because: "two GPUs of each node are left over" },
  { gpusPerNode: 1, maxNodes: 12, gpusPerReplica: 2, nodesPerReplica: 2, fit: 6, because: "each takes two nodes" },
  { gpusPerNode: 8, maxNodes: 3, gpusPerReplica: 16, nodesPerReplica: 2, fit: 1, because: "one node finds no partner" },
  { gpusPerNode: 8, maxNodes: 3, gpusPerReplica: 8, nodesPerReplica: 2, fit: 3, because: "halves share nodes" },
  { gpusPerNode: 8, maxNodes: 1, gpusPerReplica: 8, nodesPerReplica: 2, fit: 0, because: "there is only one node" },
  { gpusPerNode: 2, maxNodes: 5, gpusPerReplica: 4, nodesPerReplica: 1, fit: 0, because: "no node is large enough" },
])("fits $fit replicas: $because", ({ gpusPerNode, maxNodes, gpusPerReplica, nodesPerReplica, fit }) => {
  const cluster: ClusterConfig = {
    nodePools: [
      { ...pool, gpusPerNode, maxNodes },
      { ...pool, name: "not-mine", gpusPerNode: 8, maxNodes: 100 },
    ],
    deployments: [{ ...deployment, gpusPerReplica, nodesPerReplica, nodePools: [pool.name] }],
  };
  expect(replicasThatFit(cluster, deployment.name)).toBe(fit);
});

it("fits none of a deployment that is not there", () => {
  expect(replicasThatFit(CLUSTER, "nobody")).toBe(0);
});

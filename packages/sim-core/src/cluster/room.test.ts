import { describe, expect, it } from "vitest";
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

describe("quotas", () => {
  const pools = (shapes: readonly (readonly [name: string, gpusPerNode: number, minNodes: number])[]): readonly NodePoolConfig[] =>
    shapes.map(([name, gpusPerNode, minNodes]) => ({ ...pool, name, gpusPerNode, minNodes, maxNodes: 5 }));
  const fits = (nodePools: readonly NodePoolConfig[], gpus: number, mine: readonly string[]): number => {
    const quotas = [{ nodePools: nodePools.map(({ name }) => name), gpus }];
    const replicas = [{ ...deployment, gpusPerReplica: 3, nodePools: mine }];
    return replicasThatFit({ nodePools, deployments: replicas, quotas }, deployment.name);
  };

  it.each([
    { gpus: 20, mine: ["eights"], fit: 4, because: "two whole nodes of 8 are within 20 GPUs, with two replicas each" },
    { gpus: 500, mine: ["eights"], fit: 10, because: "the pool's own limit of five nodes is lower" },
    {
      gpus: 20,
      mine: ["eights", "threes"],
      fit: 5,
      because: "nodes of 3 waste nothing and go first, one of 8 would need more than what is left",
    },
    { gpus: 23, mine: ["eights", "threes"], fit: 7, because: "five nodes of 3 leave a quota for one of 8" },
    { gpus: 2, mine: ["eights", "threes"], fit: 0, because: "no node at all is within the quota" },
  ])("leave room for $fit replicas: $because", ({ gpus, mine, fit }) => {
    const shapes = pools([
      ["eights", 8, 0],
      ["threes", 3, 0],
    ]);
    expect(fits(shapes, gpus, mine)).toBe(fit);
  });

  it("are used up by what other pools always hold", () => {
    const shapes = pools([
      ["mine", 3, 0],
      ["others", 8, 2],
    ]);
    expect(fits(shapes, 20, ["mine"])).toBe(1);
  });
});

import { expect, it } from "vitest";
import { ClusterRig, DEPLOYMENT, POOL } from "../../test/cluster-rig.ts";
import type { ClusterConfig, QuotaConfig } from "./config.ts";

const pools = ["small", "big"].map((name, i) => ({
  ...POOL,
  name,
  minNodes: 0,
  maxNodes: 9,
  gpusPerNode: 4 * (i + 1),
  cpuCores: 32 * (i + 1),
  memoryBytes: 1e11 * (i + 1),
}));

it.each([
  { quota: { gpus: 18 }, nodes: 4, because: "16 GPUs are four nodes of 4" },
  { quota: { nodes: 2 }, nodes: 2, because: "two nodes in all" },
  { quota: { cpuCores: 100 }, nodes: 3, because: "96 cores are three small nodes" },
  { quota: { memoryBytes: 1.5e11 }, nodes: 1, because: "a second node would exceed the memory" },
  { quota: { gpus: 18, memoryBytes: 1.5e11 }, nodes: 1, because: "every limit binds" },
])("a quota of $quota leaves room for $nodes nodes: $because", ({ quota, nodes }) => {
  const quotas: readonly QuotaConfig[] = [{ nodePools: ["small", "big"], ...quota }];
  const config: ClusterConfig = { nodePools: pools, deployments: [{ ...DEPLOYMENT, replicas: 0, nodePools: ["small"] }], quotas };
  const rig = new ClusterRig(config).start().scale(1, 7).runTo(300);
  expect(rig.cluster.allocatableNodes(0)).toHaveLength(nodes);
});

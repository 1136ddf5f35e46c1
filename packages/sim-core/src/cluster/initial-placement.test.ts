import { describe, expect, it } from "vitest";
import { clusterWith, DEPLOYMENT, POOL } from "../../test/cluster-rig.ts";
import type { ClusterConfig } from "./config.ts";
import { checkCluster, placeInitialReplicas } from "./initial-placement.ts";

const codesOf = (config: ClusterConfig): string[] => checkCluster(config).map(({ code, path }) => `${code} ${path.join(".")}`);

describe("checking a cluster", () => {
  it("finds nothing wrong with one that fits", () => {
    expect(checkCluster(clusterWith({ deployment: { replicas: 4 } }))).toEqual([]);
  });

  it("says how many of the first replicas found a place", () => {
    const issues = checkCluster(clusterWith({ deployment: { replicas: 5 } }));
    expect(issues).toEqual([
      { code: "initial_replicas_do_not_fit", path: ["deployments", 0, "replicas"], data: { replicas: 5, placed: 4 } },
    ]);
  });

  it.each([
    { config: clusterWith({ deployment: { gpusPerReplica: 16 } }), issue: "replica_larger_than_node deployments.0.gpusPerReplica" },
    { config: clusterWith({ deployment: { nodePools: [] } }), issue: "no_node_pool deployments.0.nodePools" },
    { config: clusterWith({ pool: { minNodes: 3 } }), issue: "min_above_max nodePools.0.minNodes" },
    { config: clusterWith({ pool: { scanIntervalSeconds: 0 } }), issue: "too_small nodePools.0.scanIntervalSeconds" },
    { config: clusterWith({ deployment: { nodePools: ["h100", "l4"] } }), issue: "unknown_node_pool deployments.0.nodePools.1" },
  ])("reports $issue", ({ config, issue }) => {
    expect(codesOf(config)).toContain(issue);
  });

  it("reports everything at once", () => {
    const config = { nodePools: [{ ...POOL, minNodes: 3, scanIntervalSeconds: 0 }], deployments: [{ ...DEPLOYMENT, gpusPerReplica: 16 }] };
    expect(codesOf(config)).toHaveLength(3);
  });
});

describe("placing the first replicas", () => {
  it("fills nodes before it adds any, in the order of deployments and pools", () => {
    const pools = [
      { ...POOL, name: "a", minNodes: 1, maxNodes: 1 },
      { ...POOL, name: "b", minNodes: 0, maxNodes: 2 },
    ];
    const deployments = [
      { ...DEPLOYMENT, name: "x", replicas: 3, gpusPerReplica: 4, nodePools: ["a", "b"] },
      { ...DEPLOYMENT, name: "y", replicas: 2, gpusPerReplica: 2, nodePools: ["b"] },
    ];
    const { nodes, replicas } = placeInitialReplicas({ nodePools: pools, deployments });
    expect(nodes).toEqual([1, 1]);
    expect(replicas.map(({ deployment, pool, node }) => [deployment, pool, node])).toEqual([
      [0, 0, 0],
      [0, 0, 0],
      [0, 1, 0],
      [1, 1, 0],
      [1, 1, 0],
    ]);
  });
});

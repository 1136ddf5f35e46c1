import { describe, expect, it } from "vitest";
import { CLUSTER, ClusterRig, clusterWith, DEPLOYMENT, POOL } from "../../test/cluster-rig.ts";
import type { ClusterConfig, Expander, NodePoolConfig } from "./config.ts";
import { checkCluster } from "./initial-placement.ts";

/** A pod that needs a whole node, which must be asked for. */
const ONE_NODE = { replicas: 0, gpusPerReplica: 8 };

const requestsOf = (rig: ClusterRig): readonly string[] =>
  rig.facts.flatMap((fact) => (fact.kind === "node-stage" && fact.stage === "Requested" ? [`${fact.timeSeconds} ${fact.node}`] : []));

describe("a cloud without machines", () => {
  it("refuses in a stock-out; the pool is tried again after 5, 10, 20, 30 and 30 minutes", () => {
    const pool = { minNodes: 0, maxNodes: 1, stockOuts: [{ fromSeconds: 0, toSeconds: 6000 }] };
    const rig = new ClusterRig(clusterWith({ pool, deployment: ONE_NODE })).start().scale(0, 1).runTo(9000);
    expect(requestsOf(rig)).toEqual(["10 h100-0", "310 h100-1", "910 h100-2", "2110 h100-3", "3910 h100-4", "5710 h100-5", "7510 h100-6"]);
    expect(rig.stagesOf("h100-0")).toEqual(["10 Requested", "10 Gone"]);
    expect(rig.stagesOf("h100-6").at(-1)).toBe("7630 Allocatable");
    expect(rig.finish(9000).ledger.snapshot().intervals).toHaveLength(1);
  });

  it("begins with the first pause again when the last failure is long past", () => {
    const pool = {
      minNodes: 0,
      maxNodes: 2,
      stockOuts: [
        { fromSeconds: 0, toSeconds: 20 },
        { fromSeconds: 1000, toSeconds: 1020 },
      ],
      backOff: { initialSeconds: 100, maxSeconds: 400, resetSeconds: 500 },
    };
    const rig = new ClusterRig(clusterWith({ pool, deployment: ONE_NODE })).start().scale(0, 1).scale(1005, 2).runTo(2000);
    expect(requestsOf(rig)).toEqual(["10 h100-0", "110 h100-1", "1010 h100-2", "1110 h100-3"]);
  });

  it("begins with the first pause again once a node has come", () => {
    const stockOuts = [
      { fromSeconds: 0, toSeconds: 50 },
      { fromSeconds: 300, toSeconds: 330 },
    ];
    const pool = { minNodes: 0, maxNodes: 2, stockOuts, backOff: { initialSeconds: 30, maxSeconds: 400, resetSeconds: 10_000 } };
    const rig = new ClusterRig(clusterWith({ pool, deployment: ONE_NODE })).start().scale(0, 1).scale(295, 2).runTo(400);
    // After 10 and 40 s in vain a third request would have waited for 60 s; the node of 100 s takes 120 s.
    expect(requestsOf(rig)).toEqual(["10 h100-0", "40 h100-1", "100 h100-2", "300 h100-3", "330 h100-4"]);
  });

  it("is tried again after three minutes by Karpenter, however often it failed", () => {
    const karpenter = {
      batchIdleSeconds: 1,
      batchMaxSeconds: 10,
      consolidationPolicy: "WhenEmpty",
      consolidateAfterSeconds: 0,
      expireAfterSeconds: Number.POSITIVE_INFINITY,
      budgets: [],
    } as const;
    const pool = { minNodes: 0, maxNodes: 1, stockOuts: [{ fromSeconds: 0, toSeconds: 500 }], karpenter };
    const rig = new ClusterRig(clusterWith({ pool, deployment: ONE_NODE })).start().scale(0, 1).runTo(700);
    expect(requestsOf(rig)).toEqual(["1 h100-0", "190 h100-1", "370 h100-2", "550 h100-3"]);
  });

  it("refuses by chance, which falls on the n-th node whatever came before", () => {
    const refused = (requestFailureProbability: number) => {
      const pool = { minNodes: 0, maxNodes: 50, requestFailureProbability, backOff: { initialSeconds: 1, maxSeconds: 1, resetSeconds: 0 } };
      const rig = new ClusterRig(clusterWith({ pool, deployment: ONE_NODE })).start().scale(0, 40).runTo(2000);
      return requestsOf(rig).length - 40;
    };
    expect(refused(0)).toBe(0);
    expect(refused(0.5)).toBeGreaterThan(20);
    expect(refused(0.5)).toBeLessThan(70);
  });

  it("gives up a node that has not joined in time, pays for it until then, and turns to the next pool", () => {
    const slow = { ...POOL, minNodes: 0, provisionSeconds: { kind: "constant", value: 5000 }, maxProvisionSeconds: 600 } as const;
    const config: ClusterConfig = {
      nodePools: [slow, { ...POOL, name: "other", minNodes: 0 }],
      deployments: [{ ...DEPLOYMENT, ...ONE_NODE, nodePools: ["h100", "other"] }],
    };
    const rig = new ClusterRig(config).start().scale(0, 1).runTo(1000);
    expect(rig.stagesOf("h100-0")).toEqual(["10 Requested", "10 Provisioning", "610 Gone"]);
    expect(rig.stagesOf("other-0")[0]).toBe("610 Requested");
    const [first] = rig.finish(1000).ledger.snapshot().intervals;
    expect(first).toMatchObject({ node: 0, fromMicroseconds: 10e6, toMicroseconds: 610e6 });
  });
});

describe("one pod and a slow device plugin", () => {
  const pool = {
    minNodes: 0,
    maxNodes: 9,
    provisionSeconds: { kind: "constant", value: 60 },
    allocatableSeconds: { kind: "constant", value: 175 },
  } as const;

  it("buys four nodes where no label says that a node that has joined will have GPUs", () => {
    const rig = new ClusterRig(clusterWith({ pool: { ...pool, hasGpuLabel: false }, deployment: ONE_NODE })).start().scale(0, 1).runTo(900);
    expect(requestsOf(rig)).toEqual(["10 h100-0", "70 h100-1", "130 h100-2", "190 h100-3"]);
  });

  it("buys one where it does", () => {
    const rig = new ClusterRig(clusterWith({ pool, deployment: ONE_NODE })).start().scale(0, 1).runTo(900);
    expect(requestsOf(rig)).toEqual(["10 h100-0"]);
  });
});

describe("a quota over several pools", () => {
  const config: ClusterConfig = {
    nodePools: [
      { ...POOL, maxNodes: 5 },
      { ...POOL, name: "other", gpusPerNode: 4, minNodes: 0, maxNodes: 5 },
    ],
    deployments: [{ ...DEPLOYMENT, nodePools: ["other", "h100"] }],
    quotas: [{ nodePools: ["h100", "other"], gpus: 20 }],
  };

  it("holds over all of them together", () => {
    const rig = new ClusterRig(config).start().scale(0, 9).runTo(900);
    expect(requestsOf(rig)).toEqual(["10 other-0", "10 other-1", "10 other-2"]);
    expect(rig.cluster.readyReplicas(0)).toBe(5);
  });

  it("is checked against what is there at the start", () => {
    expect(checkCluster({ ...config, quotas: [{ nodePools: ["h100"], gpus: 7 }] })).toEqual([
      {
        code: "quota_exceeded_at_start",
        path: ["autoscaler", "quotas", 0, "gpus"],
        data: { limit: 7, held: 8, key: "gpus", pools: ["h100"] },
      },
    ]);
  });
});

describe("expanders", () => {
  const pool = (name: string, changes: Partial<NodePoolConfig>): NodePoolConfig => ({
    ...POOL,
    name,
    minNodes: 0,
    maxNodes: 9,
    ...changes,
  });
  const POOLS = [
    pool("big", { gpusPerNode: 16, pricePerGpuHourUsd: 1.5, priority: 1 }),
    pool("small", { gpusPerNode: 4, pricePerGpuHourUsd: 2, priority: 2 }),
    pool("middle", { gpusPerNode: 8, pricePerGpuHourUsd: 1.9, priority: 2 }),
    pool("full", { gpusPerNode: 8, maxNodes: 1, pricePerGpuHourUsd: 0.1, priority: 1 }),
  ];
  const requested = (expanders: readonly Expander[], pods: number, seed = "1"): readonly string[] => {
    const deployment = { ...DEPLOYMENT, replicas: 0, nodePools: POOLS.map(({ name }) => name) };
    const rig = new ClusterRig({ nodePools: POOLS, deployments: [deployment], expanders }, { seed }).start().scale(1, pods).runTo(10);
    return requestsOf(rig).map((request) => request.slice(3));
  };

  it.each<{ expanders: readonly Expander[]; pods: number; wants: readonly string[]; because: string }>([
    { expanders: ["least-waste"], pods: 1, wants: ["small-0"], because: "the pod fills it" },
    { expanders: ["most-pods", "least-nodes"], pods: 4, wants: ["big-0"], because: "the full pool would hold two of the four" },
    { expanders: ["price"], pods: 2, wants: ["full-0"], because: "40 cents an hour for each pod" },
    { expanders: ["priority", "least-waste"], pods: 1, wants: ["small-0"], because: "of the two of priority 2 it wastes nothing" },
    { expanders: ["priority", "least-nodes"], pods: 2, wants: ["middle-0"], because: "of the two of priority 2 it needs one node" },
  ])("$expanders asks for $wants: $because", ({ expanders, pods, wants }) => {
    expect(requested(expanders, pods)).toEqual(wants);
  });

  it("random is a matter of the seed alone", () => {
    const chosen = ["1", "2", "3", "4", "5", "6", "7", "8"].map((seed) => requested(["random"], 1, seed)[0]);
    expect(new Set(chosen).size).toBeGreaterThan(1);
    expect(["1", "2", "3", "4", "5", "6", "7", "8"].map((seed) => requested(["random"], 1, seed)[0])).toEqual(chosen);
  });

  it("leave pods to nodes that are on their way in any pool", () => {
    const rig = new ClusterRig({ ...CLUSTER, expanders: ["least-waste"] }).start().scale(1, 4).runTo(60);
    expect(requestsOf(rig)).toEqual(["10 h100-1"]);
  });
});

import { describe, expect, it } from "vitest";
import { ClusterRig, DEPLOYMENT, POOL } from "../../test/cluster-rig.ts";
import type { ClusterConfig, DeploymentClusterConfig, KarpenterConfig, NodePoolConfig } from "./config.ts";

const KARPENTER: KarpenterConfig = {
  batchIdleSeconds: 1,
  batchMaxSeconds: 10,
  consolidationPolicy: "WhenEmpty",
  consolidateAfterSeconds: Number.POSITIVE_INFINITY,
  expireAfterSeconds: Number.POSITIVE_INFINITY,
  budgets: [{ share: 1 }],
};

/** Nodes of 4 GPUs, each filled by one replica; a new one takes 120 s. */
const pool = (name: string, karpenter: Partial<KarpenterConfig>, more: Partial<NodePoolConfig> = {}): NodePoolConfig => ({
  ...POOL,
  name,
  gpusPerNode: 4,
  minNodes: 0,
  maxNodes: 9,
  karpenter: { ...KARPENTER, ...karpenter },
  ...more,
});

const config = (pools: readonly NodePoolConfig[], deployment: Partial<DeploymentClusterConfig> = {}): ClusterConfig => ({
  nodePools: pools,
  deployments: [{ ...DEPLOYMENT, replicas: 3, nodePools: pools.map(({ name }) => name), ...deployment }],
});

const events = (rig: ClusterRig, stage: string): readonly string[] =>
  rig.facts.flatMap((fact) => (fact.kind === "node-stage" && fact.stage === stage ? [`${fact.timeSeconds} ${fact.node}`] : []));

/** The template changes at 5 s. */
function drifted(karpenter: Partial<KarpenterConfig>, more: Partial<NodePoolConfig> = {}): ClusterRig {
  const rig = new ClusterRig(config([pool("gpu", karpenter, more)])).start().runTo(5);
  rig.cluster.changeNodePool(5, "gpu");
  return rig;
}

describe("nodes whose NodePool has changed", () => {
  it("are replaced one more at each look, each drained when the new node can take its pods", () => {
    const rig = drifted({}).runTo(900);
    expect(events(rig, "Requested")).toEqual(["10 gpu-3", "20 gpu-4", "30 gpu-5"]);
    expect(events(rig, "Draining")).toEqual(["130 gpu-0", "140 gpu-1", "150 gpu-2"]);
    expect(rig.cluster.readyReplicas(0)).toBe(3);
    expect(events(rig, "Gone")).toHaveLength(3);
  });

  it("go one after the other where the budget allows one, the wait for the new node included", () => {
    const rig = drifted({ budgets: [{ nodes: 1 }] }).runTo(900);
    // Drained at 130 s, empty at 160 s, gone at 190 s; only then the next begins.
    expect(events(rig, "Requested")).toEqual(["10 gpu-3", "190 gpu-4", "370 gpu-5"]);
  });

  it("stay where the budget for drift allows none, and budgets for other reasons do not bind", () => {
    expect(events(drifted({ budgets: [{ nodes: 0, reasons: ["Drifted"] }] }).runTo(900), "Requested")).toEqual([]);
    expect(events(drifted({ budgets: [{ nodes: 0, reasons: ["Empty"] }] }).runTo(900), "Requested")).toHaveLength(3);
  });

  it("wait for the hours in which a budget lets them go", () => {
    // Nothing may go from 0 to 400 s; then the other budget alone counts.
    const rig = drifted({ budgets: [{ nodes: 0, windows: [[0, 400]] }, { nodes: 1 }] }).runTo(600);
    expect(events(rig, "Requested")).toEqual(["400 gpu-3", "580 gpu-4"]);
  });

  it("stay while the pool has no room for one more, and while the cloud has none", () => {
    expect(events(drifted({}, { maxNodes: 3 }).runTo(900), "Requested")).toEqual([]);
    const refused = drifted({}, { stockOuts: [{ fromSeconds: 0, toSeconds: 100 }] }).runTo(200);
    expect(events(refused, "Requested")).toEqual(["10 gpu-3", "190 gpu-4", "200 gpu-5"]);
    expect(events(refused, "Draining")).toEqual([]);
  });

  it("take no new pod while they wait, and the empty ones go first", () => {
    const rig = new ClusterRig(config([pool("gpu", {}, { gpusPerNode: 8 })], { replicas: 3 })).start().runTo(5);
    rig.cluster.changeNodePool(5, "gpu");
    // The node that holds two replicas waits from 10 s or 20 s on; the half-free one may not be filled up.
    rig.runTo(25).scale(26, 4).runTo(900);
    const [early] = rig.stagesOf("chat-3");
    expect(early).not.toBe("26 Scheduled");

    const idle = new ClusterRig(config([pool("gpu", {}, { minNodes: 4 })])).start().runTo(5);
    idle.cluster.changeNodePool(5, "gpu");
    expect(events(idle.runTo(12), "Draining")).toEqual(["10 gpu-3"]);
  });

  it("leave their empty replacements alone while a pods' budget holds the drains up", () => {
    const slow = pool("gpu", { consolidateAfterSeconds: 60 });
    const guarded = config([slow], { disruptionBudget: { maxUnavailable: { pods: 1 } } });
    const rig = new ClusterRig(guarded).start().runTo(5);
    rig.cluster.changeNodePool(5, "gpu");
    rig.runTo(900);
    expect(events(rig, "Requested")).toHaveLength(3);
    expect(
      events(rig, "Gone")
        .map((event) => event.split(" ")[1])
        .sort(),
    ).toEqual(["gpu-0", "gpu-1", "gpu-2"]);
    expect(rig.cluster.readyReplicas(0)).toBe(3);
  });

  it("share the budgets of their NodePool across its offerings", () => {
    const offerings = [
      pool("spot", { nodePool: "gpu", budgets: [{ nodes: 1 }] }, { maxNodes: 2 }),
      pool("steady", { nodePool: "gpu", budgets: [{ nodes: 1 }] }),
    ];
    const rig = new ClusterRig(config(offerings)).start().runTo(5);
    rig.cluster.changeNodePool(5, "gpu");
    rig.runTo(100);
    expect(events(rig, "Allocatable")).toHaveLength(3);
    expect(events(rig, "Requested")).toHaveLength(1);
  });

  it("continue from a saved state as if nothing had happened", () => {
    const whole = drifted({}).runTo(25);
    const resumed = new ClusterRig(config([pool("gpu", {})])).restore(whole.save());
    const seen = whole.facts.length;
    whole.finish(900);
    resumed.finish(900);
    expect(resumed.facts).toEqual(whole.facts.slice(seen));
  });
});

describe("a termination grace period of the node", () => {
  const guarded = (terminationGraceSeconds?: number) =>
    config([pool("gpu", { expireAfterSeconds: 95, ...(terminationGraceSeconds === undefined ? {} : { terminationGraceSeconds }) })], {
      replicas: 1,
      disruptionBudget: { minAvailable: { pods: 1 } },
    });

  it("deletes a pod that its budget protects in time to end by it", () => {
    expect(events(new ClusterRig(guarded()).start().runTo(900), "Gone")).toEqual([]);
    // Drained at 100 s; the pod's own grace period is 60 s, and it ends 5 + 25 s after its deletion.
    const rig = new ClusterRig(guarded(200)).start().runTo(400);
    expect(events(rig, "Draining")[0]).toBe("100 gpu-0");
    expect(rig.stagesOf("chat-0").slice(-2)).toEqual(["240 Draining", "270 Gone"]);
  });

  it("kills what is left at its end, where the pod's own grace period is longer", () => {
    const rig = new ClusterRig(guarded(20), { drainSeconds: 50 }).start().runTo(400);
    expect(rig.stagesOf("chat-0").slice(-2)).toEqual(["100 Draining", "120 Gone"]);
  });
});

describe("which pool Karpenter takes", () => {
  it("is the one with the highest weight, and among equals the cheapest", () => {
    const dear = pool("dear", {}, { pricePerGpuHourUsd: 9, priority: 10, maxNodes: 1 });
    const cheap = pool("cheap", {}, { pricePerGpuHourUsd: 1 });
    const middle = pool("middle", {}, { pricePerGpuHourUsd: 2 });
    const rig = new ClusterRig(config([middle, cheap, dear], { replicas: 0 })).start().scale(1, 2).runTo(5);
    expect(events(rig, "Requested")).toEqual(["2 dear-0", "2 cheap-0"]);
  });
});

it("lets a pod that runs and is not Ready go whatever its budget says, where the budget says so", () => {
  const gone = (mayEvictUnhealthy: boolean): readonly string[] => {
    const budget = { minAvailable: { pods: 1 }, ...(mayEvictUnhealthy ? { mayEvictUnhealthy: true as const } : {}) };
    const rig = new ClusterRig(config([pool("gpu", {})], { replicas: 1, disruptionBudget: budget })).start().restart(10, 0);
    rig.cluster.drainNode(11, 0);
    return rig.runTo(13).stagesOf("chat-0").slice(1);
  };
  expect(gone(true)).toEqual(["10 Interrupted", "11 Gone"]);
  expect(gone(false)).toEqual(["10 Interrupted"]);
});

import { describe, expect, it } from "vitest";
import { ClusterRig, DEPLOYMENT, POOL } from "../../test/cluster-rig.ts";
import type { ClusterConfig, KarpenterConfig, NodePoolConfig } from "./config.ts";

const KARPENTER: KarpenterConfig = {
  batchIdleSeconds: 1,
  batchMaxSeconds: 10,
  consolidationPolicy: "WhenEmptyOrUnderutilized",
  consolidateAfterSeconds: 0,
  expireAfterSeconds: Number.POSITIVE_INFINITY,
  budgets: [{ share: 1 }],
};

const pool = (name: string, gpusPerNode: number, pricePerGpuHourUsd: number, karpenter: Partial<KarpenterConfig> = {}): NodePoolConfig => ({
  ...POOL,
  name,
  gpusPerNode,
  pricePerGpuHourUsd,
  minNodes: 0,
  maxNodes: 9,
  karpenter: { ...KARPENTER, ...karpenter },
});

/** Replicas of 4 GPUs on big nodes (8 at $1 a GPU) and small ones (4 at $1.5). */
const fleet = (replicas: number, karpenter: Partial<KarpenterConfig> = {}): ClusterConfig => ({
  nodePools: [pool("big", 8, 1, karpenter), pool("small", 4, 1.5, karpenter)],
  deployments: [{ ...DEPLOYMENT, replicas, nodePools: ["big", "small"] }],
});

const events = (rig: ClusterRig, stage: string): readonly string[] =>
  rig.facts.flatMap((fact) => (fact.kind === "node-stage" && fact.stage === stage ? [`${fact.timeSeconds} ${fact.node}`] : []));

describe("provisioning", () => {
  it("gathers pods until none has come for a second, then buys the cheapest nodes for them together", () => {
    const rig = new ClusterRig(fleet(0)).start().scale(3, 1).scale(3.5, 2).runTo(9);
    expect(events(rig, "Requested")).toEqual(["4.5 big-0"]);
  });

  it("waits ten seconds at most", () => {
    const rig = new ClusterRig(fleet(0)).start();
    for (let more = 0; more < 40; more++) rig.scale(11 + more / 2, more + 1);
    expect(events(rig, "Requested")[0]).toBe("21 big-0");
  });

  it("chooses by the price of what the pods need: a small node for one, a big one for two", () => {
    const requested = (replicas: number) => events(new ClusterRig(fleet(0)).start().scale(1, replicas).runTo(5), "Requested");
    expect(requested(1)).toEqual(["2 small-0"]);
    expect(requested(2)).toEqual(["2 big-0"]);
  });

  it("turns to the next best when the best cannot be had", () => {
    const { nodePools, deployments } = fleet(0);
    const [big, small] = nodePools as [NodePoolConfig, NodePoolConfig];
    const config = { nodePools: [big, { ...small, stockOuts: [{ fromSeconds: 0, toSeconds: 60 }] }], deployments };
    const rig = new ClusterRig(config).start().scale(1, 1).runTo(9);
    expect(events(rig, "Requested")).toEqual(["2 small-0", "2 big-0"]);
  });
});

describe("disruption", () => {
  it("takes an empty node away at the next look, or after consolidateAfter", () => {
    const left = (karpenter: Partial<KarpenterConfig>) =>
      events(new ClusterRig(fleet(1, karpenter)).start().scale(95, 0).runTo(900), "Draining");
    // Empty once the replica has drained: preStop 5 s and 25 s after 95 s.
    expect(left({ consolidationPolicy: "WhenEmpty" })).toEqual(["130 big-0"]);
    expect(left({ consolidationPolicy: "WhenEmpty", consolidateAfterSeconds: 300 })).toEqual(["430 big-0"]);
    expect(left({ consolidateAfterSeconds: Number.POSITIVE_INFINITY })).toEqual([]);
  });

  it("moves a lone replica to a cheaper node, which comes first", () => {
    const rig = new ClusterRig(fleet(1)).start().runTo(900);
    // Decided at 10 s, valid still at 30 s; the small node takes 120 s, then the big one is drained.
    expect(events(rig, "Requested")).toEqual(["30 small-0"]);
    expect(events(rig, "Draining")).toEqual(["150 big-0"]);
    expect(rig.stagesOf("chat-0").slice(-2)).toEqual(["150 Draining", "180 Gone"]);
    expect(rig.stagesOf("chat-1")[0]).toBe("150 Scheduled");
    expect(rig.facts.find((fact) => fact.kind === "pod-stage" && fact.stage === "Gone")).toMatchObject({ pod: "chat-0", cause: "evicted" });
  });

  it("leaves nodes in use alone when only empty ones may go", () => {
    const rig = new ClusterRig(fleet(1, { consolidationPolicy: "WhenEmpty" })).start().runTo(900);
    expect(events(rig, "Draining")).toEqual([]);
  });

  it("puts the pods of half-used nodes together", () => {
    const config = { nodePools: fleet(4).nodePools.slice(0, 1), deployments: [{ ...DEPLOYMENT, replicas: 4, nodePools: ["big"] }] };
    const whole = new ClusterRig(config).start().runTo(300);
    expect(events(whole, "Draining")).toEqual([]);
    // Two of four go: when each node loses one, one node takes both that are left.
    const rigs = ["1", "2", "3", "4", "5", "6"].map((seed) => new ClusterRig(config, { seed }).start().scale(5, 2).runTo(900));
    for (const rig of rigs) {
      expect(events(rig, "Draining")).toHaveLength(1);
      expect(rig.cluster.readyReplicas(0)).toBe(2);
    }
  });

  it.each([
    { budgets: [{ share: 0.1 }], atOnce: 1, because: "10 % of 5 rounds up" },
    { budgets: [{ share: 0.5 }], atOnce: 3, because: "50 % of 5 rounds up" },
    { budgets: [{ share: 1 }, { nodes: 2 }], atOnce: 2, because: "the strictest counts" },
    { budgets: [{ share: 1 }, { nodes: 0, reasons: ["Underutilized" as const] }], atOnce: 5, because: "it is not about empty nodes" },
    { budgets: [{ nodes: 0 }], atOnce: 0, because: "nothing may go" },
  ])("takes $atOnce empty nodes at once: $because", ({ budgets, atOnce }) => {
    const config = fleet(10, { budgets, consolidationPolicy: "WhenEmpty" });
    const rig = new ClusterRig(config).start().scale(5, 0).runTo(45);
    expect(events(rig, "Draining").filter((event) => event.startsWith("40 "))).toHaveLength(atOnce);
  });

  it("drains a node that has reached its age, whatever the budgets say, and its pods get a new one", () => {
    const rig = new ClusterRig(fleet(2, { expireAfterSeconds: 95, budgets: [{ nodes: 0 }] })).start().runTo(190);
    expect(events(rig, "Draining")).toEqual(["100 big-0"]);
    expect(events(rig, "Requested")).toEqual(["101 big-1"]);
  });
});

describe("a disruption budget that allows no eviction", () => {
  const guarded = (config: ClusterConfig): ClusterConfig => ({
    ...config,
    deployments: config.deployments.map((each) => ({ ...each, disruptionBudget: { minAvailable: { share: 1 } } })),
  });

  it("keeps Karpenter from moving replicas", () => {
    const rig = new ClusterRig(guarded(fleet(1))).start().runTo(900);
    expect([...events(rig, "Requested"), ...events(rig, "Draining")]).toEqual([]);
  });

  it("holds the replicas on a node that has reached its age", () => {
    const rig = new ClusterRig(guarded(fleet(2, { expireAfterSeconds: 95 }))).start().runTo(900);
    expect(events(rig, "Draining")).toEqual(["100 big-0"]);
    expect(events(rig, "Gone")).toEqual([]);
    expect(rig.cluster.readyReplicas(0)).toBe(2);
  });

  it("keeps the cluster autoscaler from draining a node in little use", () => {
    const { karpenter: _, ...nodes } = pool("big", 8, 1);
    const nodePools = [{ ...nodes, scaleDownUtilization: 0.6, scaleDownDelayAfterAddSeconds: 0 }];
    const config = guarded({ nodePools, deployments: [{ ...DEPLOYMENT, replicas: 4, nodePools: ["big"] }] });
    const rigs = ["1", "2", "3", "4", "5", "6"].map((seed) => new ClusterRig(config, { seed }).start().scale(5, 2).runTo(900));
    expect(rigs.some((rig) => rig.facts.some((fact) => fact.kind === "pod-stage" && fact.cause === "evicted"))).toBe(false);
    // only nodes that are empty anyway
    for (const rig of rigs) expect(events(rig, "Gone")).toHaveLength(events(rig, "Draining").length);
  });
});

it("the cluster autoscaler drains a node in little use when its pods fit elsewhere for long enough", () => {
  const { karpenter: _, ...nodes } = pool("big", 8, 1);
  const config: ClusterConfig = {
    nodePools: [{ ...nodes, scaleDownUtilization: 0.6, scaleDownDelayAfterAddSeconds: 0 }],
    deployments: [{ ...DEPLOYMENT, replicas: 4, nodePools: ["big"] }],
  };
  const rigs = ["1", "2", "3", "4", "5", "6"].map((seed) => new ClusterRig(config, { seed }).start().scale(5, 2).runTo(900));
  // Where both pods are left on one node, the other is empty; else one of the two is drained.
  for (const rig of rigs) expect(events(rig, "Draining")).toHaveLength(1);
  expect(rigs.some((rig) => rig.facts.some((fact) => fact.kind === "pod-stage" && fact.cause === "evicted"))).toBe(true);
  const { scaleDownUtilization: __, ...only } = config.nodePools[0] as NodePoolConfig;
  const calm = new ClusterRig({ ...config, nodePools: [only] }).start().scale(5, 2).runTo(900);
  expect(calm.facts.some((fact) => fact.kind === "pod-stage" && fact.cause === "evicted")).toBe(false);
});

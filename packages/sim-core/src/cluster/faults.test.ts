import { describe, expect, it } from "vitest";
import { CLUSTER, ClusterRig, clusterWith, DEPLOYMENT, POOL } from "../../test/cluster-rig.ts";

/** Three replicas, a node each. */
const THREE = clusterWith({ pool: { gpusPerNode: 4, minNodes: 3, maxNodes: 5 }, deployment: { replicas: 3 } });

describe("a pod that crashes", () => {
  it("is gone at once, is replaced on the GPUs it held, and is routed to until the news gets round", () => {
    const rig = new ClusterRig(CLUSTER).start().runTo(100);
    rig.cluster.crashPod(100, 0);
    rig.runTo(200);
    expect(rig.stagesOf("chat-0")).toEqual(["0 Ready", "100 Gone"]);
    expect(rig.stagesOf("chat-1")).toEqual(["100 Scheduled", "101 Pulling", "101 Loading", "131 WarmingUp", "140 Ready"]);
    expect(rig.calls).toEqual(["0 ready 0 warm", "0 added 0", "100 deleted 0", "102 removed 0", "140 ready 1", "142 added 1"]);
    expect(rig.facts.findLast((fact) => fact.kind === "pod-stage" && fact.pod === "chat-0")).toMatchObject({ cause: "failed" });
  });
});

describe("a node that dies", () => {
  it("keeps its bill, its pods and their endpoints until it is noticed, then all of them are replaced", () => {
    const rig = new ClusterRig(THREE).start().runTo(100);
    rig.cluster.loseNode(100, 1, 50);
    rig.runTo(500);
    expect(rig.stagesOf("h100-1")).toEqual(["0 Allocatable", "100 Draining", "150 Gone"]);
    expect(rig.stagesOf("chat-1")).toEqual(["0 Ready", "100 Interrupted", "150 Gone"]);
    expect(rig.calls).toContain("152 removed 1");
    // The next look of the autoscaler asks for a node: 120 s, then 60 s of start-up.
    expect(rig.stagesOf("chat-3")[0]).toBe("150 Unschedulable");
    expect(rig.stagesOf("h100-3")).toEqual(["150 Requested", "150 Provisioning", "250 Joined", "270 Allocatable"]);
    expect(rig.stagesOf("chat-3").at(-1)).toBe("330 Ready");
  });

  it("takes the pods with it that wait for it to come", () => {
    const config = clusterWith({ pool: { gpusPerNode: 4, minNodes: 1, maxNodes: 3 } });
    const rig = new ClusterRig(config).start().scale(5, 2).runTo(60);
    rig.cluster.loseNode(60, 1, 0);
    rig.runTo(400);
    expect(rig.stagesOf("h100-1").at(-1)).toBe("60 Gone");
    expect(rig.stagesOf("chat-1").at(-1)).toBe("250 Ready");
  });

  it("ends a replica on several nodes on all of them", () => {
    const config = clusterWith({
      pool: { gpusPerNode: 4, minNodes: 2, maxNodes: 3 },
      deployment: { gpusPerReplica: 8, nodesPerReplica: 2 },
    });
    const rig = new ClusterRig(config).start().runTo(100);
    rig.cluster.loseNode(100, 1, 0);
    rig.runTo(400);
    expect(rig.stagesOf("chat-0")).toEqual(["0 Ready", "100 Gone"]);
    expect(rig.stagesOf("h100-0")).toEqual(["0 Allocatable"]);
    expect(rig.cluster.readyReplicas(0)).toBe(1);
  });

  it("leaves a pool below its minimum, which is filled up again though nobody waits", () => {
    const config = clusterWith({ pool: { gpusPerNode: 4, minNodes: 3, maxNodes: 3 } });
    const rig = new ClusterRig(config).start().runTo(100);
    rig.cluster.loseNode(100, 2, 0);
    rig.runTo(400);
    expect(rig.stagesOf("h100-3")).toEqual(["110 Requested", "110 Provisioning", "210 Joined", "230 Allocatable"]);
  });
});

describe("a node that is reclaimed", () => {
  it("is drained within its notice, while replacements start elsewhere, and goes before it is over", () => {
    const rig = new ClusterRig(THREE).start().runTo(100);
    rig.cluster.reclaimNode(100, 0, 120);
    rig.runTo(500);
    // preStop 5 s, 25 s of draining, then 30 s of termination
    expect(rig.stagesOf("chat-0")).toEqual(["0 Ready", "100 Draining", "130 Gone"]);
    expect(rig.stagesOf("h100-0")).toEqual(["0 Allocatable", "100 Draining", "160 Gone"]);
    expect(rig.stagesOf("chat-3")[0]).toBe("100 Unschedulable");
    expect(rig.facts.findLast((fact) => fact.kind === "pod-stage" && fact.pod === "chat-0")).toMatchObject({ cause: "evicted" });
  });

  it.each([
    { notice: 20, gone: "120 Gone", calls: ["105 drain 0", "120 deleted 0"], because: "the draining takes longer than the notice" },
    { notice: 0, gone: "100 Gone", calls: ["100 deleted 0"], because: "there is no notice at all" },
  ])("is gone on time: $because", ({ notice, gone, calls }) => {
    const rig = new ClusterRig(THREE).start().runTo(100);
    rig.cluster.reclaimNode(100, 0, notice);
    rig.runTo(500);
    expect(rig.stagesOf("chat-0").at(-1)).toBe(gone);
    expect(rig.stagesOf("h100-0").at(-1)).toBe(gone);
    expect(rig.calls.filter((call) => /drain 0$|deleted 0$/.test(call))).toEqual(calls);
  });
});

describe("a node that is drained for good", () => {
  const drained = (disruptionBudget: NonNullable<typeof DEPLOYMENT.disruptionBudget> | undefined) => {
    const deployment = { replicas: 3, ...(disruptionBudget === undefined ? {} : { disruptionBudget }) };
    const rig = new ClusterRig(clusterWith({ pool: { gpusPerNode: 4, minNodes: 3, maxNodes: 6 }, deployment })).start().runTo(100);
    rig.cluster.drainNode(100, 0);
    rig.cluster.drainNode(100, 1);
    return rig.runTo(1000);
  };

  it("is evicted at once without a budget", () => {
    const rig = drained(undefined);
    expect([rig.stagesOf("chat-0")[1], rig.stagesOf("chat-1")[1]]).toEqual(["100 Draining", "100 Draining"]);
  });

  it("waits for the replacement of one before the next goes, where the budget says so, asking every 5 s", () => {
    const rig = drained({ maxUnavailable: { pods: 1 } });
    expect(rig.stagesOf("chat-0")[1]).toBe("100 Draining");
    const ready = Number(rig.stagesOf("chat-3").at(-1)?.split(" ")[0]);
    const evicted = Number(rig.stagesOf("chat-1")[1]?.split(" ")[0]);
    expect(evicted).toBeGreaterThanOrEqual(ready);
    expect(evicted - ready).toBeLessThan(5);
  });

  it.each([
    { minAvailable: 0, stage: "144 Ready", because: "nobody has to be healthy, yet one must be for the eviction of another" },
    { minAvailable: 1, stage: "110 Gone", because: "enough are healthy: what is not may go" },
  ])("asks for the budget of a pod that runs and is not ready: $because", ({ minAvailable, stage }) => {
    const deployment = { replicas: minAvailable + 1, disruptionBudget: { minAvailable: { pods: minAvailable } } };
    const config = clusterWith({ pool: { gpusPerNode: 4, minNodes: 3, maxNodes: 6 }, deployment });
    const rig = new ClusterRig(config).start().restart(100, 0).runTo(110);
    rig.cluster.drainNode(110, 0);
    expect(rig.runTo(300).stagesOf("chat-0")[2]).toBe(stage);
  });

  it("is held up for ever by a budget that allows nothing", () => {
    const rig = drained({ minAvailable: { share: 1 } });
    expect(rig.stagesOf("chat-0")).toEqual(["0 Ready"]);
    expect(rig.stagesOf("h100-0")).toEqual(["0 Allocatable", "100 Draining"]);
  });
});

describe("a zone that fails", () => {
  const config = {
    nodePools: [
      { ...POOL, name: "east", zone: "east", gpusPerNode: 4, minNodes: 2 },
      { ...POOL, name: "west", zone: "west", gpusPerNode: 4, minNodes: 0 },
    ],
    deployments: [{ ...DEPLOYMENT, replicas: 2, nodePools: ["east", "west"] }],
  };

  it("loses all its nodes, and replicas move to the other zone until it is back", () => {
    const rig = new ClusterRig(config).start().runTo(100);
    rig.cluster.beginZoneOutage(100, "east", 0);
    rig.runTo(600);
    expect(rig.cluster.readyReplicas(0)).toBe(2);
    expect(rig.cluster.allocatableNodes(0)).toEqual([]);
    rig.cluster.endZoneOutage(600, "east");
    // Refused at 110 s and at 410 s, after a pause of 5 minutes; had after one of 10.
    rig.runTo(1200);
    expect(rig.cluster.allocatableNodes(0)).toHaveLength(2);
  });
});

describe("a pool that is out of stock", () => {
  const requests = (rig: ClusterRig): readonly string[] =>
    rig.facts.flatMap((fact) => (fact.kind === "node-stage" && fact.stage === "Requested" ? [`${fact.timeSeconds} ${fact.node}`] : []));
  const backOff = { initialSeconds: 60, maxSeconds: 60, resetSeconds: 0 };

  it("is refused and backed off in the same way by a fault and by a window of its own", () => {
    const byFault = new ClusterRig(clusterWith({ pool: { gpusPerNode: 4, backOff } })).start().runTo(5);
    byFault.cluster.setStock(5, 0, true);
    byFault.scale(6, 2).runTo(100);
    byFault.cluster.setStock(100, 0, false);
    const stockOuts = [{ fromSeconds: 5, toSeconds: 100 }];
    const byWindow = new ClusterRig(clusterWith({ pool: { gpusPerNode: 4, backOff, stockOuts } })).start().scale(6, 2);
    for (const rig of [byFault, byWindow]) {
      // Asked at 10 s and 70 s in vain, then at 130 s.
      expect(requests(rig.runTo(300)).filter((text) => !text.startsWith("0 "))).toEqual(["10 h100-1", "70 h100-2", "130 h100-3"]);
      expect(rig.stagesOf("h100-2")).toEqual(["70 Requested", "70 Gone"]);
    }
  });
});

describe("a server with a shutdown time-out", () => {
  it.each([
    { shutdownTimeoutSeconds: 10, gone: "115 Gone", because: "it aborts after its own time, well before the grace period ends" },
    { shutdownTimeoutSeconds: 58, gone: "130 Gone", because: "it has drained long before" },
  ])("is gone at $gone: $because", ({ shutdownTimeoutSeconds, gone }) => {
    const rig = new ClusterRig(clusterWith({ lifecycle: { shutdownTimeoutSeconds } })).start().scale(100, 0).runTo(300);
    expect(rig.stagesOf("chat-0").at(-1)).toBe(gone);
  });
});

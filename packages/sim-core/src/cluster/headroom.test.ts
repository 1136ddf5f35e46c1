import { describe, expect, it } from "vitest";
import { ClusterRig, clusterWith } from "../../test/cluster-rig.ts";
import type { NodePoolConfig } from "./config.ts";
import { checkCluster } from "./initial-placement.ts";

const nodes = (rig: ClusterRig, stage: string): readonly string[] =>
  rig.facts.flatMap((fact) => (fact.kind === "node-stage" && fact.stage === stage ? [`${fact.timeSeconds} ${fact.node}`] : []));

const rigWith = (pool: Partial<NodePoolConfig>, replicas = 2): ClusterRig =>
  new ClusterRig(clusterWith({ pool: { maxNodes: 4, ...pool }, deployment: { replicas } })).start();

describe("head-room", () => {
  it("is there at time 0, is taken at once by a replica, and asks for its next node at the next scan", () => {
    const rig = rigWith({ headroom: { pods: 1, gpus: 8 } });
    expect(nodes(rig, "Allocatable")).toEqual(["0 h100-0", "0 h100-1"]);
    rig.scale(101, 3).runTo(400);
    expect(rig.stagesOf("chat-2")[0]).toBe("101 Scheduled");
    expect(nodes(rig, "Requested")).toEqual(["110 h100-2"]);
  });

  it("may be smaller than a node, and then lies on the rest of one that is in use", () => {
    const rig = rigWith({ headroom: { pods: 1, gpus: 4 } }, 1);
    expect(nodes(rig, "Allocatable")).toEqual(["0 h100-0"]);
    rig.scale(101, 2).runTo(400);
    expect(nodes(rig, "Requested")).toEqual(["110 h100-1"]);
  });

  it("is a state of the ledger, and stays when the rest is removed", () => {
    const rig = rigWith({ headroom: { pods: 1, gpus: 8 } })
      .scale(100, 4)
      .scale(300, 1)
      .finish(2000);
    expect(nodes(rig, "Draining").length).toBe(1);
    const seconds = rig.ledger.snapshot().accounts.find(({ state }) => state === "headroom")?.gpuMicroseconds ?? 0n;
    expect(seconds).toBeGreaterThan(BigInt(8 * 1000) * 1_000_000n);
    expect(rig.facts.filter((fact) => fact.kind === "node-stage" && fact.stage === "Gone")).toHaveLength(1);
  });

  it("asks for no more than the pool may have", () => {
    expect(nodes(rigWith({ headroom: { pods: 9, gpus: 8 } }).runTo(100), "Requested")).toEqual([]);
    expect(nodes(rigWith({ headroom: { pods: 9, gpus: 8 } }), "Allocatable")).toHaveLength(4);
  });

  it("is not replaced on a lost node before anybody knows of the loss", () => {
    const rig = rigWith({ headroom: { pods: 1, gpus: 8 } }).runTo(100);
    // chat's two replicas fill the first node; the second holds the balloon.
    rig.cluster.loseNode(105, 1, 40);
    rig.runTo(400);
    expect(nodes(rig, "Gone")).toEqual(["145 h100-1"]);
    expect(nodes(rig, "Requested")).toEqual(["150 h100-2"]);
  });

  it("is refused when it fits on no node", () => {
    const config = clusterWith({ pool: { headroom: { pods: 1, gpus: 9 } } });
    expect(checkCluster(config).map(({ code }) => code)).toEqual(["balloon_larger_than_node"]);
  });

  it("saves the pull where images are on the nodes", () => {
    const stages = (isImageCached: boolean) =>
      rigWith({ headroom: { pods: 1, gpus: 8 }, ...(isImageCached ? { isImageCached } : {}) })
        .scale(101, 3)
        .runTo(400)
        .stagesOf("chat-2")
        .at(-1);
    expect([stages(false), stages(true)]).toEqual(["161 Ready", "141 Ready"]);
  });
});

describe("scheduled nodes", () => {
  const scheduled = [{ nodes: 2, windows: [[300, 900]] as const }];

  it("come with their window, stay through it however idle, and are drained after it, their pods evicted", () => {
    const rig = rigWith({ scheduled }).scale(500, 5).runTo(1200);
    expect(nodes(rig, "Requested").slice(0, 2)).toEqual(["300 h100-1", "300 h100-2"]);
    expect(nodes(rig, "Draining")).toEqual(["900 h100-2", "900 h100-1"]);
    expect(rig.stagesOf("chat-2").slice(-2)).toEqual(["900 Draining", "930 Gone"]);
    expect(rig.cluster.scaleView(0)).toEqual({ specReplicas: 5, statusReplicas: 5 });
  });

  it("stay in service for their grace, are drained then, and go at the drain's time-out, whatever a budget holds", () => {
    const timed = [{ nodes: 2, windows: [[300, 900]] as const, graceSeconds: 120, drainTimeoutSeconds: 60 }];
    const budget = { minAvailable: { share: 1 } };
    const config = clusterWith({ pool: { maxNodes: 4, scheduled: timed }, deployment: { replicas: 2, disruptionBudget: budget } });
    const rig = new ClusterRig(config).start().scale(500, 6).runTo(1200);
    expect(nodes(rig, "Draining")).toEqual(["1020 h100-2", "1020 h100-1"]);
    expect(nodes(rig, "Gone")).toEqual(["1080 h100-2", "1080 h100-1"]);
    expect(rig.stagesOf("chat-2").at(-1)).toBe("1080 Gone");
  });

  it("are there at time 0 when their window is open, and are no surplus in it", () => {
    const rig = rigWith({ scheduled: [{ nodes: 2, windows: [[0, 5000]] }] }).runTo(4000);
    expect(nodes(rig, "Allocatable")).toHaveLength(3);
    expect(nodes(rig, "Draining")).toEqual([]);
  });
});

import { describe, expect, it } from "vitest";
import { ClusterRig, clusterWith } from "../../../test/cluster-rig.ts";
import type { NodePoolConfig, PodLifecycleConfig } from "../config.ts";
import type { Slowdown } from "../slowdown.ts";

const SLOW: Slowdown = { part: "storage", deployment: -1, fromSeconds: 0, toSeconds: 1000, factor: 2 };
const image = { bytes: 100, bytesPerSecond: 10, unpackBytesPerSecond: 50 };
const weights = { source: "streaming", bytes: 100, bytesPerSecond: 10 } as const;

/** Two nodes of eight GPUs; the first of two replicas of 4 GPUs is there. */
function rigOf(
  lifecycle: Partial<PodLifecycleConfig>,
  slowdowns: readonly Slowdown[] = [],
  pool: Partial<NodePoolConfig> = {},
): ClusterRig {
  return new ClusterRig(clusterWith({ lifecycle, pool: { minNodes: 2, ...pool } }), { slowdowns }).start();
}

function partsOf(rig: ClusterRig, pod: string): readonly string[] {
  return rig.facts.flatMap((fact) =>
    fact.kind === "pod-start" && fact.pod === pod ? fact.parts.map(([seconds, part]) => `${seconds} ${part}`) : [],
  );
}

describe("bytes on their way", () => {
  it.each([
    { slow: [], up: 21, because: "nothing slows them" },
    { slow: [SLOW], up: 31, because: "they come at half their rate" },
    {
      slow: [{ ...SLOW, fromSeconds: 15, toSeconds: 23, factor: 4 }],
      up: 27,
      because: "40 bytes come before the window, 20 in it, 40 after",
    },
    { slow: [SLOW, { ...SLOW, toSeconds: 21 }], up: 36, because: "25 bytes come while both slow them, 75 at half the rate" },
    { slow: [{ ...SLOW, part: "network" as const }], up: 31, because: "they come over the network" },
    { slow: [SLOW, { ...SLOW, part: "network" as const }], up: 51, because: "both their store and the network are slow" },
    { slow: [{ ...SLOW, deployment: 1 }], up: 21, because: "it slows another deployment" },
  ])("of weights have come at $up s: $because", ({ slow, up }) => {
    const rig = rigOf({ weights }, slow).scale(10, 2).runTo(200);
    expect(partsOf(rig, "chat-1").slice(1, 3)).toEqual(["11 load", `${up} warmUp`]);
  });

  it("of weights on the node's own disk do not care for the network", () => {
    const local = { ...weights, source: "localDisk" as const };
    const rig = rigOf({ weights: local }, [{ ...SLOW, part: "network" }])
      .scale(10, 2)
      .runTo(200);
    expect(partsOf(rig, "chat-1").slice(1, 3)).toEqual(["11 load", "21 warmUp"]);
  });

  it("of an image are only those of its own layers where another image has brought the base", () => {
    const based = { ...image, base: { name: "engine", bytes: 70 } };
    const { nodePools, deployments } = clusterWith({ lifecycle: { image: based }, pool: { minNodes: 2 } });
    const [chat] = deployments as [(typeof deployments)[0]];
    const code = { ...chat, name: "code", replicas: 0 };
    const rig = new ClusterRig({ nodePools, deployments: [chat, code] }).start().scale(10, 1, 1).runTo(200);
    // the first node has the base from the beginning: 30 of 100 bytes come, and are unpacked
    expect(partsOf(rig, "code-0").slice(1, 4)).toEqual(["11 pull", "14 unpack", "14.6 load"]);
  });

  it("of a new revision of an image are only its own layers too", () => {
    const based = { ...image, base: { name: "engine", bytes: 70 } };
    const rig = rigOf({ image: based }, [], { maxNodes: 2 }).runTo(10);
    rig.cluster.beginUpdate(10, 0, { atSeconds: 10, deployment: "chat", maxSurge: { pods: 1 }, maxUnavailable: { pods: 0 }, isNewImage: true }); // biome-ignore format: one row
    rig.runTo(200);
    expect(partsOf(rig, "chat-1").slice(1, 4)).toEqual(["11 pull", "14 unpack", "14.6 load"]);
  });

  it("of an image are slowed, its unpacking is not", () => {
    const rig = rigOf({ image }, [{ ...SLOW, part: "network" }])
      .scale(10, 3)
      .runTo(200);
    expect(partsOf(rig, "chat-2").slice(1, 4)).toEqual(["11 pull", "31 unpack", "33 load"]);
  });

  it("are slowed by as much where they share their way", () => {
    const shared = { name: "models", bytesPerSecond: 10 };
    const rig = rigOf({ weights: { ...weights, shared }, pullSeconds: { kind: "constant", value: 0 } }, [SLOW])
      .scale(10, 3)
      .runTo(200);
    for (const pod of ["chat-1", "chat-2"]) expect(partsOf(rig, pod).slice(1, 3)).toEqual(["11 load", "51 warmUp"]);
  });

  it.each([
    { part: "image", lifecycle: { image }, last: "11 Pulling", atSeconds: 15 },
    { part: "weights", lifecycle: { weights }, last: "31 Loading", atSeconds: 35 },
  ])("of $part come no more to a node that has died, found out or not", ({ lifecycle, last, atSeconds }) => {
    const rig = rigOf(lifecycle).scale(10, 3).runTo(atSeconds);
    rig.cluster.loseNode(atSeconds, 1, 60);
    rig.runTo(400);
    expect(rig.stagesOf("chat-2").slice(-2)).toEqual([last, `${atSeconds + 60} Gone`]);
    expect(rig.cluster.readyReplicas(0)).toBe(3);
  });

  it("wake no replica whose other node has died unnoticed", () => {
    const pool = { gpusPerNode: 4, minNodes: 3, maxNodes: 3 };
    const deployment = { gpusPerReplica: 8, nodesPerReplica: 2 };
    const { nodePools, deployments } = clusterWith({ lifecycle: { image }, pool });
    const config = { nodePools, deployments: deployments.map((each) => ({ ...each, ...deployment })) };
    const rig = new ClusterRig(config).start().runTo(10);
    rig.cluster.drainNode(10, 0);
    // its second replica gets node 1, which has the image, and node 2, which has not, once the first has drained
    rig.runTo(45);
    rig.cluster.loseNode(45, 1, 60);
    rig.runTo(400);
    expect(rig.stagesOf("chat-1").slice(-2)).toEqual(["41 Pulling", "105 Gone"]);
  });

  it("of an image that is replaced begin anew", () => {
    const rig = rigOf({ image }, [], { maxNodes: 2 }).scale(10, 3).runTo(16);
    rig.cluster.beginUpdate(16, 0, {
      atSeconds: 16,
      deployment: "chat",
      maxSurge: { pods: 1 },
      maxUnavailable: { pods: 0 },
      isNewImage: true,
    });
    rig.runTo(60);
    // 50 of the old image's 100 bytes had come; the new one has all of its 100 to come
    expect(rig.stagesOf("chat-3")).toEqual(expect.arrayContaining(["17 Pulling", "28 Loading"]));
  });
});

import { describe, expect, it } from "vitest";
import { ClusterRig, clusterWith } from "../../test/cluster-rig.ts";
import type { ClusterConfig, PodLifecycleConfig } from "./config.ts";

const constant = (value: number) => ({ kind: "constant", value }) as const;

/** Two nodes of eight GPUs from the beginning, so that nobody waits for one; the first of two replicas of 4 GPUs is there. */
function rigOf(lifecycle: Partial<PodLifecycleConfig>, pool: Partial<ClusterConfig["nodePools"][number]> = {}): ClusterRig {
  return new ClusterRig(clusterWith({ lifecycle, pool: { minNodes: 2, ...pool } })).start();
}

/** Parts of a pod's start, as "seconds part". */
function partsOf(rig: ClusterRig, pod: string): readonly string[] {
  return rig.facts.flatMap((fact) =>
    fact.kind === "pod-start" && fact.pod === pod ? fact.parts.map(([seconds, part]) => `${seconds} ${part}`) : [],
  );
}

const pods = (rig: ClusterRig): readonly string[] => [
  ...new Set(rig.facts.flatMap((fact) => (fact.kind === "pod-stage" ? [fact.pod] : []))),
];

describe("a start", () => {
  it("is told part by part once requests can reach the pod", () => {
    const rig = rigOf({ containerSeconds: constant(5), compileSeconds: constant(7), captureSeconds: constant(3) })
      .scale(10, 3)
      .runTo(200);
    // the second pod fills the first node, where the image is; the third goes to the other one
    const [, second = "", third = ""] = pods(rig);
    expect(partsOf(rig, second)).toEqual([
      "10 bind",
      "11 container",
      "16 load",
      "46 compile",
      "53 capture",
      "56 warmUp",
      "65 endpoints",
      "67 routable",
    ]);
    expect(partsOf(rig, third).slice(0, 3)).toEqual(["10 bind", "11 pull", "31 container"]);
  });

  it("is told as far as it came when the pod goes before it is ready, or the run ends", () => {
    const rig = rigOf({}).scale(10, 3).scale(40, 2).runTo(45).finish(50);
    const [, second = "", third = ""] = pods(rig);
    expect(partsOf(rig, second)).toEqual(["10 bind", "11 load"]);
    expect(partsOf(rig, third)).toEqual(["10 bind", "11 pull", "31 load"]);
  });

  it("of a replica that is there from the beginning is not told", () => {
    const rig = rigOf({}).runTo(10).finish(20);
    expect(rig.facts.some(({ kind }) => kind === "pod-start")).toBe(false);
  });

  it("that is killed at its deadline begins again after a pause", () => {
    const rig = rigOf({ startDeadlineSeconds: 20, restartDelaySeconds: 5 }).scale(10, 2).runTo(40).finish(41);
    expect(partsOf(rig, pods(rig)[1] as string)).toEqual(["10 bind", "11 load", "31 restart", "36 load"]);
  });
});

describe("an image in bytes", () => {
  const image = { bytes: 100, bytesPerSecond: 10, unpackBytesPerSecond: 50 };

  it("is moved, then unpacked, once for a node", () => {
    const rig = rigOf({ image }, { minNodes: 1, maxNodes: 1 }).scale(10, 2).runTo(100);
    expect(partsOf(rig, pods(rig)[1] as string).slice(0, 2)).toEqual(["10 bind", "11 load"]);
    const other = rigOf({ image }).scale(10, 4).runTo(100);
    // two pods on the node without the image: one pull of 10 s and 2 s of unpacking
    for (const pod of pods(other).slice(2)) {
      expect(partsOf(other, pod).slice(0, 4)).toEqual(["10 bind", "11 pull", "21 unpack", "23 load"]);
    }
  });

  it("comes slower while the registry serves other nodes", () => {
    const shared = { name: "registry", bytesPerSecond: 10 };
    const rig = rigOf({ image: { ...image, shared } }, { minNodes: 3, maxNodes: 3 })
      .scale(10, 3)
      .scale(16, 5)
      .runTo(100);
    const [, , third = "", , fifth = ""] = pods(rig);
    // alone 11…17 s: 60 bytes; then half of the registry: 40 bytes by 25 s, when the other has 40 of its 100
    expect(partsOf(rig, third).slice(1, 4)).toEqual(["11 pull", "25 unpack", "27 load"]);
    expect(partsOf(rig, fifth).slice(1, 4)).toEqual(["17 pull", "31 unpack", "33 load"]);
  });
});

describe("weights in bytes", () => {
  it("come over a shared file system the slower, the more pods load", () => {
    const shared = { name: "models", bytesPerSecond: 10 };
    const weights = { source: "sharedFileSystem", bytes: 100, bytesPerSecond: 8, shared } as const;
    const alone = rigOf({ weights }).scale(10, 2).runTo(200);
    expect(partsOf(alone, pods(alone)[1] as string).slice(1, 3)).toEqual(["11 load", "23.5 warmUp"]);
    const rig = rigOf({ weights, pullSeconds: constant(0) })
      .scale(10, 3)
      .runTo(200);
    for (const pod of pods(rig).slice(1)) expect(partsOf(rig, pod).slice(1, 3)).toEqual(["11 load", "31 warmUp"]);
  });

  it("of an object store are downloaded first, once for a node, then read from its disk by all pods at once", () => {
    const weights = { source: "objectStore", bytes: 100, bytesPerSecond: 5, nodeCopyBytesPerSecond: 20 } as const;
    const rig = rigOf({ weights, pullSeconds: constant(0) })
      .scale(10, 2)
      .scale(20, 3)
      .scale(100, 4)
      .runTo(200);
    const [, second = "", third = "", fourth = ""] = pods(rig);
    // the node of time 0 has them
    expect(partsOf(rig, second).slice(1, 3)).toEqual(["11 load", "16 warmUp"]);
    expect(partsOf(rig, third).slice(1, 4)).toEqual(["21 download", "41 load", "46 warmUp"]);
    expect(partsOf(rig, fourth).slice(1, 3)).toEqual(["101 load", "106 warmUp"]);
  });

  it("that are streamed stay nowhere, and share the node's network", () => {
    const weights = { source: "streaming", bytes: 100, bytesPerSecond: 20 } as const;
    const rig = rigOf({ weights, pullSeconds: constant(0) }, { networkBytesPerSecond: 20 })
      .scale(10, 4)
      .runTo(200);
    const [, second = "", third = "", fourth = ""] = pods(rig);
    expect(partsOf(rig, second).slice(1, 3)).toEqual(["11 load", "16 warmUp"]);
    for (const pod of [third, fourth]) expect(partsOf(rig, pod).slice(1, 3)).toEqual(["11 load", "21 warmUp"]);
  });

  it("from the disk of the node are shared by the pods on it alone", () => {
    const weights = { source: "localDisk", bytes: 100, bytesPerSecond: 20 } as const;
    const rig = rigOf({ weights, pullSeconds: constant(0) })
      .scale(10, 4)
      .runTo(200);
    const [, second = "", third = "", fourth = ""] = pods(rig);
    expect(partsOf(rig, second).slice(1, 3)).toEqual(["11 load", "16 warmUp"]);
    for (const pod of [third, fourth]) expect(partsOf(rig, pod).slice(1, 3)).toEqual(["11 load", "21 warmUp"]);
  });

  it("leave their bandwidth to the others when the pod goes", () => {
    const shared = { name: "models", bytesPerSecond: 10 };
    const weights = { source: "streaming", bytes: 100, bytesPerSecond: 10, shared } as const;
    const rig = rigOf({ weights, pullSeconds: constant(0) })
      .scale(10, 3)
      .scale(21, 2)
      .runTo(200);
    // 50 bytes in 10 s of half the bandwidth, 50 in 5 s of all of it
    const left = pods(rig).filter((pod) => partsOf(rig, pod).some((part) => part.endsWith("routable")));
    expect(left.map((pod) => partsOf(rig, pod)[2])).toEqual(["26 warmUp"]);
  });

  it("are read again after a crash, in place", () => {
    const weights = { source: "streaming", bytes: 100, bytesPerSecond: 10 } as const;
    const rig = rigOf({ weights }).restart(50, 0).runTo(200);
    // 5 s until it starts again, 10 s of weights, 9 s of warm-up
    expect(rig.stagesOf(pods(rig)[0] as string)).toEqual(["0 Ready", "50 Interrupted", "74 Ready"]);
  });

  it("that do not come in time end in a restart that begins from the first byte", () => {
    const weights = { source: "streaming", bytes: 100, bytesPerSecond: 4 } as const;
    const rig = rigOf({ weights, startDeadlineSeconds: 20, restartDelaySeconds: 5 }).scale(10, 2).runTo(40).finish(41);
    expect(partsOf(rig, pods(rig)[1] as string)).toEqual(["10 bind", "11 load", "31 restart", "36 load"]);
  });
});

it("compiles faster on a node where a replica has compiled before, when that is kept", () => {
  const parts = { compileSeconds: constant(50), compileCachedSeconds: constant(10) };
  const rig = rigOf({ ...parts, pullSeconds: constant(0) })
    .scale(10, 3)
    .scale(200, 4)
    .runTo(400);
  const [, second = "", third = "", fourth = ""] = pods(rig);
  const compiling = (pod: string): number => {
    const of = (part: string): number => Number.parseFloat(partsOf(rig, pod).find((line) => line.endsWith(part)) ?? "");
    return of("warmUp") - of("compile");
  };
  expect([second, third, fourth].map(compiling)).toEqual([10, 50, 10]);
});

it("refuses one name for two bandwidths", () => {
  const image = { bytes: 1, bytesPerSecond: 1, shared: { name: "uplink", bytesPerSecond: 10 } };
  const weights = { source: "streaming", bytes: 1, bytesPerSecond: 1, shared: { name: "uplink", bytesPerSecond: 20 } } as const;
  expect(() => rigOf({ image, weights })).toThrow(
    expect.objectContaining({
      issues: [
        {
          code: "shared_bandwidths_differ",
          path: ["deployments", 0, "startup", "load", "shared", "bandwidth"],
          data: { name: "uplink", bytesPerSecond: 20, firstBytesPerSecond: 10 },
        },
      ],
    }),
  );
});

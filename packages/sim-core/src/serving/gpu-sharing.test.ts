import { describe, expect, it } from "vitest";
import { type Arrival, FAST, play, REFERENCE, type Workload } from "../../test/engine-rig.ts";
import type { EngineConfig } from "./config.ts";
import { DynamicBatchReplica } from "./disciplines/dynamic-batching.ts";
import { StaticBatchReplica } from "./disciplines/static-batching.ts";
import { GpuSharing } from "./gpu-sharing.ts";
import { createLatencyModel } from "./latency/model.ts";
import type { Replica, ReplicaSetup } from "./replica.ts";

const ENGINE: EngineConfig = {
  maxBatchedTokens: 64,
  maxSequences: 4,
  kvBlocks: 1000,
  blockTokens: 16,
  maxModelTokens: 400,
  warmUp: { factor: 1, requests: 1 },
};

const STAYS = Number.POSITIVE_INFINITY;
const arrival = (at: number, output: number): Arrival => ({ at, prompt: 8, output, patience: STAYS });

/** Every step takes one second when nobody else is busy. */
function workload(arrivals: readonly Arrival[], isGpuShared: boolean): Workload {
  const latency = createLatencyModel({
    kind: "linear",
    stepSeconds: 1,
    perPromptTokenSeconds: 0,
    perDecodeSequenceSeconds: 0,
    perContextTokenSeconds: 0,
    perPromptTokenContextSeconds: 0,
    requestOverheadSeconds: 0,
  });
  return { replicas: 2, engine: ENGINE, latency, arrivals, samples: [], horizon: 1e6, stopAt: STAYS, isGpuShared };
}

/** When the requests were done, by request. */
function ends(rows: readonly unknown[]): readonly number[] {
  const done = rows.filter((row): row is [string, number, number] => Array.isArray(row) && row[0] === "done");
  return [...done].sort((a, b) => a[1] - b[1]).map(([, , seconds]) => seconds);
}

const STATIC = (setup: ReplicaSetup): Replica =>
  new StaticBatchReplica(setup, { kind: "static", size: 1, maxWaitSeconds: 0, isStreamed: true });

describe("replicas that share a GPU", () => {
  it.each([
    { name: "fast", build: FAST },
    { name: "reference", build: REFERENCE },
    { name: "static", build: STATIC },
  ])("take turns while both are busy, and have it alone before and after ($name)", ({ build }) => {
    const arrivals = [arrival(0, 10), arrival(3.5, 4)];
    expect(ends(play(workload(arrivals, false), build))).toEqual([10, 7.5]);
    // The first runs alone for 4 steps (one is under way when the second comes); the second's 4 steps of 2 s end at 11.5. Of the
    // first, 4 steps of 2 s begin at 4, 6, 8, 10, and at 12 it is alone again for the last 2.
    expect(ends(play(workload(arrivals, true), build))).toEqual([14, 11.5]);
  });

  it("that begin at one instant do not slow each other's first step: what counts is who was busy before", () => {
    expect(ends(play(workload([arrival(0, 2), arrival(0, 2)], true), FAST))).toEqual([3, 3]);
  });

  it("keep a batch that is under way as it is", () => {
    const batching = {
      kind: "dynamic",
      maxBatchSize: 1,
      preferredSizes: [],
      maxQueueDelaySeconds: 0,
      instances: 1,
      maxQueueSize: STAYS,
      queueTimeoutSeconds: STAYS,
      timeoutAction: "reject",
    } as const;
    const build = (setup: ReplicaSetup): Replica => new DynamicBatchReplica(setup, batching);
    expect(ends(play(workload([arrival(0, 1), arrival(0.5, 1)], true), build))).toEqual([1, 2.5]);
  });
});

describe("the account of a shared GPU", () => {
  const replica = { gpuShareChanged: () => {} } as unknown as Replica;
  const fleet = { get: () => replica, reschedule: () => {} };
  const gpuOf = (index: number): number => (index < 2 ? 7 : -1);

  it("knows nobody of a replica that has its GPUs to itself", () => {
    expect(new GpuSharing(fleet, gpuOf).shareOf(2)).toBeUndefined();
  });

  it("counts others that were busy before an instant, and is the same after it was saved", () => {
    const sharing = new GpuSharing(fleet, gpuOf);
    sharing.changed(0, true, 5);
    sharing.changed(1, true, 8);
    const restored = new GpuSharing(fleet, gpuOf);
    restored.restore(sharing.save());
    for (const each of [sharing, restored]) {
      const [first, second] = [each.shareOf(0), each.shareOf(1)];
      expect([first?.others(8), second?.others(8)]).toEqual([0, 1]);
      expect([first?.others(8.1), second?.others(8.1), first?.changedSeconds]).toEqual([1, 1, 8]);
    }
  });

  it("knows whether another has been busy since a time", () => {
    const sharing = new GpuSharing(fleet, gpuOf);
    expect([sharing.wasShared(0, 0), sharing.wasShared(2, 0)]).toEqual([false, false]);
    sharing.changed(0, true, 5);
    expect([sharing.wasShared(0, 0), sharing.wasShared(1, 0)]).toEqual([false, true]);
    sharing.changed(0, false, 8);
    sharing.changed(1, true, 9);
    sharing.changed(1, false, 10);
    const restored = new GpuSharing(fleet, gpuOf);
    restored.restore(sharing.save());
    for (const each of [sharing, restored]) {
      expect([each.wasShared(1, 7.9), each.wasShared(1, 8), each.wasShared(0, 9.9), each.wasShared(0, 10)]).toEqual([
        true,
        false,
        true,
        false,
      ]);
    }
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ANY_FEATURES,
  byKind,
  CROWDED,
  FAST,
  MOST_FEATURES,
  NO_FEATURES,
  play,
  REFERENCE,
  ROOFLINE,
  TIED,
  type Workload,
  workloadsWith,
} from "../../test/engine-rig.ts";
import { BatchingEngine } from "./batching-engine.ts";
import { BatchingReplica } from "./batching-replica.ts";
import { createReplicaBuilder } from "./fleet.ts";
import { createLatencyModel } from "./latency/model.ts";
import type { Replica, ReplicaSample, ReplicaState } from "./replica.ts";

const workloads = workloadsWith(NO_FEATURES);
const anyWorkloads = workloadsWith(ANY_FEATURES);

describe("the fast-forwarding replica", () => {
  it("equals the step-by-step reference bit for bit: every stamp, gap, sample, step and preemption", () => {
    fc.assert(
      fc.property(workloads, (workload) => {
        expect(byKind(play(workload, FAST))).toEqual(byKind(play(workload, REFERENCE)));
      }),
      { numRuns: 400 },
    );
  });

  it("equals the reference on a GPU that it shares: a step takes as many times as long as replicas were busy before it began", () => {
    fc.assert(
      fc.property(anyWorkloads, (workload) => {
        const shared = { ...workload, isGpuShared: true };
        expect(byKind(play(shared, FAST))).toEqual(byKind(play(shared, REFERENCE)));
      }),
      { numRuns: 150 },
    );
  });

  it("equals the reference with prefix cache, priorities, chunk threshold and speculation, in any combination", () => {
    fc.assert(
      fc.property(anyWorkloads, (workload) => {
        expect(byKind(play(workload, FAST))).toEqual(byKind(play(workload, REFERENCE)));
      }),
      { numRuns: 400 },
    );
  });

  it("equals the reference where prompts of several chunks share text and push each other out by priority", () => {
    fc.assert(
      fc.property(workloadsWith(MOST_FEATURES, CROWDED), (workload) => {
        expect(byKind(play(workload, FAST))).toEqual(byKind(play(workload, REFERENCE)));
      }),
      { numRuns: 400 },
    );
  });

  it("equals the reference after a step in which a victim by priority had its blocks already", () => {
    const engine = {
      maxBatchedTokens: 17,
      maxSequences: 5,
      kvBlocks: 38,
      blockTokens: 1,
      maxModelTokens: 400,
      warmUp: { factor: 1, requests: 1 },
      prefixCaching: true,
      scheduling: "priority" as const,
      longPrefillTokenThreshold: 5,
    };
    const stays = { patience: Number.POSITIVE_INFINITY };
    // in the third step the first prompt has two more blocks when the fifth one lacks room: the third and the first have to go
    const arrivals = [
      { ...stays, at: 0, priority: 1, ids: [], prompt: 12, output: 1 },
      { ...stays, at: 0, priority: 0, ids: [0], prompt: 15, output: 1 },
      { ...stays, at: 0.001, priority: 1, ids: [0], prompt: 11, output: 2 },
      { ...stays, at: 0.001, priority: 0, ids: [0], prompt: 1, output: 2 },
      { ...stays, at: 0.001, priority: 0, ids: [1, 0], prompt: 10, output: 1 },
    ];
    const latency = createLatencyModel(ROOFLINE);
    const end = { samples: [0.9], horizon: 1, stopAt: Number.POSITIVE_INFINITY };
    const workload: Workload = { replicas: 1, engine, latency, arrivals, ...end };
    expect(byKind(play(workload, FAST))).toEqual(byKind(play(workload, REFERENCE)));
    expect(play(workload, FAST)).toContainEqual(["sample", 0, 0.9, expect.objectContaining({ preemptions: 2 })]);
  });

  it("leaves out a step that ends at the very end of the run, as a run ends before the instant it lasts until", () => {
    const engine = {
      maxBatchedTokens: 64,
      maxSequences: 4,
      kvBlocks: 90,
      blockTokens: 16,
      maxModelTokens: 400,
      warmUp: { factor: 1, requests: 1 },
    };
    const arrivals = [{ at: 0, prompt: 32, output: 50, patience: Number.POSITIVE_INFINITY }];
    const latency = createLatencyModel(TIED);
    // one request alone: its first token comes at 1 s, the others every 0.3125 s
    const workload: Workload = { replicas: 1, engine, latency, arrivals, samples: [], horizon: 3, stopAt: Number.POSITIVE_INFINITY };
    for (const horizon of [1 + 4 * 0.3125, 1 + 4.5 * 0.3125])
      expect(play({ ...workload, horizon }, FAST)).toEqual(play({ ...workload, horizon }, REFERENCE));
    expect(play({ ...workload, horizon: 1 + 4 * 0.3125 }, FAST).at(-1)).toBe(4);
  });

  it("exercises preemption, ties and time-outs in that comparison", () => {
    let preemptions = 0;
    let gone = 0;
    fc.assert(
      fc.property(workloads, (workload) => {
        const rows = play({ ...workload, samples: [29.9], horizon: 1e6 }, FAST).filter(Array.isArray) as [
          string,
          number,
          number,
          { preemptions: number },
        ][];
        preemptions += rows.filter(([kind]) => kind === "sample").reduce((sum, row) => sum + row[3].preemptions, 0);
        gone += rows.filter(([kind]) => kind === "gone").length;
      }),
      { numRuns: 100, seed: 7 },
    );
    expect(preemptions).toBeGreaterThan(100);
    expect(gone).toBeGreaterThan(100);
  });

  it("exercises hits, evictions, preemption by priority and chunks side by side in that comparison", () => {
    const seen = { hits: 0, queried: 0, preemptions: 0, withAll: 0 };
    fc.assert(
      fc.property(anyWorkloads, (workload) => {
        const { engine } = workload;
        const rows = play({ ...workload, samples: [29.9], stopAt: Number.POSITIVE_INFINITY, horizon: 1e6 }, FAST) as [
          string,
          number,
          number,
          ReplicaSample,
        ][];
        const samples = rows.filter((row) => Array.isArray(row) && row[0] === "sample").map((row) => row[3]);
        const preemptions = samples.reduce((sum, sample) => sum + sample.preemptions, 0);
        const hits = samples.reduce((sum, sample) => sum + sample.prefixHitTokens, 0);
        seen.hits += hits;
        seen.queried += samples.reduce((sum, sample) => sum + sample.prefixQueriedTokens, 0);
        if (engine.scheduling === "priority") seen.preemptions += preemptions;
        const isAllOn =
          engine.scheduling === "priority" && engine.speculative !== undefined && engine.longPrefillTokenThreshold !== undefined;
        if (isAllOn && hits > 0 && preemptions > 0) seen.withAll++;
      }),
      { numRuns: 200, seed: 7 },
    );
    expect(seen.preemptions).toBeGreaterThan(100);
    expect(seen.hits).toBeGreaterThan(0.05 * seen.queried);
    expect(seen.hits).toBeLessThan(0.9 * seen.queried);
    expect(seen.withAll).toBeGreaterThan(3);
  });

  it("continues identically after being saved and restored at any sample", () => {
    fc.assert(
      fc.property(anyWorkloads, (workload) => {
        const restored = play(workload, FAST, (replica, setup) => {
          const copy = new BatchingReplica(setup);
          copy.restore(structuredClone(replica.save()) as ReplicaState);
          return copy;
        });
        expect(restored).toEqual(play(workload, FAST));
      }),
      { numRuns: 200 },
    );
  });

  it("does the same beside others in its deployment's engine as alone, in a place that another one had before too", () => {
    fc.assert(
      fc.property(anyWorkloads, (workload) => {
        const build = createReplicaBuilder();
        const shared = play(workload, build, (replica, setup) => {
          const state = structuredClone(replica.save());
          replica.retire?.();
          const successor = build(setup);
          successor.restore(state);
          return successor;
        });
        expect(shared).toEqual(play(workload, FAST));
      }),
      { numRuns: 200 },
    );
  });

  it("starts clean in the place of a replica that is gone", () => {
    fc.assert(
      fc.property(anyWorkloads, (workload) => {
        const used: Replica[] = [];
        play(workload, (setup) => {
          const replica = FAST(setup);
          used.push(replica);
          return replica;
        });
        const shared = play(workload, (setup) => {
          const engine = new BatchingEngine(setup);
          const gone = new BatchingReplica(setup, engine);
          gone.restore((used[0] as Replica).save() as ReplicaState);
          gone.retire();
          return new BatchingReplica(setup, engine);
        });
        expect(shared).toEqual(play(workload, FAST));
      }),
      { numRuns: 100 },
    );
  });
});

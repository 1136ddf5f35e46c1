import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AFFINE_FUNCTION, BENT_FUNCTION, TABLE } from "../../../test/engine-rig.ts";
import { type Played, type PlayedWorkload, playReplica } from "../../../test/replica-player.ts";
import { SteppingDynamicReplica } from "../../../test/stepping-dynamic-replica.ts";
import { SteppingStaticReplica } from "../../../test/stepping-static-replica.ts";
import { SMALL_MODEL_LATENCY } from "../../testing.ts";
import { BatchingReplica } from "../batching-replica.ts";
import type { BatchingConfig, EngineConfig, LatencyConfig } from "../config.ts";
import { createLatencyModel } from "../latency/model.ts";
import { maxRequestTokens } from "../replica.ts";
import { DynamicBatchReplica } from "./dynamic-batching.ts";
import { StaticBatchReplica } from "./static-batching.ts";

type StaticConfig = Extract<BatchingConfig, { kind: "static" }>;
type DynamicConfig = Extract<BatchingConfig, { kind: "dynamic" }>;

/** Multiples of 1/64 s: many events at the same instant. */
const TIED: LatencyConfig = {
  kind: "linear",
  stepSeconds: 0.25,
  perPromptTokenSeconds: 0.0078125,
  perDecodeSequenceSeconds: 0.0625,
  perContextTokenSeconds: 0,
  perPromptTokenContextSeconds: 0,
  requestOverheadSeconds: 0.5,
};
const CURVE: Extract<LatencyConfig, { kind: "curve" }> = {
  kind: "curve",
  points: [
    [1, 0.25],
    [4, 0.5],
    [16, 1],
  ],
  requestOverheadSeconds: 0,
};

const latencies = fc.constantFrom(
  createLatencyModel(SMALL_MODEL_LATENCY),
  createLatencyModel({ ...SMALL_MODEL_LATENCY, requestOverheadSeconds: 0 }),
  createLatencyModel(TIED),
  createLatencyModel(CURVE),
  createLatencyModel({ ...CURVE, requestOverheadSeconds: 0.25 }),
  createLatencyModel(TABLE),
  createLatencyModel(AFFINE_FUNCTION),
  createLatencyModel(BENT_FUNCTION),
  { ...createLatencyModel(SMALL_MODEL_LATENCY), perContextTokenSeconds: undefined },
);

const staticConfigs: fc.Arbitrary<StaticConfig> = fc.record({
  kind: fc.constant("static" as const),
  size: fc.integer({ min: 1, max: 12 }),
  maxWaitSeconds: fc.constantFrom(0, 0.25, 0.5, 1.1, Number.POSITIVE_INFINITY),
  isStreamed: fc.boolean(),
});

const dynamicConfigs: fc.Arbitrary<DynamicConfig> = fc
  .record({
    maxBatchSize: fc.integer({ min: 1, max: 12 }),
    sizes: fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 3 }),
    maxQueueDelaySeconds: fc.constantFrom(0, 0, 0.25, 0.3, 1),
    instances: fc.integer({ min: 1, max: 3 }),
    maxQueueSize: fc.constantFrom(Number.POSITIVE_INFINITY, 1, 5),
    queueTimeoutSeconds: fc.constantFrom(Number.POSITIVE_INFINITY, 0.25, 0.5, 0.8),
    timeoutAction: fc.constantFrom("reject" as const, "delay" as const),
  })
  .map(({ sizes, ...rest }) => ({
    kind: "dynamic" as const,
    ...rest,
    preferredSizes: sizes.filter((size) => size <= rest.maxBatchSize).sort((a, b) => a - b),
  }));

function workloads<Config extends BatchingConfig>(configs: fc.Arbitrary<Config>): fc.Arbitrary<PlayedWorkload & { batching: Config }> {
  const times = fc.double({ min: 0, max: 12, noNaN: true });
  return fc
    .record({
      batching: configs,
      latency: latencies,
      kvBlocks: fc.integer({ min: 20, max: 120 }),
      blockTokens: fc.constantFrom(16, 8),
      warmUp: fc.constantFrom({ factor: 4, requests: 10 }, { factor: 1, requests: 1 }),
      requests: fc.array(
        fc.record({
          gap: fc.oneof(fc.constantFrom(0, 0, 0.25, 0.5), fc.double({ min: 0, max: 0.2, noNaN: true })),
          prompt: fc.integer({ min: 1, max: 150 }),
          output: fc.oneof(fc.constantFrom(1, 2), fc.integer({ min: 1, max: 60 })),
          patience: fc.oneof(
            { weight: 5, arbitrary: fc.constant(Number.POSITIVE_INFINITY) },
            { weight: 1, arbitrary: fc.constantFrom(0, 0.25, 0.5, 1.25) },
            { weight: 1, arbitrary: fc.double({ min: 0, max: 3, noNaN: true }) },
          ),
        }),
        { minLength: 1, maxLength: 60, size: "max" },
      ),
      samples: fc.array(
        fc.oneof(
          times,
          fc.integer({ min: 0, max: 48 }).map((n) => n / 4),
        ),
        { maxLength: 12 },
      ),
      stopAt: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), times, fc.constantFrom(2, 2.5)),
      horizon: fc.oneof(
        fc.constant(1e6),
        times,
        fc.integer({ min: 16, max: 160 }).map((n) => n / 16),
      ),
    })
    .map(({ requests, kvBlocks, blockTokens, warmUp, ...rest }) => {
      const engine: EngineConfig = { maxBatchedTokens: 4000, maxSequences: 12, kvBlocks, blockTokens, maxModelTokens: 200, warmUp };
      const limit = maxRequestTokens(engine);
      let at = 0;
      const arrivals = requests.map(({ gap, prompt, output, patience }) => {
        at += gap;
        const fitting = Math.min(prompt, limit - 1);
        return { at, prompt: fitting, output: Math.max(1, Math.min(output, limit - fitting)), patience };
      });
      return { ...rest, engine, arrivals, samples: [...rest.samples].sort((a, b) => a - b) };
    });
}

/** Gaps are sums of differences in one and differences of sums in the other: their last bits may differ, nothing else may. */
function expectEqual(found: Played, wanted: Played): void {
  const { gaps, ...rest } = found;
  const { gaps: wantedGaps, ...wantedRest } = wanted;
  expect(rest).toEqual(wantedRest);
  expect(gaps.map(([, sequences]) => sequences)).toEqual(wantedGaps.map(([, sequences]) => sequences));
  for (const [i, [seconds]] of gaps.entries()) expect(seconds).toBeCloseTo(wantedGaps[i]?.[0] as number, 9);
}

describe("static batching", () => {
  it("equals its step-by-step reference bit for bit: every stamp, sample, step and busy time", () => {
    fc.assert(
      fc.property(workloads(staticConfigs), ({ batching, ...workload }) => {
        const fast = playReplica(workload, (setup) => new StaticBatchReplica(setup, batching));
        expectEqual(
          fast,
          playReplica(workload, (setup) => new SteppingStaticReplica(setup, batching)),
        );
      }),
      { numRuns: 400 },
    );
  });

  it("continues identically after being saved and restored at any sample", () => {
    fc.assert(
      fc.property(workloads(staticConfigs), ({ batching, ...workload }) => {
        const build = (setup: ConstructorParameters<typeof StaticBatchReplica>[0]) => new StaticBatchReplica(setup, batching);
        const restored = playReplica(workload, build, (replica, setup) => {
          const copy = build(setup);
          copy.restore(structuredClone(replica.save()));
          return copy;
        });
        expect(restored).toEqual(playReplica(workload, build));
      }),
      { numRuns: 100 },
    );
  });

  it("of size 1 is continuous batching with one sequence, as long as nobody leaves", () => {
    const single: StaticConfig = { kind: "static", size: 1, maxWaitSeconds: 0, isStreamed: true };
    fc.assert(
      fc.property(workloads(fc.constant(single)), ({ batching, engine, arrivals, ...rest }) => {
        const patient = { ...rest, arrivals: arrivals.map((arrival) => ({ ...arrival, patience: Number.POSITIVE_INFINITY })) };
        const one = playReplica({ ...patient, engine }, (setup) => new StaticBatchReplica(setup, batching));
        const continuous = playReplica(
          { ...patient, engine: { ...engine, maxSequences: 1 } },
          (setup) => new BatchingReplica({ ...setup, engine: { ...engine, maxSequences: 1 } }),
        );
        expectEqual({ ...one, samples: [] }, { ...continuous, samples: [] });
      }),
      { numRuns: 200 },
    );
  });
});

describe("dynamic batching", () => {
  it("equals a reference that walks the queue request by request, bit for bit", () => {
    fc.assert(
      fc.property(workloads(dynamicConfigs), ({ batching, ...workload }) => {
        const fast = playReplica(workload, (setup) => new DynamicBatchReplica(setup, batching));
        expectEqual(
          fast,
          playReplica(workload, (setup) => new SteppingDynamicReplica(setup, batching)),
        );
      }),
      { numRuns: 500 },
    );
  });

  it("exercises rejections, departures and full batches in that comparison", () => {
    const seen: Record<string, number> = {};
    fc.assert(
      fc.property(workloads(dynamicConfigs), ({ batching, ...workload }) => {
        const { requests } = playReplica({ ...workload, horizon: 1e6 }, (setup) => new DynamicBatchReplica(setup, batching));
        for (const [kind] of requests) seen[kind as string] = (seen[kind as string] ?? 0) + 1;
      }),
      { numRuns: 130, seed: 5 },
    );
    for (const kind of ["first", "done", "gone", "rejected", "cut"]) expect(seen[kind], kind).toBeGreaterThan(50);
  });

  it("continues identically after being saved and restored at any sample", () => {
    fc.assert(
      fc.property(workloads(dynamicConfigs), ({ batching, ...workload }) => {
        const build = (setup: ConstructorParameters<typeof DynamicBatchReplica>[0]) => new DynamicBatchReplica(setup, batching);
        const restored = playReplica(workload, build, (replica, setup) => {
          const copy = build(setup);
          copy.restore(structuredClone(replica.save()));
          return copy;
        });
        expect(restored).toEqual(playReplica(workload, build));
      }),
      { numRuns: 100 },
    );
  });
});

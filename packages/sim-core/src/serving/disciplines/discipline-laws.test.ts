import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AFFINE_FUNCTION, ROOFLINE, secondsUpTo, slowedLatency, TABLE, TIED } from "../../../test/engine-rig.ts";
import { type Played, type PlayedArrival, type PlayedWorkload, playReplica } from "../../../test/replica-player.ts";
import type { BatchingConfig, EngineConfig, LatencyConfig } from "../config.ts";
import { createLatencyModel } from "../latency/model.ts";
import type { ReplicaSetup } from "../replica.ts";
import { DynamicBatchReplica } from "./dynamic-batching.ts";
import { StaticBatchReplica } from "./static-batching.ts";

const NEVER = Number.POSITIVE_INFINITY;
const ENGINE: EngineConfig = {
  maxBatchedTokens: 4000,
  maxSequences: 12,
  kvBlocks: 60,
  blockTokens: 8,
  maxModelTokens: 200,
  warmUp: { factor: 4, requests: 10 },
};
const CURVE: LatencyConfig = {
  kind: "curve",
  points: [
    [1, 0.25],
    [4, 0.5],
    [16, 1],
  ],
  requestOverheadSeconds: 0.125,
};
const latencies = fc.constantFrom<LatencyConfig>(ROOFLINE, TIED, TABLE, AFFINE_FUNCTION, CURVE);

const statics: fc.Arbitrary<BatchingConfig> = fc.record({
  kind: fc.constant("static" as const),
  size: fc.integer({ min: 1, max: 12 }),
  maxWaitSeconds: fc.constantFrom(0, 0.25, 1.1, NEVER),
  isStreamed: fc.boolean(),
});
const singles: fc.Arbitrary<BatchingConfig> = fc.constant({ kind: "static", size: 1, maxWaitSeconds: 0, isStreamed: true });
const dynamics: fc.Arbitrary<BatchingConfig> = fc
  .record({
    maxBatchSize: fc.integer({ min: 1, max: 12 }),
    sizes: fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 3 }),
    maxQueueDelaySeconds: fc.constantFrom(0, 0.25, 0.3, 1),
    instances: fc.integer({ min: 1, max: 3 }),
    maxQueueSize: fc.constantFrom(NEVER, 5),
    queueTimeoutSeconds: fc.constantFrom(NEVER, 0.5, 0.8),
    timeoutAction: fc.constantFrom("reject" as const, "delay" as const),
  })
  .map(({ sizes, ...rest }) => ({
    kind: "dynamic" as const,
    ...rest,
    preferredSizes: sizes.filter((size) => size <= rest.maxBatchSize).sort((a, b) => a - b),
  }));

const arrivals: fc.Arbitrary<readonly PlayedArrival[]> = fc
  .array(
    fc.record({
      gap: fc.oneof(fc.constantFrom(0, 0, 0.25), secondsUpTo(0.2)),
      prompt: fc.integer({ min: 1, max: 120 }),
      output: fc.integer({ min: 1, max: 60 }),
      patience: fc.oneof({ weight: 5, arbitrary: fc.constant(NEVER) }, { weight: 1, arbitrary: secondsUpTo(3) }),
    }),
    { minLength: 1, maxLength: 50, size: "max" },
  )
  .map((all) => {
    let at = 0;
    return all.map(({ gap, ...request }) => {
      at += gap;
      return { ...request, at };
    });
  });

const build = (batching: BatchingConfig) => (setup: ReplicaSetup) =>
  batching.kind === "static" ? new StaticBatchReplica(setup, batching) : new DynamicBatchReplica(setup, batching);

function playAll(batching: BatchingConfig, latency: LatencyConfig, some: Partial<PlayedWorkload>): Played {
  const workload = { engine: ENGINE, latency: createLatencyModel(latency), arrivals: [], samples: [], horizon: NEVER, stopAt: NEVER };
  return playReplica({ ...workload, ...some }, build(batching));
}

/** Every duration that the discipline itself knows. */
function slowedBatching(batching: BatchingConfig, by: number): BatchingConfig {
  if (batching.kind === "static") return { ...batching, maxWaitSeconds: batching.maxWaitSeconds * by };
  const { maxQueueDelaySeconds, queueTimeoutSeconds } = batching;
  return { ...batching, maxQueueDelaySeconds: maxQueueDelaySeconds * by, queueTimeoutSeconds: queueTimeoutSeconds * by };
}

const ENDS: readonly unknown[] = ["done", "gone", "rejected", "cut"];
const endsOf = ({ requests }: Played): ReadonlyMap<number, number> =>
  new Map(requests.filter(([kind]) => ENDS.includes(kind)).map(([, id, time]) => [id as number, time as number]));

describe.each([
  { discipline: "static batches", configs: statics },
  { discipline: "single requests", configs: singles },
  { discipline: "dynamic batches", configs: dynamics },
])("$discipline", ({ configs }) => {
  it.each([2, 0.5])("scale every stamp by %d, to the bit, when step times, overheads, waits and arrivals are", (by) => {
    fc.assert(
      fc.property(configs, latencies, arrivals, (batching, latency, all) => {
        const slow = all.map((arrival) => ({ ...arrival, at: arrival.at * by, patience: arrival.patience * by }));
        const before = playAll(batching, latency, { arrivals: all });
        const after = playAll(slowedBatching(batching, by), slowedLatency(latency, by), { arrivals: slow });
        // powers of two scale sums, products and the fourth roots of the roofline exactly
        expect(after).toEqual({
          requests: before.requests.map(([kind, id, time, first, admit, ...tokens]) =>
            [kind, id, (time as number) * by].concat(kind === "first" ? [] : [(first as number) * by, (admit as number) * by, ...tokens]),
          ),
          busy: before.busy.map(([time, isBusy]) => [time * by, isBusy]),
          samples: [],
          gaps: before.gaps.map(([seconds, sequences]) => [seconds * by, sequences]),
          steps: before.steps,
        });
      }),
      { numRuns: 120 },
    );
  });

  it("obey Little's law: what they say they hold at any time is who has come and not gone, so its mean is rate × stay", () => {
    const times = fc.array(secondsUpTo(20), { minLength: 10, maxLength: 10 });
    fc.assert(
      fc.property(configs, latencies, arrivals, times, (batching, latency, all, unsorted) => {
        const samples = [...unsorted].sort((a, b) => a - b);
        const played = playAll(batching, latency, { arrivals: all, samples });
        const ends = endsOf(played);
        const isIn = (at: number, id: number, arrivedAt: number): boolean => arrivedAt <= at && !((ends.get(id) ?? NEVER) <= at);
        const present = samples.map((at) => all.filter((arrival, id) => isIn(at, id, arrival.at)).length);
        expect(played.samples.map((row) => row[6])).toEqual(present);
      }),
      { numRuns: 120 },
    );
  });

  it("let no request end later on a faster GPU with as many KV blocks, when all are there from the start", () => {
    fc.assert(
      fc.property(configs, latencies, arrivals, fc.double({ min: 0.2, max: 0.99, noNaN: true }), (drawn, latency, all, faster) => {
        const unbounded = { maxQueueSize: NEVER, queueTimeoutSeconds: NEVER };
        // a queue delay is a clock of its own: with it a faster GPU can find a smaller batch ready, and the rest waits
        const atOnce = drawn.kind === "dynamic" ? { maxQueueDelaySeconds: 0 } : {};
        const batching = drawn.kind === "static" ? drawn : { ...drawn, ...unbounded, ...atOnce };
        const together = all.map((arrival) => ({ ...arrival, at: 0, patience: NEVER }));
        const slow = endsOf(playAll(batching, latency, { arrivals: together }));
        const fast = endsOf(playAll(batching, slowedLatency(latency, faster), { arrivals: together }));
        for (const [id, seconds] of slow) expect(fast.get(id)).toBeLessThanOrEqual(seconds + 1e-9);
        expect([...fast.keys()].sort()).toEqual([...slow.keys()].sort());
      }),
      { numRuns: 120 },
    );
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  AFFINE_FUNCTION,
  ANY_FEATURES,
  type Arrival,
  BENT_FUNCTION,
  FAST,
  FREE_ENTRY,
  play,
  ROOFLINE,
  secondsUpTo,
  slowedLatency,
  TABLE,
  TIED,
  type Workload,
  workloadsWith,
} from "../../test/engine-rig.ts";
import type { EngineConfig, LatencyConfig } from "./config.ts";
import { createEngineLatency } from "./latency/model.ts";

const STAYS = Number.POSITIVE_INFINITY;
const ROOMY: EngineConfig = {
  maxBatchedTokens: 256,
  maxSequences: 16,
  kvBlocks: 1000,
  blockTokens: 16,
  maxModelTokens: 4096,
  warmUp: { factor: 1, requests: 1 },
};

function workloadOf(arrivals: readonly Arrival[], latency: LatencyConfig, engine: Partial<EngineConfig> = {}, unitTokens = 32): Workload {
  const horizon = Number.POSITIVE_INFINITY;
  return {
    replicas: 1,
    engine: { ...ROOMY, ...engine },
    latency: createEngineLatency({ latency, engine: { ...ROOMY, ...engine } }),
    arrivals,
    samples: [],
    horizon,
    stopAt: horizon,
    unitTokens,
  };
}

const ENDS: readonly string[] = ["done", "gone", "rejected"];

type Row = readonly [kind: string, id: number, ...values: number[]];

/** Rows of one kind, by request. */
function rowsOf(workload: Workload, kind: string): ReadonlyMap<number, readonly number[]> {
  const rows = (play(workload, FAST) as Row[]).filter((row) => Array.isArray(row) && row[0] === kind);
  return new Map(rows.map(([, id, ...values]) => [id, values]));
}

const requests = fc.array(
  fc.record({
    at: secondsUpTo(5),
    prompt: fc.integer({ min: 1, max: 400 }),
    output: fc.integer({ min: 1, max: 120 }),
  }),
  { minLength: 1, maxLength: 40 },
);
const inOrder = (all: readonly { at: number; prompt: number; output: number }[]): readonly Arrival[] =>
  [...all].sort((a, b) => a.at - b.at).map((request) => ({ ...request, patience: STAYS }));

const latencies = fc.constantFrom<LatencyConfig>(ROOFLINE, TIED, TABLE, AFFINE_FUNCTION, BENT_FUNCTION);

function drafting(engine: EngineConfig, by: number): EngineConfig {
  const { speculative } = engine;
  return speculative === undefined
    ? engine
    : { ...engine, speculative: { ...speculative, draftOverheadSeconds: speculative.draftOverheadSeconds * by } };
}

describe("laws of the engine", () => {
  it.each([2, 0.5, 4])("scales every stamp by %d, to the bit, when step times, overheads and arrivals are", (by) => {
    fc.assert(
      fc.property(workloadsWith(ANY_FEATURES), latencies, requests, ({ engine }, latency, all) => {
        const limit = Math.min(engine.kvBlocks * engine.blockTokens, engine.maxModelTokens);
        const fitting = inOrder(all)
          .filter(({ prompt, output }) => prompt + output <= limit)
          .map((arrival, i) => ({ ...arrival, priority: i % 3, ids: [i % 2, i % 4], stepTokens: 1024 + 300 * (i % 5) }));
        const slow = fitting.map((arrival) => ({ ...arrival, at: arrival.at * by }));
        const before = rowsOf(workloadOf(fitting, latency, engine), "done");
        const after = rowsOf(workloadOf(slow, slowedLatency(latency, by), drafting(engine, by)), "done");
        // powers of two scale sums, products and the fourth roots of the roofline exactly
        expect(after).toEqual(new Map([...before].map(([id, values]) => [id, values.map((value) => value * by)])));
      }),
      { numRuns: 60 },
    );
  });

  it("obeys Little's law: what it says it holds, averaged over time, is the sum of all stays over the time", () => {
    fc.assert(
      fc.property(requests, fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 20, maxLength: 20 }), (all, shares) => {
        const arrivals = inOrder(all);
        const workload = workloadOf(arrivals, FREE_ENTRY);
        const done = rowsOf(workload, "done");
        const end = Math.max(...[...done.values()].map(([seconds]) => seconds as number));
        const changes = [
          ...arrivals.map(({ at }) => [at, 1] as const),
          ...[...done.values()].map(([seconds]) => [seconds as number, -1] as const),
        ].sort((a, b) => a[0] - b[0]);
        // by its own count at any time, and so at all times
        const samples = shares.map((share) => share * end).sort((a, b) => a - b);
        const held = (play({ ...workload, samples }, FAST) as [string, number, number, { running: number; waiting: number }][])
          .filter((row) => row[0] === "sample")
          .map(([, , , { running, waiting }]) => running + waiting);
        expect(held).toEqual(samples.map((at) => changes.filter(([time]) => time <= at).reduce((sum, [, by]) => sum + by, 0)));
        let inSystem = 0;
        let area = 0;
        changes.forEach(([at, by], i) => {
          inSystem += by;
          area += inSystem * ((changes[i + 1]?.[0] ?? end) - at);
        });
        const stays = arrivals.reduce((sum, { at }, id) => sum + ((done.get(id)?.[0] as number) - at), 0);
        expect(area / end).toBeCloseTo(stays / end, 9);
      }),
      { numRuns: 60 },
    );
  });

  it("obeys Little's law with every feature, over any replicas, clients that leave and a replica that is cut off", () => {
    fc.assert(
      fc.property(workloadsWith(ANY_FEATURES), (drawn) => {
        // what is spent before the scheduler is in none of its gauges
        const workload = { ...drawn, horizon: STAYS, latency: { ...drawn.latency, requestOverheadSeconds: 0 } };
        const rows = (play(workload, FAST) as Row[]).filter((row) => Array.isArray(row));
        const ends = new Map(rows.filter(([kind]) => ENDS.includes(kind)).map(([, id, time]) => [id, time as number]));
        const cut = new Set(rows.filter(([kind]) => kind === "cut").map(([, id]) => id));
        const endOf = (id: number): number => (cut.has(id) ? workload.stopAt : (ends.get(id) ?? STAYS));
        const { samples, arrivals } = workload;
        const present = samples.map((at) => arrivals.filter((arrival, id) => arrival.at <= at && !(endOf(id) <= at)).length);
        const told = rows.filter(([kind]) => kind === "sample") as unknown as [
          string,
          number,
          number,
          { running: number; waiting: number },
        ][];
        const held = samples.map((_, i) =>
          told
            .slice(i * workload.replicas, (i + 1) * workload.replicas)
            .reduce((sum, [, , , { running, waiting }]) => sum + running + waiting, 0),
        );
        expect(held).toEqual(present);
      }),
      { numRuns: 100 },
    );
  });

  it("lets no request end later on a faster GPU with as many KV blocks, when all are there from the start", () => {
    fc.assert(
      fc.property(
        requests,
        latencies,
        fc.integer({ min: 1, max: 24 }),
        fc.double({ min: 0.2, max: 0.99, noNaN: true }),
        (all, latency, maxSequences, faster) => {
          const arrivals = all.map((request) => ({ ...request, at: 0, patience: STAYS }));
          const engine = { maxSequences, kvBlocks: 60 };
          const slow = rowsOf(workloadOf(arrivals, latency, engine), "done");
          const fast = rowsOf(workloadOf(arrivals, slowedLatency(latency, faster), engine), "done");
          for (const [id, [seconds]] of slow)
            expect((fast.get(id) as readonly number[])[0]).toBeLessThanOrEqual((seconds as number) + 1e-12);
          expect(fast.size).toBe(all.length);
        },
      ),
      { numRuns: 60 },
    );
  });
});

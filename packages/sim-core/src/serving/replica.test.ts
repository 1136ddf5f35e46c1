import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BatchingReplica } from "./batching-replica.ts";
import type { EngineConfig, LatencyConfig } from "./config.ts";
import { createLatencyModel, type LatencyModel } from "./latency/model.ts";
import {
  createReplicaSample,
  maxRequestTokens,
  type Replica,
  type ReplicaListener,
  type ReplicaSetup,
  type ReplicaState,
} from "./replica.ts";
import { RequestTable } from "./request-table.ts";
import { SteppingReplica } from "./stepping-replica.ts";
import { warmUpFactors } from "./warm-up.ts";

type Build = (setup: ReplicaSetup) => Replica;
const FAST: Build = (setup) => new BatchingReplica(setup);
const REFERENCE: Build = (setup) => new SteppingReplica(setup);

interface Arrival {
  readonly at: number;
  readonly prompt: number;
  readonly output: number;
  /** Seconds after arrival at which the client leaves; Infinity: stays. */
  readonly patience: number;
}

interface Workload {
  readonly replicas: number;
  readonly engine: EngineConfig;
  readonly latency: LatencyModel;
  readonly arrivals: readonly Arrival[];
  /** Times at which the state is looked at. */
  readonly samples: readonly number[];
  readonly horizon: number;
  /** Time at which replica 0 is cut off; Infinity: never. */
  readonly stopAt: number;
}

/** A tiny fleet: least requests, lowest index on ties; clients leave; the state is sampled. Everything seen, in order. */
function play(workload: Workload, build: Build, through?: (replica: Replica, setup: ReplicaSetup) => Replica): unknown[] {
  const table = new RequestTable();
  const seen: unknown[] = [];
  const listener: ReplicaListener = {
    firstToken: (slot, time) => seen.push(["first", table.requestId[slot], time]),
    completed: (slot, time) => {
      seen.push(["done", table.requestId[slot], time, table.firstTokenSeconds[slot], table.admitSeconds[slot]]);
      leave.delete(table.requestId[slot] as number);
      table.release(slot);
    },
    released: (slot, time) => {
      seen.push(["gone", table.requestId[slot], time]);
      table.release(slot);
    },
    rejected: (slot, time) => seen.push(["rejected", table.requestId[slot], time]),
    gaps: (...gaps) => seen.push(["gaps", ...gaps]),
    busy: (...busy) => seen.push(["busy", ...busy]),
  };
  const factors = warmUpFactors(workload.engine.warmUp.factor, workload.engine.warmUp.requests);
  const setups = Array.from(
    { length: workload.replicas },
    (_, index): ReplicaSetup => ({
      index,
      table,
      latency: workload.latency,
      engine: workload.engine,
      listener,
      warmUpFactors: factors,
      admittedBefore: 0,
    }),
  );
  const replicas = setups.map(build);
  const leave = new Map<number, { at: number; slot: number }>();
  const arrivals = [...workload.arrivals];
  const samples = [...workload.samples];
  const sample = createReplicaSample();
  let nextId = 0;
  let stopped = false;
  let events = 0;
  for (;;) {
    const next = replicas.reduce((a, b) =>
      b.nextSeconds < a.nextSeconds || (b.nextSeconds === a.nextSeconds && b.nextPriority < a.nextPriority) ? b : a,
    );
    const [leaving] = [...leave.entries()].sort((a, b) => a[1].at - b[1].at || a[0] - b[0]);
    const candidates = [
      { at: next.nextSeconds, priority: next.nextPriority },
      { at: stopped ? Number.POSITIVE_INFINITY : workload.stopAt, priority: 1 },
      { at: arrivals[0]?.at ?? Number.POSITIVE_INFINITY, priority: 2 },
      { at: leaving?.[1].at ?? Number.POSITIVE_INFINITY, priority: 2.5 },
      { at: samples[0] ?? Number.POSITIVE_INFINITY, priority: 4 },
    ].sort((a, b) => a.at - b.at || a.priority - b.priority);
    const { at, priority } = candidates[0] as { at: number; priority: number };
    if (at >= workload.horizon || ++events > 3_000_000) break;
    if (priority === 0 || priority === 3) next.onEvent();
    else if (priority === 1) {
      stopped = true;
      (replicas[0] as Replica).stop(at, (slot) => {
        seen.push(["cut", table.requestId[slot], table.emittedTokens[slot]]);
        leave.delete(table.requestId[slot] as number);
        table.release(slot);
      });
    } else if (priority === 2) {
      const arrival = arrivals.shift() as Arrival;
      const slot = table.take();
      table.requestId[slot] = nextId++;
      table.promptTokens[slot] = arrival.prompt;
      table.outputTokens[slot] = arrival.output;
      const target = replicas.reduce((a, b) => (b.inFlight < a.inFlight ? b : a));
      table.replica[slot] = replicas.indexOf(target);
      target.enqueue(slot, at);
      if (Number.isFinite(arrival.patience)) leave.set(nextId - 1, { at: at + arrival.patience, slot });
    } else if (priority === 2.5) {
      const [id, { slot }] = leaving as [number, { at: number; slot: number }];
      leave.delete(id);
      (replicas[table.replica[slot] as number] as Replica).abort(slot, at);
    } else {
      samples.shift();
      replicas.forEach((replica, i) => {
        replica.sample(at, sample);
        seen.push(["sample", i, at, { ...sample }]);
        if (through !== undefined) replicas[i] = through(replica, setups[i] as ReplicaSetup);
      });
    }
  }
  for (const replica of replicas) replica.flush(workload.horizon);
  return [...seen, ...replicas.map((replica) => replica.steps)];
}

/** Gaps of one replica that hold before an event may be reported in another interleaving among replicas: order by replica. */
const ROOFLINE: LatencyConfig = {
  kind: "roofline",
  stepOverheadSeconds: 0.001327,
  perTokenComputeSeconds: 2.255e-5,
  weightReadSeconds: 0.005453,
  expertReadSeconds: 0,
  perDecodeSequenceSeconds: 1.079e-5,
  perContextTokenSeconds: 4.891e-8,
  perPromptTokenContextSeconds: 1.06e-9,
  requestOverheadSeconds: 0.01401,
};
/** Whole milliseconds: many events at the same instant. */
const TIED: LatencyConfig = {
  kind: "linear",
  stepSeconds: 0.25,
  perPromptTokenSeconds: 0.0078125,
  perDecodeSequenceSeconds: 0.0625,
  perContextTokenSeconds: 0,
  perPromptTokenContextSeconds: 0,
  requestOverheadSeconds: 0.5,
};
const FREE_ENTRY: LatencyConfig = { ...ROOFLINE, requestOverheadSeconds: 0 };

const latencies = fc.constantFrom(createLatencyModel(ROOFLINE), createLatencyModel(TIED), createLatencyModel(FREE_ENTRY), {
  ...createLatencyModel(ROOFLINE),
  perContextTokenSeconds: undefined,
});

const workloads = fc
  .record({
    latency: latencies,
    replicas: fc.integer({ min: 1, max: 3 }),
    maxSequences: fc.integer({ min: 1, max: 24 }),
    extraBudget: fc.integer({ min: 0, max: 300 }),
    kvBlocks: fc.integer({ min: 10, max: 90 }),
    blockTokens: fc.constantFrom(16, 8, 1),
    // without warm-up the tied latency stays on its grid
    warmUp: fc.constantFrom({ factor: 4, requests: 10 }, { factor: 1, requests: 1 }),
    requests: fc.array(
      fc.record({
        gap: fc.oneof(fc.constantFrom(0, 0, 0.25, 0.5), fc.double({ min: 0, max: 0.2, noNaN: true })),
        prompt: fc.integer({ min: 1, max: 250 }),
        output: fc.oneof(fc.constantFrom(1, 2), fc.integer({ min: 1, max: 200 })),
        patience: fc.oneof(
          { weight: 5, arbitrary: fc.constant(Number.POSITIVE_INFINITY) },
          { weight: 1, arbitrary: fc.constantFrom(0, 0.5, 1.25) },
          { weight: 1, arbitrary: fc.double({ min: 0, max: 3, noNaN: true }) },
        ),
      }),
      { minLength: 1, maxLength: 80, size: "max" },
    ),
    samples: fc.array(fc.double({ min: 0, max: 30, noNaN: true }), { maxLength: 12 }),
    stopAt: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.double({ min: 0, max: 10, noNaN: true }), fc.constantFrom(2, 2.5)),
    horizon: fc.oneof(
      fc.constant(1e6),
      fc.double({ min: 1, max: 20, noNaN: true }),
      fc.integer({ min: 16, max: 160 }).map((n) => n / 16),
    ),
  })
  .map(({ requests, maxSequences, extraBudget, kvBlocks, blockTokens, warmUp, latency, ...rest }): Workload => {
    const engine: EngineConfig = {
      maxBatchedTokens: maxSequences + extraBudget,
      maxSequences,
      kvBlocks,
      blockTokens,
      maxModelTokens: 400,
      warmUp,
    };
    const limit = maxRequestTokens(engine);
    let at = 0;
    const arrivals = requests.map(({ gap, prompt, output, patience }) => {
      at += gap;
      const fitting = Math.min(prompt, limit - 1);
      return { at, prompt: fitting, output: Math.max(1, Math.min(output, limit - fitting)), patience };
    });
    return { ...rest, latency, engine, arrivals, samples: [...rest.samples].sort((a, b) => a - b) };
  });

/** What each replica reports, in its own order, and what happens to each request. Between replicas only times order. */
const byKind = (seen: unknown[]): unknown => {
  const rows = seen.filter(Array.isArray) as unknown[][];
  return {
    requests: rows.filter(([kind]) => kind === "first" || kind === "done" || kind === "gone" || kind === "cut"),
    gaps: rows.filter(([kind]) => kind === "gaps"),
    busy: rows.filter(([kind]) => kind === "busy"),
    samples: rows.filter(([kind]) => kind === "sample"),
    steps: seen.filter((row) => !Array.isArray(row)),
  };
};

describe("the fast-forwarding replica", () => {
  it("equals the step-by-step reference bit for bit: every stamp, gap, sample, step and preemption", () => {
    fc.assert(
      fc.property(workloads, (workload) => {
        expect(byKind(play(workload, FAST))).toEqual(byKind(play(workload, REFERENCE)));
      }),
      { numRuns: 400 },
    );
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

  it("continues identically after being saved and restored at any sample", () => {
    fc.assert(
      fc.property(workloads, (workload) => {
        const restored = play(workload, FAST, (replica, setup) => {
          const copy = new BatchingReplica(setup);
          copy.restore(structuredClone(replica.save()) as ReplicaState);
          return copy;
        });
        expect(restored).toEqual(play(workload, FAST));
      }),
      { numRuns: 100 },
    );
  });
});

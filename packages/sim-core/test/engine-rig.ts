import fc from "fast-check";
import { BatchingReplica } from "../src/serving/batching-replica.ts";
import type { EngineConfig, LatencyConfig } from "../src/serving/config.ts";
import { GpuSharing } from "../src/serving/gpu-sharing.ts";
import { createEngineLatency, type LatencyModel } from "../src/serving/latency/model.ts";
import { createReplicaSample, maxRequestTokens, type Replica, type ReplicaListener, type ReplicaSetup } from "../src/serving/replica.ts";
import { RequestTable } from "../src/serving/request-table.ts";
import { SteppingReplica } from "../src/serving/stepping-replica.ts";
import { warmUpFactors } from "../src/serving/warm-up.ts";

/** Engines under test, the requests they get, and everything they tell. */

/** Seconds from 0, but none so small that half of them would lose a bit. */
export const secondsUpTo = (max: number): fc.Arbitrary<number> =>
  fc.double({ min: 0, max, noNaN: true }).map((seconds) => (seconds < 1e-300 ? 0 : seconds));

export type Build = (setup: ReplicaSetup) => Replica;
export const FAST: Build = (setup) => new BatchingReplica(setup);
export const REFERENCE: Build = (setup) => new SteppingReplica(setup);

export interface Arrival {
  readonly at: number;
  readonly prompt: number;
  readonly output: number;
  /** Seconds after arrival at which the client leaves; Infinity: stays. */
  readonly patience: number;
  readonly priority?: number;
  /** Ids of the prompt's units of text. */
  readonly ids?: readonly number[];
  /** Tokens per decode step, in 1/1024. */
  readonly stepTokens?: number;
}

export interface Workload {
  readonly replicas: number;
  readonly engine: EngineConfig;
  readonly latency: LatencyModel;
  readonly arrivals: readonly Arrival[];
  /** Times at which the state is looked at. */
  readonly samples: readonly number[];
  readonly horizon: number;
  /** Time at which replica 0 is cut off; Infinity: never. */
  readonly stopAt: number;
  /** Tokens of one unit of text. */
  readonly unitTokens?: number;
  /** All replicas share one GPU by time slicing. */
  readonly isGpuShared?: boolean;
}

/** A tiny fleet: least requests, lowest index on ties; clients leave; the state is sampled. Everything seen, in order. */
export function play(workload: Workload, build: Build, through?: (replica: Replica, setup: ReplicaSetup) => Replica): unknown[] {
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
    prefilled: () => {},
    received: () => {},
    gaps: (...gaps) => seen.push(["gaps", ...gaps]),
    busy: (replica, time, isBusy) => {
      seen.push(["busy", replica, time, isBusy]);
      sharing.changed(replica, isBusy, time);
    },
  };
  const fleet = { get: (index: number) => replicas[index] as Replica, reschedule: () => {} };
  const sharing = new GpuSharing(fleet, () => (workload.isGpuShared === true ? 0 : -1));
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
      gpuShare: sharing.shareOf(index),
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
  let lastAt = 0;
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
    if (!(at >= lastAt)) throw new Error(`the clock went back from ${lastAt} to ${at}`);
    lastAt = at;
    if (priority === 0 || priority === 3) {
      next.onEvent();
      if (next instanceof SteppingReplica) next.checkBlocks(at);
    } else if (priority === 1) {
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
      table.priority[slot] = arrival.priority ?? 0;
      table.stepTokens[slot] = arrival.stepTokens ?? 1024;
      const ids = Float64Array.from(arrival.ids ?? []);
      table.setPrefix(slot, { namespace: 0, unitTokens: workload.unitTokens ?? 32, count: ids.length, ids });
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

export const ROOFLINE: LatencyConfig = {
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
export const TIED: LatencyConfig = {
  kind: "linear",
  stepSeconds: 0.25,
  perPromptTokenSeconds: 0.0078125,
  perDecodeSequenceSeconds: 0.0625,
  perContextTokenSeconds: 0,
  perPromptTokenContextSeconds: 0,
  requestOverheadSeconds: 0.5,
};
export const FREE_ENTRY: LatencyConfig = { ...ROOFLINE, requestOverheadSeconds: 0 };
/** Pieces so short that many series outlive theirs; the last dimension is not monotone. */
export const TABLE: LatencyConfig = {
  kind: "table",
  layers: 2,
  stepOverheadSeconds: 0.002,
  requestOverheadSeconds: 0.01,
  perTokenSeconds: 1e-6,
  attention: {
    chunkTokens: [0, 0, 0, 0, 0, 0, 0, 0, 64, 64, 64, 64],
    chunkContext: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 128, 128],
    decodeSequences: [1, 1, 1, 1, 16, 16, 16, 16, 0, 16, 0, 16],
    decodeContext: [8, 20, 30, 100, 8, 25, 60, 300, 0, 100, 0, 100],
    seconds: [1e-4, 3e-4, 2e-4, 9e-4, 4e-4, 5e-4, 3e-3, 5e-3, 1e-3, 4e-3, 2e-3, 6e-3],
  },
  perLayer: { counts: [1, 256], seconds: [2e-3, 4e-3] },
  perStep: { counts: [1, 256], seconds: [1e-5, 2e-5] },
  perSequence: { counts: [1, 64], seconds: [1e-4, 3e-4] },
};
/** In code, and affine while it only decodes. */
export const AFFINE_FUNCTION: LatencyConfig = {
  kind: "function",
  latency: {
    name: "own",
    perContextTokenSeconds: 1e-6,
    stepSeconds: (step) => 0.01 + 1e-6 * step.contextTokens + 1e-4 * step.promptTokens,
  },
};
/** In code, and not affine: every step is asked for. */
export const BENT_FUNCTION: LatencyConfig = {
  kind: "function",
  latency: {
    name: "own",
    stepSeconds: (step) => 0.01 + 1e-4 * Math.sqrt(step.contextTokens) + 1e-4 * step.promptTokens + 1e-3 * step.decodeSequences,
    requestOverheadSeconds: 0.01,
  },
};

/** Every duration of a latency model times a factor. */
export function slowedLatency(latency: LatencyConfig, by: number): LatencyConfig {
  if (latency.kind === "curve") {
    const points = latency.points.map(([size, seconds]) => [size, seconds * by] as const);
    return { ...latency, points, requestOverheadSeconds: latency.requestOverheadSeconds * by };
  }
  if (latency.kind === "function") {
    const { latency: own } = latency;
    const { perContextTokenSeconds, requestOverheadSeconds = 0 } = own;
    const line = perContextTokenSeconds === undefined ? {} : { perContextTokenSeconds: perContextTokenSeconds * by };
    return {
      kind: "function",
      latency: { ...own, ...line, stepSeconds: (step) => own.stepSeconds(step) * by, requestOverheadSeconds: requestOverheadSeconds * by },
    };
  }
  const slowed = (value: unknown, key: string): unknown => {
    if (typeof value === "number") return /seconds$/i.test(key) ? value * by : value;
    if (Array.isArray(value)) return value.map((entry) => slowed(entry, key));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, slowed(entry, name)]));
  };
  return slowed(latency, "") as LatencyConfig;
}

type MutableEngine = { -readonly [Key in keyof EngineConfig]: EngineConfig[Key] };

const latencies = fc.constantFrom(ROOFLINE, TIED, FREE_ENTRY, TABLE, AFFINE_FUNCTION, BENT_FUNCTION, "stepped" as const);

const arrivals = fc.array(
  fc.record({
    gap: fc.oneof(fc.constantFrom(0, 0, 0.25, 0.5), secondsUpTo(0.2)),
    prompt: fc.integer({ min: 1, max: 250 }),
    output: fc.oneof(fc.constantFrom(1, 2), fc.integer({ min: 1, max: 200 })),
    patience: fc.oneof(
      { weight: 5, arbitrary: fc.constant(Number.POSITIVE_INFINITY) },
      { weight: 1, arbitrary: fc.constantFrom(0, 0.5, 1.25) },
      { weight: 1, arbitrary: secondsUpTo(3) },
    ),
    priority: fc.integer({ min: -1, max: 2 }),
    stepTokens: fc.oneof(fc.constantFrom(1024, 2048, 1536), fc.integer({ min: 1024, max: 5000 })),
    ids: fc.oneof(
      { weight: 1, arbitrary: fc.constant<readonly number[]>([]) },
      { weight: 3, arbitrary: fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 1, maxLength: 12 }) },
    ),
  }),
  { minLength: 1, maxLength: 80, size: "max" },
);

/** What an engine may have switched on. */
export interface Features {
  readonly longPrefillTokenThreshold: number | undefined;
  readonly prefixCaching: boolean;
  readonly scheduling: "fcfs" | "priority";
  /** Draft time of a step; undefined: no speculation. */
  readonly draftOverheadSeconds: number | undefined;
}

export const NO_FEATURES: fc.Arbitrary<Features> = fc.constant({
  longPrefillTokenThreshold: undefined,
  prefixCaching: false,
  scheduling: "fcfs",
  draftOverheadSeconds: undefined,
});

/** Each feature on or off, in any combination. */
export const ANY_FEATURES: fc.Arbitrary<Features> = fc.record({
  longPrefillTokenThreshold: fc.oneof(fc.constant(undefined), fc.integer({ min: 1, max: 120 })),
  prefixCaching: fc.boolean(),
  scheduling: fc.constantFrom("fcfs", "priority"),
  draftOverheadSeconds: fc.constantFrom(undefined, undefined, 0, 0.125),
});

/** An engine with some features switched on. */
export function engineOf(base: EngineConfig, features: Features): EngineConfig {
  const engine: MutableEngine = { ...base, prefixCaching: features.prefixCaching, scheduling: features.scheduling };
  if (features.longPrefillTokenThreshold !== undefined) engine.longPrefillTokenThreshold = features.longPrefillTokenThreshold;
  if (features.draftOverheadSeconds !== undefined)
    engine.speculative = {
      draftTokens: 4,
      tokensPerStep: { kind: "constant", value: 1 },
      draftOverheadSeconds: features.draftOverheadSeconds,
    };
  return engine;
}

function latencyOf(latency: LatencyConfig | "stepped", engine: EngineConfig): LatencyModel {
  if (latency !== "stepped") return createEngineLatency({ latency, engine });
  return { ...createEngineLatency({ latency: ROOFLINE, engine }), perContextTokenSeconds: undefined };
}

interface Sizes {
  readonly maxSequences: fc.Arbitrary<number>;
  readonly extraBudget: fc.Arbitrary<number>;
  readonly kvBlocks: fc.Arbitrary<number>;
  readonly blockTokens: fc.Arbitrary<number>;
  readonly unitTokens: fc.Arbitrary<number>;
  readonly requests: typeof arrivals;
}

const SIZES: Sizes = {
  maxSequences: fc.integer({ min: 1, max: 24 }),
  extraBudget: fc.integer({ min: 0, max: 300 }),
  kvBlocks: fc.integer({ min: 10, max: 90 }),
  blockTokens: fc.constantFrom<number>(16, 8, 1),
  unitTokens: fc.constantFrom<number>(32, 16, 20, 5, 64),
  requests: arrivals,
};

/** Few blocks, and prompts of several chunks that know each other's text, come in the middle of each other and differ in urgency. */
export const CROWDED: Sizes = {
  maxSequences: fc.integer({ min: 3, max: 12 }),
  extraBudget: fc.integer({ min: 0, max: 60 }),
  kvBlocks: fc.integer({ min: 12, max: 70 }),
  blockTokens: fc.constantFrom(1, 1, 2, 4),
  unitTokens: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constant(32)),
  requests: fc.array(
    fc.record({
      gap: fc.oneof(fc.constantFrom(0, 0, 0.25, 0.5), secondsUpTo(0.05)),
      prompt: fc.integer({ min: 1, max: 60 }),
      output: fc.oneof(fc.constantFrom(1, 2, 3), fc.integer({ min: 1, max: 40 })),
      patience: fc.oneof({ weight: 8, arbitrary: fc.constant(Number.POSITIVE_INFINITY) }, { weight: 1, arbitrary: secondsUpTo(1) }),
      priority: fc.integer({ min: -1, max: 3 }),
      stepTokens: fc.constantFrom(1024, 2048, 1536, 3000),
      ids: fc.oneof(fc.constant([0, 0, 0, 0, 0, 0]), fc.array(fc.integer({ min: 0, max: 1 }), { maxLength: 12 })),
    }),
    { minLength: 10, maxLength: 40, size: "max" },
  ),
};

/** All of it on, or all but speculation. */
export const MOST_FEATURES: fc.Arbitrary<Features> = fc.record({
  longPrefillTokenThreshold: fc.integer({ min: 2, max: 12 }),
  prefixCaching: fc.constant(true),
  scheduling: fc.constant("priority"),
  draftOverheadSeconds: fc.constantFrom(undefined, undefined, 0),
});

/** Requests for small engines near exhaustion, with ties, clients that leave, looks at the state and a cut-off. */
export function workloadsWith(features: fc.Arbitrary<Features>, sizes: Sizes = SIZES): fc.Arbitrary<Workload> {
  return fc
    .record({
      ...sizes,
      latency: latencies,
      features,
      replicas: fc.integer({ min: 1, max: 3 }),
      // without warm-up the tied latency stays on its grid
      warmUp: fc.constantFrom({ factor: 4, requests: 10 }, { factor: 1, requests: 1 }),
      samples: fc.array(secondsUpTo(30), { maxLength: 12 }),
      stopAt: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), secondsUpTo(10), fc.constantFrom(2, 2.5)),
      horizon: fc.oneof(
        fc.constant(1e6),
        fc.double({ min: 1, max: 20, noNaN: true }),
        fc.integer({ min: 16, max: 160 }).map((n) => n / 16),
      ),
    })
    .map(({ requests, maxSequences, extraBudget, kvBlocks, blockTokens, warmUp, latency, features: chosen, ...rest }): Workload => {
      const base = { maxBatchedTokens: maxSequences + extraBudget, maxSequences, kvBlocks, blockTokens, maxModelTokens: 400, warmUp };
      const engine = engineOf(base, chosen);
      const limit = maxRequestTokens(engine);
      let at = 0;
      const fitting = requests.map(({ gap, prompt, output, ...marks }) => {
        at += gap;
        const short = Math.min(prompt, limit - 1);
        return { ...marks, at, prompt: short, output: Math.max(1, Math.min(output, limit - short)) };
      });
      return { ...rest, latency: latencyOf(latency, engine), engine, arrivals: fitting, samples: [...rest.samples].sort((a, b) => a - b) };
    });
}

/** What each replica reports, in its own order, and what happens to each request. Between replicas only times order. */
export const byKind = (seen: unknown[]): unknown => {
  const rows = seen.filter(Array.isArray) as unknown[][];
  return {
    requests: rows.filter(([kind]) => kind === "first" || kind === "done" || kind === "gone" || kind === "cut"),
    gaps: rows.filter(([kind]) => kind === "gaps"),
    busy: rows.filter(([kind]) => kind === "busy"),
    samples: rows.filter(([kind]) => kind === "sample"),
    steps: seen.filter((row) => !Array.isArray(row)),
  };
};

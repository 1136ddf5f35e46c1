import type { EngineConfig } from "../src/serving/config.ts";
import type { LatencyModel } from "../src/serving/latency/model.ts";
import { createReplicaSample, type Replica, type ReplicaListener, type ReplicaSetup } from "../src/serving/replica.ts";
import { RequestTable } from "../src/serving/request-table.ts";
import { warmUpFactors } from "../src/serving/warm-up.ts";

/** What a reference must be able to do to stand beside a replica. */
export type PlayedReplica = Pick<
  Replica,
  "nextSeconds" | "nextPriority" | "inFlight" | "steps" | "enqueue" | "abort" | "onEvent" | "sample" | "stop" | "flush"
>;

export interface PlayedArrival {
  readonly at: number;
  readonly prompt: number;
  readonly output: number;
  /** Seconds after arrival at which the client leaves; Infinity: stays. */
  readonly patience: number;
}

export interface PlayedWorkload {
  readonly engine: EngineConfig;
  readonly latency: LatencyModel;
  readonly arrivals: readonly PlayedArrival[];
  /** Times at which the state is looked at, ascending. */
  readonly samples: readonly number[];
  readonly horizon: number;
  /** Time at which the replica is cut off; Infinity: never. */
  readonly stopAt: number;
}

export interface Played {
  /** What happened to requests, in order: kind, request, time, further stamps. */
  readonly requests: readonly (readonly unknown[])[];
  readonly busy: readonly (readonly [timeSeconds: number, isBusy: boolean])[];
  readonly samples: readonly (readonly number[])[];
  /** One entry per step that gave tokens: its length and the sequences that saw it. */
  readonly gaps: readonly (readonly [seconds: number, sequences: number])[];
  readonly steps: number;
}

/** Plays one replica in the order of events that a world keeps. @param through stands for the replica after every sample */
export function playReplica<R extends PlayedReplica>(
  workload: PlayedWorkload,
  build: (setup: ReplicaSetup) => R,
  through?: (replica: R, setup: ReplicaSetup) => R,
): Played {
  const table = new RequestTable();
  const requests: unknown[][] = [];
  const busy: [number, boolean][] = [];
  const samples: number[][] = [];
  const gaps: [number, number][] = [];
  const leaving = new Map<number, { at: number; slot: number }>();
  const end = (kind: string, slot: number, time: number): void => {
    const id = table.requestId[slot] as number;
    requests.push([kind, id, time, table.firstTokenSeconds[slot], table.admitSeconds[slot], table.emittedTokens[slot]]);
    leaving.delete(id);
    table.release(slot);
  };
  const listener: ReplicaListener = {
    firstToken: (slot, time) => requests.push(["first", table.requestId[slot], time]),
    completed: (slot, time) => end("done", slot, time),
    released: (slot, time) => end("gone", slot, time),
    rejected: (slot, time) => end("rejected", slot, time),
    prefilled: () => {},
    received: () => {},
    gaps: (_, first, growth, steps, sequences) => {
      for (let j = 0; j < steps; j++) gaps.push([first + growth * j, sequences]);
    },
    busy: (_, time, isBusy) => busy.push([time, isBusy]),
  };
  const { engine, latency } = workload;
  const factors = warmUpFactors(engine.warmUp.factor, engine.warmUp.requests);
  const setup: ReplicaSetup = { index: 0, table, latency, engine, listener, warmUpFactors: factors, admittedBefore: 0 };
  let replica = build(setup);
  const arrivals = [...workload.arrivals];
  const moments = [...workload.samples];
  const sample = createReplicaSample();
  let nextId = 0;
  let stopAt = workload.stopAt;
  for (let events = 0; events < 200_000; events++) {
    const [first] = [...leaving].sort((a, b) => a[1].at - b[1].at || a[0] - b[0]);
    const candidates = [
      { at: replica.nextSeconds, priority: replica.nextPriority },
      { at: stopAt, priority: 1 },
      { at: arrivals[0]?.at ?? Number.POSITIVE_INFINITY, priority: 2 },
      { at: first?.[1].at ?? Number.POSITIVE_INFINITY, priority: 2.5 },
      { at: moments[0] ?? Number.POSITIVE_INFINITY, priority: 4 },
    ].sort((a, b) => a.at - b.at || a.priority - b.priority);
    const { at, priority } = candidates[0] as { at: number; priority: number };
    if (at >= workload.horizon) break;
    if (priority === 0 || priority === 3) replica.onEvent();
    else if (priority === 1) {
      stopAt = Number.POSITIVE_INFINITY;
      replica.stop(at, (slot) => end("cut", slot, at));
    } else if (priority === 2) {
      const arrival = arrivals.shift() as PlayedArrival;
      const slot = table.take();
      table.requestId[slot] = nextId++;
      table.promptTokens[slot] = arrival.prompt;
      table.outputTokens[slot] = arrival.output;
      table.replica[slot] = 0;
      if (Number.isFinite(arrival.patience)) leaving.set(nextId - 1, { at: at + arrival.patience, slot });
      replica.enqueue(slot, at);
    } else if (priority === 2.5) {
      const [id, { slot }] = first as [number, { at: number; slot: number }];
      leaving.delete(id);
      replica.abort(slot, at);
    } else {
      moments.shift();
      replica.sample(at, sample);
      samples.push([at, sample.running, sample.waiting, sample.usedBlocks, sample.promptTokens, sample.generationTokens, replica.inFlight]);
      if (through !== undefined) replica = through(replica, setup);
    }
  }
  replica.flush(workload.horizon);
  return { requests, busy, samples, gaps, steps: replica.steps };
}

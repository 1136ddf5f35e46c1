import type { EngineConfig } from "./config.ts";
import type { GpuShare } from "./gpu-sharing.ts";
import type { LatencyModel } from "./latency/model.ts";
import type { PrefixCacheState } from "./prefix-cache.ts";
import type { ReplicaRecord } from "./replica-columns.ts";
import type { RequestTable } from "./request-table.ts";

/** What a replica tells its surroundings. Called on the hot path: plain numbers, no objects. */
export interface ReplicaListener {
  firstToken(slot: number, timeSeconds: number): void;
  /** The last token left; the slot is the listener's again. */
  completed(slot: number, timeSeconds: number): void;
  /** The engine let go of an aborted attempt; the slot is the listener's again. */
  released(slot: number, timeSeconds: number): void;
  /** The engine's queue refused the attempt, on arrival or after too long a wait; the slot is the listener's again. */
  rejected(slot: number, timeSeconds: number): void;
  /** The prompt of an attempt that is decoded elsewhere is computed; its KV blocks are held until {@link Replica.letGo}. */
  prefilled(slot: number, timeSeconds: number): void;
  /** A prompt's KV blocks have come from the replica that computed it. */
  received(slot: number, timeSeconds: number): void;
  /** `sequences` sequences each saw the gaps `first + j × growth`, j = 0 … steps − 1, between two of their tokens. */
  gaps(replica: number, firstSeconds: number, growthSeconds: number, steps: number, sequences: number): void;
  /** The replica went from idle to busy or back: for GPU utilisation. */
  busy(replica: number, timeSeconds: number, isBusy: boolean): void;
}

/** A replica's observable state at a moment. Filled in place. */
export interface ReplicaSample {
  running: number;
  waiting: number;
  usedBlocks: number;
  promptTokens: number;
  generationTokens: number;
  preemptions: number;
  /** Prompt tokens looked up in the prefix cache, and those found there; at first admissions. */
  prefixQueriedTokens: number;
  prefixHitTokens: number;
  /** Gaps seen but not yet reported to the listener: `gapSteps` of `first + j × growth`, for each of `gapSequences`. */
  gapFirstSeconds: number;
  gapGrowthSeconds: number;
  gapSteps: number;
  gapSequences: number;
}

export function createReplicaSample(): ReplicaSample {
  return {
    running: 0,
    waiting: 0,
    usedBlocks: 0,
    promptTokens: 0,
    generationTokens: 0,
    preemptions: 0,
    prefixQueriedTokens: 0,
    prefixHitTokens: 0,
    gapFirstSeconds: 0,
    gapGrowthSeconds: 0,
    gapSteps: 0,
    gapSequences: 0,
  };
}

export interface ReplicaSetup {
  readonly index: number;
  readonly table: RequestTable;
  readonly latency: LatencyModel;
  readonly engine: EngineConfig;
  readonly listener: ReplicaListener;
  /** Step-time factor by number of requests admitted since Ready; 1 beyond its end. */
  readonly warmUpFactors: Float64Array;
  /** Requests admitted before the replica was handed over: a warm replica starts beyond the curve. */
  readonly admittedBefore: number;
  /** Of a time-sliced GPU. Absent: the replica has its GPUs to itself. */
  readonly gpuShare?: GpuShare | undefined;
}

/** What a server of whole-request batches has done since it started; all but the first are counters. */
export interface BatchCounters {
  pendingRequests: number;
  executions: number;
  succeeded: number;
  failed: number;
  /** Sums over the requests that succeeded, seconds. */
  queueSeconds: number;
  computeSeconds: number;
}

/**
 * A model server as the world sees it. Every discipline is implemented twice and must agree with itself bit for bit: fast
 * (continuous batching: {@link file://./batching-replica.ts}, others: `disciplines/`) and as a step-by-step reference.
 */
export interface Replica {
  /** Time of the next event; Infinity when idle. */
  readonly nextSeconds: number;
  /** Priority of the next event: IterationEnd or IterationStart. */
  readonly nextPriority: number;
  /** Attempts it holds, in whatever state, but for prompts that are held. */
  readonly inFlight: number;
  /** Prompts whose KV blocks it holds for other replicas. */
  readonly held: number;
  readonly steps: number;
  readonly preemptionCount: number;
  /** Prompt tokens looked up in the prefix cache, and those found there; at first admissions. */
  readonly prefixQueriedTokens: number;
  readonly prefixHitTokens: number;
  /** Takes an attempt that arrives now; the engine's queue sees it `requestOverheadSeconds` later. */
  enqueue(slot: number, nowSeconds: number): void;
  /** The client has left. A running sequence is let go at the next step, one that waits at once. */
  abort(slot: number, nowSeconds: number): void;
  /** Nobody needs the KV blocks of a prompt any more that it holds: they are free from its next step on. Absent where none is held. */
  letGo?(slot: number, nowSeconds: number): void;
  /** Handles the event at `nextSeconds`. */
  onEvent(): void;
  /** A replica on its time-sliced GPU has become busy or idle: steps that begin later take another time. Absent where GPUs are never shared. */
  gpuShareChanged?(nowSeconds: number): void;
  /** State at a time, which must not lie beyond the next event. */
  sample(nowSeconds: number, into: ReplicaSample): void;
  /** Counters of a server of whole-request batches; absent on other servers. */
  readBatchCounters?(nowSeconds: number, into: BatchCounters): void;
  /** Reports gaps up to now and lets go of every attempt: running ones in order of admission, then the others in order of arrival. */
  stop(nowSeconds: number, each: (slot: number) => void): void;
  /** Reports gaps up to the end of the run, once; a step that ends at that very instant is not part of it. */
  flush(endSeconds: number): void;
  /** It is gone, and what it shares with others is free again; nothing may be asked of it any more. */
  retire?(): void;
  save(): SavedReplica;
  /** @param state what a replica of the same class saved */
  restore(state: SavedReplica): void;
}

/** Plain-data copy of a replica of any discipline. */
export type SavedReplica = ReplicaState | BatchServerState;

/** Plain-data copy of a replica that serves batch by batch. */
export interface BatchServerState {
  readonly scalars: readonly number[];
  /** Head, tail, count of each queue and batch. */
  readonly queues: readonly (readonly [number, number, number])[];
  readonly columns: readonly (Float64Array | Int32Array)[];
}

/** Plain-data copy of a replica with continuous batching. */
export interface ReplicaState {
  readonly record: ReplicaRecord;
  /** Its queue, where that is ordered by priority. */
  readonly waiting: Int32Array;
  readonly cache: PrefixCacheState | undefined;
}

/** Tokens a request may take at most on this engine; a longer one is rejected at the door. */
export function maxRequestTokens(engine: EngineConfig): number {
  return Math.min(engine.maxModelTokens, engine.kvBlocks * engine.blockTokens);
}

import { Priority } from "../../kernel/priorities.ts";
import type { BatchingConfig } from "../config.ts";
import { tenantsAt } from "../gpu-sharing.ts";
import { createStepComposition, type LatencyModel, type StepComposition } from "../latency/model.ts";
import type { BatchCounters, BatchServerState, Replica, ReplicaListener, ReplicaSample, ReplicaSetup } from "../replica.ts";
import { type RequestTable, SlotState } from "../request-table.ts";
import { SlotList } from "../slot-list.ts";
import { factorAt } from "../warm-up.ts";

type DynamicConfig = Extract<BatchingConfig, { kind: "dynamic" }>;

/** Fields that a saved replica carries as they are. */
// biome-ignore format: a list of names
const SCALARS = [
  "nextSeconds", "nextPriority", "inFlight", "steps", "lookAgainSeconds", "busyInstances", "toldBusy", "runningCount",
  "admitted", "promptTokens", "generationTokens", "succeeded", "failed", "queueSeconds", "computeSeconds",
] as const;

/**
 * Dynamic batches of whole requests, with the rules of Triton's scheduler: an instance that is free takes the largest preferred
 * size that the queue can fill; when it can fill none, it takes what there is, at once without a queue delay, else when the
 * oldest request has been held back that long (then as many as fit, preferred or not). The answer comes whole: a request's
 * token counts change nothing but the token counters.
 * @see https://docs.nvidia.com/deeplearning/triton-inference-server/user-guide/docs/user_guide/batcher.html
 */
export class DynamicBatchReplica implements Replica {
  nextSeconds: number = Number.POSITIVE_INFINITY;
  nextPriority: number = Priority.IterationStart;
  inFlight = 0;
  readonly held = 0;
  /** No prefix is cached. */
  readonly prefixQueriedTokens = 0;
  readonly prefixHitTokens = 0;
  /** Batches that have ended. */
  steps = 0;

  private readonly index: number;
  private readonly table: RequestTable;
  private readonly latency: LatencyModel;
  private readonly listener: ReplicaListener;
  private readonly warmUpFactors: Float64Array;
  private readonly gpuShare: ReplicaSetup["gpuShare"];
  private readonly batching: DynamicConfig;
  private readonly composition: StepComposition;
  /** Largest preferred size up to each number of waiting requests; 0: none. */
  private readonly preferred: Int32Array;
  private readonly ingress: SlotList;
  private readonly waiting: SlotList;
  /** Those that have waited too long, when they are served after all others. */
  private readonly delayed: SlotList;
  /** Per instance: its batch, when it ends, when it started. */
  private readonly batches: readonly SlotList[];
  private readonly endSeconds: Float64Array;
  private readonly startSeconds: Float64Array;

  /** An instance became free or a request left at this moment: the queue is looked at once all that ends now has ended. */
  private lookAgainSeconds: number = Number.POSITIVE_INFINITY;
  private busyInstances = 0;
  /** 1: the listener was last told that the replica is busy. */
  private toldBusy = 0;
  private runningCount = 0;
  private admitted: number;
  private promptTokens = 0;
  private generationTokens = 0;
  private succeeded = 0;
  private failed = 0;
  private queueSeconds = 0;
  private computeSeconds = 0;

  constructor(setup: ReplicaSetup, batching: DynamicConfig) {
    this.index = setup.index;
    this.table = setup.table;
    this.latency = setup.latency;
    this.listener = setup.listener;
    this.warmUpFactors = setup.warmUpFactors;
    this.gpuShare = setup.gpuShare;
    this.admitted = setup.admittedBefore;
    this.batching = batching;
    this.composition = createStepComposition(1);
    this.preferred = new Int32Array(batching.maxBatchSize + 1);
    for (const size of batching.preferredSizes) this.preferred.fill(size, size);
    this.ingress = new SlotList(setup.table);
    this.waiting = new SlotList(setup.table);
    this.delayed = new SlotList(setup.table);
    this.batches = Array.from({ length: batching.instances }, () => new SlotList(setup.table));
    this.endSeconds = new Float64Array(batching.instances).fill(Number.POSITIVE_INFINITY);
    this.startSeconds = new Float64Array(batching.instances);
  }

  get preemptionCount(): number {
    return 0;
  }

  enqueue(slot: number, nowSeconds: number): void {
    this.table.enqueueSeconds[slot] = nowSeconds + this.latency.requestOverheadSeconds;
    this.table.state[slot] = SlotState.Ingress;
    this.ingress.append(slot);
    this.inFlight++;
    if (this.ingress.count === 1) this.schedule();
  }

  abort(slot: number, nowSeconds: number): void {
    const { table } = this;
    const state = table.state[slot] as number;
    if (state === SlotState.Prefilling) {
      table.aborted[slot] = 1;
      return;
    }
    if (state === SlotState.Ingress) this.ingress.remove(slot);
    else (this.isDelayed(slot) ? this.delayed : this.waiting).remove(slot);
    this.inFlight--;
    this.lookAgainSeconds = nowSeconds;
    this.schedule();
    this.listener.released(slot, nowSeconds);
  }

  onEvent(): void {
    const nowSeconds = this.nextSeconds;
    if (this.nextPriority === Priority.IterationEnd) {
      this.endBatch(this.endSeconds.indexOf(nowSeconds), nowSeconds);
    } else {
      this.lookAgainSeconds = Number.POSITIVE_INFINITY;
      this.takeIngress(nowSeconds);
      this.startBatches(nowSeconds);
      // behind the others there may be one that has been held back for longer than they
      if (this.expire(nowSeconds)) this.startBatches(nowSeconds);
      this.tellBusy(nowSeconds);
    }
    this.schedule();
  }

  sample(nowSeconds: number, into: ReplicaSample): void {
    into.running = this.runningCount;
    into.waiting = this.pending(nowSeconds);
    into.usedBlocks = 0;
    into.promptTokens = this.promptTokens;
    into.generationTokens = this.generationTokens;
    into.preemptions = 0;
    into.gapSteps = 0;
    into.gapSequences = 0;
  }

  readBatchCounters(nowSeconds: number, into: BatchCounters): void {
    into.pendingRequests = this.pending(nowSeconds);
    into.executions = this.steps;
    into.succeeded = this.succeeded;
    into.failed = this.failed;
    into.queueSeconds = this.queueSeconds;
    into.computeSeconds = this.computeSeconds;
  }

  stop(nowSeconds: number, each: (slot: number) => void): void {
    const wasBusy = this.toldBusy === 1;
    this.takeUnseen(nowSeconds);
    const oldestFirst = [...this.batches].sort((a, b) => this.admissionOf(a.head) - this.admissionOf(b.head));
    this.endSeconds.fill(Number.POSITIVE_INFINITY);
    this.busyInstances = 0;
    this.toldBusy = 0;
    this.runningCount = 0;
    this.lookAgainSeconds = Number.POSITIVE_INFINITY;
    for (const list of [...oldestFirst, this.waiting, this.delayed, this.ingress]) {
      while (list.head >= 0) {
        const slot = list.head;
        list.remove(slot);
        this.inFlight--;
        each(slot);
      }
    }
    this.schedule();
    if (wasBusy) this.listener.busy(this.index, nowSeconds, false);
  }

  /** Answers come whole: there are no gaps to report. */
  flush(): void {}

  // ── a batch ends ──────────────────────────────────────────────────────────────────────────────────────────────

  private endBatch(instance: number, nowSeconds: number): void {
    const { table } = this;
    const batch = this.batches[instance] as SlotList;
    const started = this.startSeconds[instance] as number;
    this.endSeconds[instance] = Number.POSITIVE_INFINITY;
    this.busyInstances--;
    this.steps++;
    this.lookAgainSeconds = nowSeconds;
    while (batch.head >= 0) {
      const slot = batch.head;
      batch.remove(slot);
      this.runningCount--;
      this.inFlight--;
      table.emittedTokens[slot] = table.outputTokens[slot] as number;
      table.firstTokenSeconds[slot] = nowSeconds;
      this.promptTokens += table.promptTokens[slot] as number;
      this.generationTokens += table.outputTokens[slot] as number;
      this.queueSeconds += started - (table.enqueueSeconds[slot] as number);
      this.computeSeconds += nowSeconds - started;
      this.succeeded++;
      if (table.aborted[slot] === 1) {
        this.listener.released(slot, nowSeconds);
        continue;
      }
      this.listener.firstToken(slot, nowSeconds);
      this.listener.completed(slot, nowSeconds);
    }
  }

  // ── a batch starts ────────────────────────────────────────────────────────────────────────────────────────────

  private takeIngress(nowSeconds: number): void {
    const { ingress, table } = this;
    while (ingress.head >= 0 && (table.enqueueSeconds[ingress.head] as number) <= nowSeconds) {
      const slot = ingress.head;
      ingress.remove(slot);
      if (this.waiting.count + this.delayed.count >= this.batching.maxQueueSize) {
        this.refuse(slot, nowSeconds);
        continue;
      }
      table.state[slot] = SlotState.Waiting;
      table.computedTokens[slot] = 0;
      this.waiting.append(slot);
    }
  }

  /** Those that reached the queue before this moment while nobody had a reason to look. */
  private takeUnseen(nowSeconds: number): void {
    while (this.ingress.head >= 0 && this.enqueuedAt(this.ingress) < nowSeconds) {
      const slot = this.ingress.head;
      this.ingress.remove(slot);
      this.waiting.append(slot);
    }
  }

  private startBatches(nowSeconds: number): void {
    for (let size = this.nextSize(nowSeconds); size > 0; size = this.nextSize(nowSeconds))
      this.startBatch(this.endSeconds.indexOf(Number.POSITIVE_INFINITY), size, nowSeconds);
  }

  private tellBusy(nowSeconds: number): void {
    const isBusy = this.busyInstances > 0 ? 1 : 0;
    if (isBusy === this.toldBusy) return;
    this.toldBusy = isBusy;
    this.listener.busy(this.index, nowSeconds, isBusy === 1);
  }

  /** Requests an instance takes now; 0: none is free, or nobody waits, or they are held back. */
  private nextSize(nowSeconds: number): number {
    const { batching } = this;
    const count = Math.min(this.waiting.count + this.delayed.count, batching.maxBatchSize);
    if (count === 0 || this.busyInstances === batching.instances) return 0;
    const delay = batching.maxQueueDelaySeconds;
    const isOverdue = delay > 0 && nowSeconds >= this.oldestSeconds() + delay;
    const best = this.preferred[count] as number;
    if (best > 0 && !isOverdue) return best;
    return isOverdue || delay === 0 ? count : 0;
  }

  private startBatch(instance: number, size: number, nowSeconds: number): void {
    const { table, composition } = this;
    const batch = this.batches[instance] as SlotList;
    for (let i = 0; i < size; i++) {
      const from = this.waiting.head >= 0 ? this.waiting : this.delayed;
      const slot = from.head;
      from.remove(slot);
      batch.append(slot);
      table.state[slot] = SlotState.Prefilling;
      table.admitSeconds[slot] = nowSeconds;
      table.admission[slot] = this.admitted++;
    }
    this.runningCount += size;
    this.busyInstances++;
    composition.decodeSequences = size;
    this.startSeconds[instance] = nowSeconds;
    // a batch is one step: it keeps its end whoever else becomes busy
    const factor = factorAt(this.warmUpFactors, this.admitted) * tenantsAt(this.gpuShare, nowSeconds);
    this.endSeconds[instance] = nowSeconds + this.latency.stepSeconds(composition) * factor;
  }

  /** A request whose time is up at this very moment may still have joined a batch: this comes after. */
  private expire(nowSeconds: number): boolean {
    const { table, waiting, batching } = this;
    let hasMoved = false;
    while (waiting.head >= 0 && (table.enqueueSeconds[waiting.head] as number) + batching.queueTimeoutSeconds <= nowSeconds) {
      const slot = waiting.head;
      waiting.remove(slot);
      if (batching.timeoutAction === "reject") this.refuse(slot, nowSeconds);
      else {
        table.computedTokens[slot] = 1;
        this.delayed.append(slot);
        hasMoved = true;
      }
    }
    return hasMoved;
  }

  private refuse(slot: number, nowSeconds: number): void {
    this.inFlight--;
    this.failed++;
    this.listener.rejected(slot, nowSeconds);
  }

  // ── parts ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** When the first of all that may happen next happens; ends come before starts. */
  private schedule(): void {
    let end = Number.POSITIVE_INFINITY;
    for (const seconds of this.endSeconds) if (seconds < end) end = seconds;
    const start = this.nextLookSeconds();
    this.nextSeconds = Math.min(end, start);
    this.nextPriority = end <= start ? Priority.IterationEnd : Priority.IterationStart;
  }

  /** While every instance is busy, arrivals wake nobody: they are seen when a batch ends, unless the queue may refuse them. */
  private nextLookSeconds(): number {
    const { table, ingress, waiting, batching } = this;
    // what has ended at this very moment comes before everything else
    if (this.lookAgainSeconds !== Number.POSITIVE_INFINITY) return this.lookAgainSeconds;
    const isFree = this.busyInstances < batching.instances;
    let seconds = Number.POSITIVE_INFINITY;
    if (ingress.head >= 0 && (isFree || batching.maxQueueSize !== Number.POSITIVE_INFINITY)) seconds = this.enqueuedAt(ingress);
    if (isFree && waiting.count + this.delayed.count > 0) seconds = Math.min(seconds, this.oldestSeconds() + batching.maxQueueDelaySeconds);
    const head = waiting.head >= 0 ? waiting.head : ingress.head;
    if (head >= 0) seconds = Math.min(seconds, (table.enqueueSeconds[head] as number) + batching.queueTimeoutSeconds);
    return seconds;
  }

  /** Arrival of the oldest request that the next batch could take. */
  private oldestSeconds(): number {
    const oldest = this.waiting.head < 0 ? Number.POSITIVE_INFINITY : this.enqueuedAt(this.waiting);
    const isReached = this.delayed.head >= 0 && this.waiting.count < this.batching.maxBatchSize;
    return isReached ? Math.min(oldest, this.enqueuedAt(this.delayed)) : oldest;
  }

  private enqueuedAt(list: SlotList): number {
    return this.table.enqueueSeconds[list.head] as number;
  }

  private admissionOf(slot: number): number {
    return slot < 0 ? Number.POSITIVE_INFINITY : (this.table.admission[slot] as number);
  }

  /** No tokens are counted while a request waits: the column tells which of the two queues it is in. */
  private isDelayed(slot: number): boolean {
    return this.table.computedTokens[slot] === 1;
  }

  private pending(nowSeconds: number): number {
    const { table } = this;
    let pending = this.waiting.count + this.delayed.count;
    for (let slot = this.ingress.head; slot >= 0 && (table.enqueueSeconds[slot] as number) <= nowSeconds; slot = table.next[slot] as number)
      pending++;
    return pending;
  }

  save(): BatchServerState {
    return {
      scalars: SCALARS.map((name) => this[name]),
      queues: [this.ingress, this.waiting, this.delayed, ...this.batches].map((list) => list.save()),
      columns: [this.endSeconds.slice(), this.startSeconds.slice()],
    };
  }

  restore(state: BatchServerState): void {
    SCALARS.forEach((name, i) => {
      this[name] = state.scalars[i] as number;
    });
    [this.ingress, this.waiting, this.delayed, ...this.batches].forEach((list, i) => {
      list.restore(state.queues[i] as readonly [number, number, number]);
    });
    this.endSeconds.set(state.columns[0] as Float64Array);
    this.startSeconds.set(state.columns[1] as Float64Array);
  }
}

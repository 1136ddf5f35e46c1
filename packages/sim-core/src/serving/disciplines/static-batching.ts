import { Priority } from "../../kernel/priorities.ts";
import type { BatchingConfig, EngineConfig } from "../config.ts";
import { tenantsAt } from "../gpu-sharing.ts";
import { createStepComposition, type LatencyModel, type StepComposition } from "../latency/model.ts";
import type { BatchServerState, Replica, ReplicaListener, ReplicaSample, ReplicaSetup } from "../replica.ts";
import { type RequestTable, SlotState } from "../request-table.ts";
import { SlotList } from "../slot-list.ts";
import { StepSeries } from "../step-series.ts";
import { factorAt } from "../warm-up.ts";

type StaticConfig = Extract<BatchingConfig, { kind: "static" }>;

const Phase = {
  /** No batch: nothing waits, or too few for too short a time. */
  Idle: 0,
  /** All prompts of the batch, in one step. */
  Prompt: 1,
  /** One token for every place of the batch in every step, until the longest answer is done. */
  Decode: 2,
  /** Between two batches. */
  Boundary: 3,
} as const;

/** Fields that a saved replica carries as they are. */
// biome-ignore format: a list of names
const SCALARS = [
  "nextSeconds", "nextPriority", "inFlight", "phase", "steps", "batchSize", "longestPrompt", "longestOutput", "delivered",
  "decodeStep", "anchorStep", "lineEndStep", "reportedStep", "targetStep", "factor", "admitted", "promptTokens", "generationTokens",
] as const;

/**
 * Static batches: up to `size` requests are taken from the queue, padded to the longest prompt, and computed until the
 * longest answer is done; only then the next batch starts. A place whose answer is done, or whose client has left, is
 * computed on all the same. The KV cache is reserved for the padded batch: a request that does not fit waits for the next.
 * Nothing loops over steps: a batch costs a sort of its answers' lengths and one event per length.
 */
export class StaticBatchReplica implements Replica {
  nextSeconds: number = Number.POSITIVE_INFINITY;
  nextPriority: number = Priority.IterationStart;
  inFlight = 0;
  readonly held = 0;
  /** No prefix is cached. */
  readonly prefixQueriedTokens = 0;
  readonly prefixHitTokens = 0;
  steps = 0;

  private readonly index: number;
  private readonly table: RequestTable;
  private readonly latency: LatencyModel;
  private readonly engine: EngineConfig;
  private readonly listener: ReplicaListener;
  private readonly warmUpFactors: Float64Array;
  private readonly gpuShare: ReplicaSetup["gpuShare"];
  private readonly batching: StaticConfig;
  private readonly composition: StepComposition;
  private readonly ingress: SlotList;
  private readonly waiting: SlotList;
  /** In order of admission. */
  private readonly running: SlotList;
  private readonly series = new StepSeries();
  /** The batch in the order in which its answers are done; of equal ones the older admission first. */
  private readonly order: Int32Array;
  private readonly sortKeys: Float64Array;
  private readonly admissions: Int32Array;

  private phase: number = Phase.Idle;
  private batchSize = 0;
  private longestPrompt = 0;
  private longestOutput = 0;
  /** Places of `order` whose answers are done. */
  private delivered = 0;
  /** Decode steps of the batch that have ended. */
  private decodeStep = 0;
  private anchorStep = 0;
  /** Decode step from which the latency model's line no longer holds, and the series needs a new anchor. */
  private lineEndStep: number = Number.POSITIVE_INFINITY;
  private reportedStep = 0;
  private targetStep = 0;
  private factor = 1;
  private admitted: number;
  private promptTokens = 0;
  private generationTokens = 0;

  constructor(setup: ReplicaSetup, batching: StaticConfig) {
    this.index = setup.index;
    this.table = setup.table;
    this.latency = setup.latency;
    this.engine = setup.engine;
    this.listener = setup.listener;
    this.warmUpFactors = setup.warmUpFactors;
    this.gpuShare = setup.gpuShare;
    this.admitted = setup.admittedBefore;
    this.batching = batching;
    this.composition = createStepComposition(batching.size);
    this.ingress = new SlotList(setup.table);
    this.waiting = new SlotList(setup.table);
    this.running = new SlotList(setup.table);
    this.order = new Int32Array(batching.size);
    this.sortKeys = new Float64Array(batching.size);
    this.admissions = new Int32Array(batching.size);
  }

  get preemptionCount(): number {
    return 0;
  }

  enqueue(slot: number, nowSeconds: number): void {
    this.table.enqueueSeconds[slot] = nowSeconds + this.latency.requestOverheadSeconds;
    this.table.state[slot] = SlotState.Ingress;
    this.ingress.append(slot);
    this.inFlight++;
    if (this.phase === Phase.Idle && this.ingress.count === 1) this.waitForBatch();
  }

  abort(slot: number, nowSeconds: number): void {
    const state = this.table.state[slot] as number;
    if (state !== SlotState.Ingress && state !== SlotState.Waiting) {
      this.table.aborted[slot] = 1;
      return;
    }
    (state === SlotState.Ingress ? this.ingress : this.waiting).remove(slot);
    this.inFlight--;
    if (this.phase === Phase.Idle) this.waitForBatch();
    this.listener.released(slot, nowSeconds);
  }

  /** The step under way keeps its time, the next one begins a new series. */
  gpuShareChanged(nowSeconds: number): void {
    if (this.phase !== Phase.Decode) return;
    const last = Math.max(this.anchorStep + this.series.lastBoundaryTo(nowSeconds), this.decodeStep) + 1;
    this.lineEndStep = Math.min(this.lineEndStep, last);
    if (last >= this.targetStep) return;
    this.targetStep = last;
    this.wakeAt(this.series.boundary(last - this.anchorStep), Priority.IterationEnd);
  }

  onEvent(): void {
    const nowSeconds = this.nextSeconds;
    if (this.nextPriority === Priority.IterationStart) this.startBatch(nowSeconds);
    else if (this.phase === Phase.Prompt) this.endPrompt(nowSeconds);
    else this.endDecode(nowSeconds);
  }

  sample(nowSeconds: number, into: ReplicaSample): void {
    const { table } = this;
    const ahead = this.stepsAhead(nowSeconds);
    const left = this.batchSize - this.delivered;
    let waiting = this.waiting.count;
    for (let slot = this.ingress.head; slot >= 0 && (table.enqueueSeconds[slot] as number) <= nowSeconds; slot = table.next[slot] as number)
      waiting++;
    into.running = this.running.count;
    into.waiting = waiting;
    into.usedBlocks = this.batchSize === 0 ? 0 : this.paddedBlocks(this.batchSize, this.longestPrompt, this.longestOutput);
    into.promptTokens = this.promptTokens;
    into.generationTokens = this.generationTokens + ahead * left;
    into.preemptions = 0;
    into.gapFirstSeconds = this.gapSeconds();
    into.gapGrowthSeconds = this.series.growthSeconds;
    into.gapSteps = this.batching.isStreamed ? this.decodeStep + ahead - this.reportedStep : 0;
    into.gapSequences = left;
  }

  stop(nowSeconds: number, each: (slot: number) => void): void {
    this.settle(this.stepsAhead(nowSeconds));
    const emitted = this.phase === Phase.Decode ? this.decodeStep + 1 : 0;
    const wasBusy = this.phase !== Phase.Idle;
    this.phase = Phase.Idle;
    this.batchSize = 0;
    this.delivered = 0;
    for (const list of [this.running, this.waiting, this.ingress]) {
      while (list.head >= 0) {
        const slot = list.head;
        list.remove(slot);
        this.inFlight--;
        if (list === this.running) this.table.emittedTokens[slot] = Math.min(emitted, this.table.outputTokens[slot] as number);
        each(slot);
      }
    }
    this.wakeAt(Number.POSITIVE_INFINITY, Priority.IterationStart);
    if (wasBusy) this.listener.busy(this.index, nowSeconds, false);
  }

  flush(endSeconds: number): void {
    if (this.phase !== Phase.Decode) return;
    const ended = this.anchorStep + this.series.firstBoundaryFrom(endSeconds) - 1;
    this.settle(Math.min(ended, this.targetStep) - this.decodeStep);
  }

  // ── a batch starts ────────────────────────────────────────────────────────────────────────────────────────────

  private startBatch(nowSeconds: number): void {
    this.takeIngress(nowSeconds);
    const { waiting, batching } = this;
    const oldest = this.table.enqueueSeconds[waiting.head] as number;
    if (waiting.count === 0 || (waiting.count < batching.size && nowSeconds < oldest + batching.maxWaitSeconds)) {
      this.goIdle(nowSeconds);
      return;
    }
    if (this.phase === Phase.Idle) this.listener.busy(this.index, nowSeconds, true);
    this.fillBatch(nowSeconds);
    this.composePrompts();
    this.factor = factorAt(this.warmUpFactors, this.admitted);
    this.phase = Phase.Prompt;
    this.wakeAt(
      nowSeconds + this.latency.stepSeconds(this.composition) * this.factor * tenantsAt(this.gpuShare, nowSeconds),
      Priority.IterationEnd,
    );
  }

  private takeIngress(nowSeconds: number): void {
    const { ingress, table } = this;
    while (ingress.head >= 0 && (table.enqueueSeconds[ingress.head] as number) <= nowSeconds) {
      const slot = ingress.head;
      ingress.remove(slot);
      this.waiting.append(slot);
      table.state[slot] = SlotState.Waiting;
    }
  }

  /** The first always fits: longer ones are refused at the gateway. */
  private fillBatch(nowSeconds: number): void {
    const { table, waiting, running, batching, engine } = this;
    this.longestPrompt = 0;
    this.longestOutput = 0;
    while (waiting.head >= 0 && running.count < batching.size) {
      const slot = waiting.head;
      const prompt = Math.max(this.longestPrompt, table.promptTokens[slot] as number);
      const output = Math.max(this.longestOutput, table.outputTokens[slot] as number);
      if (running.count > 0 && this.paddedBlocks(running.count + 1, prompt, output) > engine.kvBlocks) break;
      this.longestPrompt = prompt;
      this.longestOutput = output;
      waiting.remove(slot);
      this.admissions[running.count] = slot;
      running.append(slot);
      table.state[slot] = SlotState.Prefilling;
      table.admitSeconds[slot] = nowSeconds;
      table.admission[slot] = this.admitted++;
    }
    this.batchSize = running.count;
    this.delivered = 0;
    this.sortByOutput();
  }

  /** Output length and place in one number: both are whole, and a sort of numbers needs no comparison function. */
  private sortByOutput(): void {
    const { batchSize, sortKeys, admissions, order, table } = this;
    const places = this.batching.size;
    for (let i = 0; i < batchSize; i++) sortKeys[i] = this.lastStepOf(admissions[i] as number) * places + i;
    const keys = sortKeys.subarray(0, batchSize).sort();
    for (let i = 0; i < batchSize; i++) order[i] = admissions[(keys[i] as number) % places] as number;
    for (let i = 0; i < batchSize; i++) table.finishStep[order[i] as number] = this.lastStepOf(order[i] as number);
  }

  /** Decode step with which the answer is complete. */
  private lastStepOf(slot: number): number {
    return (this.batching.isStreamed ? (this.table.outputTokens[slot] as number) : this.longestOutput) - 1;
  }

  private composePrompts(): void {
    const { composition, batchSize, longestPrompt } = this;
    composition.decodeSequences = 0;
    composition.contextTokens = 0;
    composition.chunks = batchSize;
    composition.promptTokens = batchSize * longestPrompt;
    composition.promptTokenContext = batchSize * (longestPrompt * (longestPrompt * 0.5));
    composition.chunkTokens.fill(longestPrompt, 0, batchSize);
    composition.chunkPrompt.fill(longestPrompt, 0, batchSize);
  }

  // ── steps end ─────────────────────────────────────────────────────────────────────────────────────────────────

  private endPrompt(nowSeconds: number): void {
    const { table, batchSize } = this;
    this.steps++;
    this.phase = Phase.Decode;
    this.decodeStep = 0;
    this.anchorStep = 0;
    this.reportedStep = 0;
    this.generationTokens += batchSize;
    for (let i = 0; i < batchSize; i++) {
      const slot = this.admissions[i] as number;
      this.promptTokens += table.promptTokens[slot] as number;
      table.state[slot] = SlotState.Decoding;
      if (this.batching.isStreamed) this.emitFirst(slot, nowSeconds);
    }
    this.deliver(nowSeconds);
    this.continueDecode(nowSeconds);
  }

  private endDecode(nowSeconds: number): void {
    this.advance(this.targetStep - this.decodeStep);
    const next = this.order[this.delivered] as number;
    if (this.table.finishStep[next] === this.decodeStep) {
      this.reportGaps();
      this.deliver(nowSeconds);
    }
    this.continueDecode(nowSeconds);
  }

  /** Answers whose last token came with this step leave. */
  private deliver(nowSeconds: number): void {
    const { table, order } = this;
    while (this.delivered < this.batchSize && table.finishStep[order[this.delivered] as number] === this.decodeStep) {
      const slot = order[this.delivered++] as number;
      if (!this.batching.isStreamed) this.emitFirst(slot, nowSeconds);
      table.emittedTokens[slot] = table.outputTokens[slot] as number;
      this.running.remove(slot);
      this.inFlight--;
      if (table.aborted[slot] === 1) this.listener.released(slot, nowSeconds);
      else this.listener.completed(slot, nowSeconds);
    }
  }

  private emitFirst(slot: number, nowSeconds: number): void {
    this.table.emittedTokens[slot] = 1;
    this.table.firstTokenSeconds[slot] = nowSeconds;
    if (this.table.aborted[slot] === 0) this.listener.firstToken(slot, nowSeconds);
  }

  private continueDecode(nowSeconds: number): void {
    if (this.delivered === this.batchSize) {
      this.batchSize = 0;
      this.delivered = 0;
      this.reportedStep = this.decodeStep;
      this.phase = Phase.Boundary;
      this.wakeAt(nowSeconds, Priority.IterationStart);
      return;
    }
    const isAffine = this.latency.perContextTokenSeconds !== undefined;
    if (this.decodeStep === 0 || this.decodeStep >= this.lineEndStep) this.anchorSeries(nowSeconds, isAffine);
    this.targetStep = Math.min(this.lineEndStep, this.table.finishStep[this.order[this.delivered] as number] as number);
    this.wakeAt(this.series.boundary(this.targetStep - this.anchorStep), Priority.IterationEnd);
  }

  /** Places that are done are padding: they are computed like the others, so the step time grows evenly to the batch's end. */
  private anchorSeries(nowSeconds: number, isAffine: boolean): void {
    const { batchSize, latency, composition } = this;
    const contextTokens = batchSize * (this.longestPrompt + this.decodeStep + 1);
    if (this.reportedStep < this.decodeStep) this.reportGaps();
    this.anchorStep = this.decodeStep;
    if (isAffine) {
      const batch = { sequences: batchSize, contextTokens, tokensPerStep: batchSize };
      this.lineEndStep =
        this.decodeStep + this.series.start(nowSeconds, latency, batch, this.factor * tenantsAt(this.gpuShare, nowSeconds));
      if (this.gpuShare?.changedSeconds === nowSeconds) this.lineEndStep = this.decodeStep + 1;
      return;
    }
    this.lineEndStep = this.decodeStep + 1;
    composition.decodeSequences = batchSize;
    composition.contextTokens = contextTokens;
    composition.chunks = 0;
    composition.promptTokens = 0;
    composition.promptTokenContext = 0;
    this.series.set(nowSeconds, latency.stepSeconds(composition) * this.factor * tenantsAt(this.gpuShare, nowSeconds), 0);
  }

  // ── parts ─────────────────────────────────────────────────────────────────────────────────────────────────────

  private advance(steps: number): void {
    this.decodeStep += steps;
    this.steps += steps;
    this.generationTokens += steps * (this.batchSize - this.delivered);
  }

  /** Counts decode steps that have ended and reports their gaps. */
  private settle(steps: number): void {
    if (this.phase !== Phase.Decode) return;
    if (steps > 0) this.advance(steps);
    this.reportGaps();
  }

  /** Every answer that is not done has seen these gaps; places that are padding have not. */
  private reportGaps(): void {
    const steps = this.decodeStep - this.reportedStep;
    if (steps > 0 && this.batching.isStreamed)
      this.listener.gaps(this.index, this.gapSeconds(), this.series.growthSeconds, steps, this.batchSize - this.delivered);
    this.reportedStep = this.decodeStep;
  }

  /** Length of the first step that is not reported. */
  private gapSeconds(): number {
    return this.series.firstSeconds + this.series.growthSeconds * (this.reportedStep - this.anchorStep);
  }

  private stepsAhead(nowSeconds: number): number {
    if (this.phase !== Phase.Decode) return 0;
    return Math.min(this.anchorStep + this.series.lastBoundaryTo(nowSeconds), this.targetStep) - this.decodeStep;
  }

  private paddedBlocks(places: number, prompt: number, output: number): number {
    return places * Math.ceil((prompt + output) / this.engine.blockTokens);
  }

  private goIdle(nowSeconds: number): void {
    if (this.phase !== Phase.Idle) this.listener.busy(this.index, nowSeconds, false);
    this.phase = Phase.Idle;
    this.waitForBatch();
  }

  /** Looks again when the next request reaches the queue, or when the oldest has waited long enough. */
  private waitForBatch(): void {
    const { table, ingress, waiting } = this;
    const arrival = ingress.head < 0 ? Number.POSITIVE_INFINITY : (table.enqueueSeconds[ingress.head] as number);
    const patience =
      waiting.head < 0 ? Number.POSITIVE_INFINITY : (table.enqueueSeconds[waiting.head] as number) + this.batching.maxWaitSeconds;
    this.wakeAt(Math.min(arrival, patience), Priority.IterationStart);
  }

  private wakeAt(timeSeconds: number, priority: number): void {
    this.nextSeconds = timeSeconds;
    this.nextPriority = priority;
  }

  save(): BatchServerState {
    const { series } = this;
    return {
      scalars: SCALARS.map((name) => this[name]),
      queues: [this.ingress.save(), this.waiting.save(), this.running.save()],
      columns: [
        Float64Array.of(series.anchorSeconds, series.firstSeconds, series.growthSeconds),
        this.order.slice(),
        this.admissions.slice(),
      ],
    };
  }

  restore(state: BatchServerState): void {
    SCALARS.forEach((name, i) => {
      this[name] = state.scalars[i] as number;
    });
    [this.ingress, this.waiting, this.running].forEach((list, i) => {
      list.restore(state.queues[i] as readonly [number, number, number]);
    });
    const [series, order, admissions] = state.columns;
    const [anchor, first, growth] = series as Float64Array;
    this.series.set(anchor as number, first as number, growth as number);
    this.order.set(order as Int32Array);
    this.admissions.set(admissions as Int32Array);
  }
}

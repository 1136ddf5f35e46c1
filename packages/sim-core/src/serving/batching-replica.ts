import { Priority } from "../kernel/priorities.ts";
import { Batch } from "./batch.ts";
import { DecodeSeries } from "./decode-series.ts";
import { type Decoding, DecodingBatch } from "./decoding-batch.ts";
import type { LatencyModel } from "./latency/model.ts";
import type { Replica, ReplicaListener, ReplicaSample, ReplicaSetup, ReplicaState } from "./replica.ts";
import { Part, type RequestTable, SlotState } from "./request-table.ts";
import { SlotList } from "./slot-list.ts";
import { SpeculativeBatch } from "./speculative-batch.ts";
import { byArrival } from "./waiting-queue.ts";
import { factorAt } from "./warm-up.ts";

const Phase = {
  /** Nothing to compute; perhaps an attempt on its way in. */
  Idle: 0,
  /** Decode-only steps in closed form, up to `targetStep`. */
  Series: 1,
  /** One step with prompt chunks (or of a model that is not affine in its context). */
  Step: 2,
  /** Between two steps: what happens at this instant is seen by the next one. */
  Boundary: 3,
} as const;

/** Fields that a saved replica carries as they are. */
// biome-ignore format: a list of names
const SCALARS = [
  "nextSeconds", "nextPriority", "inFlight", "phase", "targetStep", "stepStartSeconds", "stepEndSeconds",
  "abortedRunning", "promptTokens", "promptGenerated",
] as const;

/**
 * Continuous batching with vLLM's scheduling rules, fast-forwarded: between two changes of the batch no step is
 * simulated on its own, and nothing ever loops over the batch. Who joins a step is {@link Batch}'s business; this class
 * keeps time: when steps end, what ends with them, and who is told.
 */
export class BatchingReplica implements Replica {
  nextSeconds: number = Number.POSITIVE_INFINITY;
  nextPriority: number = Priority.IterationStart;
  inFlight = 0;

  private readonly index: number;
  private readonly table: RequestTable;
  private readonly latency: LatencyModel;
  private readonly listener: ReplicaListener;
  private readonly warmUpFactors: Float64Array;

  private readonly ingress: SlotList;
  private readonly batch: Batch;
  private readonly decoding: Decoding;
  private readonly series: DecodeSeries;

  private phase: number = Phase.Idle;
  private targetStep = 0;
  private stepEndSeconds = 0;
  private stepStartSeconds = 0;
  private abortedRunning = 0;
  private promptTokens = 0;
  /** Tokens that ended a prompt; those of decode steps are counted where they are decoded. */
  private promptGenerated = 0;

  constructor(setup: ReplicaSetup) {
    const { index, table, engine, listener } = setup;
    this.index = index;
    this.table = table;
    this.latency = setup.latency;
    this.listener = listener;
    this.warmUpFactors = setup.warmUpFactors;
    this.ingress = new SlotList(table);
    this.decoding =
      engine.speculative === undefined ? new DecodingBatch(table, engine.blockTokens) : new SpeculativeBatch(table, engine.blockTokens);
    this.series = new DecodeSeries(index, this.decoding, listener);
    this.batch = new Batch(table, engine, this.decoding, this.series, setup.admittedBefore);
  }

  get steps(): number {
    return this.decoding.step;
  }

  get held(): number {
    return this.batch.handover.held.count + this.batch.handover.parting.count;
  }

  get preemptionCount(): number {
    return this.batch.preemptions;
  }

  get prefixQueriedTokens(): number {
    return this.batch.blocks.queriedTokens;
  }

  get prefixHitTokens(): number {
    return this.batch.blocks.hitTokens;
  }

  enqueue(slot: number, nowSeconds: number): void {
    const { table } = this;
    const seconds = nowSeconds + this.latency.requestOverheadSeconds;
    table.enqueueSeconds[slot] = seconds;
    table.state[slot] = SlotState.Ingress;
    this.ingress.append(slot);
    this.inFlight++;
    if (this.ingress.count > 1) return;
    if (this.phase === Phase.Idle) this.wakeAt(Math.min(seconds, this.nextSeconds), Priority.IterationStart);
    else if (this.phase === Phase.Series && this.batch.canAdmitArrival) this.stopSeriesAt(this.series.firstStepFrom(seconds));
  }

  abort(slot: number, nowSeconds: number): void {
    const { table } = this;
    const state = table.state[slot] as number;
    if (state === SlotState.Ingress) {
      const wasHead = this.ingress.head === slot;
      this.ingress.remove(slot);
      this.release(slot, nowSeconds);
      if (wasHead && this.phase === Phase.Idle && !this.batch.isBlocked) this.goIdle(nowSeconds);
      return;
    }
    if (state === SlotState.Waiting) {
      this.batch.waiting.remove(slot);
      this.release(slot, nowSeconds);
      // blocks outside the batch may have left no room for it, but leave some for the next
      if (this.phase === Phase.Idle && this.batch.waiting.count > 0) this.wakeAt(nowSeconds, Priority.IterationStart);
    } else if (state === SlotState.Receiving) {
      table.aborted[slot] = 1; // its blocks are being written to until then
      return;
    } else if (state === SlotState.Received) {
      table.aborted[slot] = 1;
      this.batch.handover.abortedReceived++;
    } else {
      table.aborted[slot] = 1;
      this.abortedRunning++;
    }
    if (this.phase === Phase.Series) this.stopSeriesAt(this.series.firstStepFrom(nowSeconds));
  }

  letGo(slot: number, nowSeconds: number): void {
    const { held, parting } = this.batch.handover;
    held.remove(slot);
    parting.append(slot);
    if (this.phase === Phase.Idle) this.wakeAt(nowSeconds, Priority.IterationStart);
    else if (this.phase === Phase.Series) this.stopSeriesAt(this.series.firstStepFrom(nowSeconds));
  }

  onEvent(): void {
    const nowSeconds = this.nextSeconds;
    if (this.nextPriority === Priority.IterationEnd) {
      const wasSeries = this.phase === Phase.Series;
      this.phase = Phase.Boundary;
      this.wakeAt(nowSeconds, Priority.IterationStart);
      if (wasSeries) this.endSeries(nowSeconds);
      else this.endStep(nowSeconds);
    } else {
      this.startStep(nowSeconds);
    }
  }

  sample(nowSeconds: number, into: ReplicaSample): void {
    const { table, decoding, series, batch } = this;
    const ahead = this.stepsAhead(nowSeconds);
    let waiting = batch.waiting.count + batch.handover.receiving.count + batch.handover.received.count;
    for (let slot = this.ingress.head; slot >= 0 && (table.enqueueSeconds[slot] as number) <= nowSeconds; slot = table.next[slot] as number)
      waiting++;
    // the step under way already holds the blocks of the tokens it computes
    let usedBlocks = decoding.usedBlocks(this.phase === Phase.Boundary ? 0 : ahead + 1) + batch.blocks.pinned - batch.blocks.shared;
    if (this.phase === Phase.Step) usedBlocks += batch.chunks.blocks();
    into.running = batch.running.count;
    into.waiting = waiting;
    into.usedBlocks = usedBlocks;
    into.promptTokens = this.promptTokens;
    into.generationTokens = this.promptGenerated + decoding.generated(ahead);
    into.preemptions = batch.preemptions;
    into.prefixQueriedTokens = batch.blocks.queriedTokens;
    into.prefixHitTokens = batch.blocks.hitTokens;
    into.gapFirstSeconds = series.steps.firstSeconds;
    into.gapGrowthSeconds = series.steps.growthSeconds;
    into.gapSteps = series.isOpen ? decoding.step + ahead - series.anchorStep : 0;
    into.gapSequences = decoding.sequences;
  }

  stop(nowSeconds: number, each: (slot: number) => void): void {
    this.settle(this.stepsAhead(nowSeconds));
    const running: number[] = [];
    const others: number[] = [];
    this.batch.empty(running, others);
    for (let slot = this.ingress.head; slot >= 0; slot = this.ingress.head) {
      this.ingress.remove(slot);
      others.push(slot);
    }
    this.inFlight = 0;
    this.abortedRunning = 0;
    this.goIdle(nowSeconds);
    running.forEach(each);
    others.sort((a, b) => byArrival(this.table, a, b)).forEach(each);
  }

  flush(endSeconds: number): void {
    const ended = this.phase === Phase.Series ? this.series.firstStepFrom(endSeconds) - 1 : this.decoding.step;
    this.settle(Math.min(ended, this.targetStep) - this.decoding.step);
  }

  // ── a boundary: what has ended ────────────────────────────────────────────────────────────────────────────────

  private endSeries(nowSeconds: number): void {
    this.decoding.advance(this.targetStep - this.decoding.step);
    this.batch.blocks.settle();
    if (this.decoding.finished < 0) return;
    this.series.close();
    this.completeDecoding(nowSeconds);
  }

  private endStep(nowSeconds: number): void {
    const { table, batch } = this;
    const { chunks } = batch;
    const decoders = this.decoding.sequences;
    if (decoders > 0) this.listener.gaps(this.index, this.stepEndSeconds - this.stepStartSeconds, 0, 1, decoders);
    this.decoding.advance(1);
    this.completeDecoding(nowSeconds);
    batch.clearPartials();
    for (let i = 0; i < chunks.count; i++) {
      const slot = chunks.slots[i] as number;
      table.computedTokens[slot] = chunks.computed(i);
      if (chunks.isPromptDone(i)) this.finishPrompt(slot, nowSeconds);
      else batch.keepPartial(slot);
    }
    chunks.clear();
  }

  /** Sequences whose last token came with this step leave, oldest admission first. */
  private completeDecoding(nowSeconds: number): void {
    for (let slot = this.decoding.finished; slot >= 0; slot = this.decoding.finished) this.leaveBatch(slot, nowSeconds);
  }

  /** The prompt's last chunk ends in a token. */
  private finishPrompt(slot: number, nowSeconds: number): void {
    const { table } = this;
    const emitted = (table.emittedTokens[slot] as number) + 1;
    table.emittedTokens[slot] = emitted;
    this.promptGenerated++;
    if (emitted === 1) {
      if (table.part[slot] === Part.Prompt) {
        this.endPrompt(slot, nowSeconds);
        return;
      }
      this.promptTokens += table.promptTokens[slot] as number;
      table.firstTokenSeconds[slot] = nowSeconds;
      if (table.aborted[slot] === 0) this.listener.firstToken(slot, nowSeconds);
    } else {
      this.listener.gaps(this.index, nowSeconds - (table.lastTokenSeconds[slot] as number), 0, 1, 1);
    }
    if (emitted === (table.outputTokens[slot] as number)) {
      this.leaveBatch(slot, nowSeconds);
      return;
    }
    table.state[slot] = SlotState.Decoding;
    this.decoding.join(slot);
  }

  /** The answer is decoded elsewhere, from its first token on: the one that ends the prompt is thrown away. */
  private endPrompt(slot: number, nowSeconds: number): void {
    const { table } = this;
    this.promptTokens += table.promptTokens[slot] as number;
    table.emittedTokens[slot] = 0;
    if (table.aborted[slot] === 1) {
      this.leaveBatch(slot, nowSeconds);
      return;
    }
    this.batch.hold(slot);
    this.inFlight--;
    this.listener.prefilled(slot, nowSeconds);
  }

  private leaveBatch(slot: number, nowSeconds: number): void {
    this.batch.leave(slot);
    this.inFlight--;
    if (this.table.aborted[slot] === 1) {
      this.abortedRunning--;
      this.listener.released(slot, nowSeconds);
    } else {
      this.listener.completed(slot, nowSeconds);
    }
  }

  // ── a boundary: what starts ───────────────────────────────────────────────────────────────────────────────────

  private startStep(nowSeconds: number): void {
    const { batch } = this;
    if (this.abortedRunning > 0) this.dropAborted(nowSeconds);
    this.settleHandover(nowSeconds);
    this.takeIngress(nowSeconds);
    if (batch.isEmpty) {
      this.goIdle(nowSeconds);
      return;
    }
    batch.compose(nowSeconds);
    if (batch.isStuck) {
      this.goIdle(nowSeconds);
      return;
    }
    if (this.phase === Phase.Idle) this.listener.busy(this.index, nowSeconds, true);
    if (batch.chunks.count > 0 || this.latency.perContextTokenSeconds === undefined) this.startMixedStep(nowSeconds);
    else this.startSeries(nowSeconds);
  }

  /** What other replicas have read is free, what they have sent is here. */
  private settleHandover(nowSeconds: number): void {
    const { batch, table } = this;
    const { handover } = batch;
    for (let slot = batch.freeParting(); slot >= 0; slot = batch.freeParting()) this.listener.released(slot, nowSeconds);
    while (handover.nextSeconds <= nowSeconds) {
      const slot = handover.receiving.head;
      batch.takeReceived(slot);
      this.listener.received(slot, nowSeconds);
      if (table.aborted[slot] === 1) this.release(slot, nowSeconds);
    }
    let slot = handover.abortedReceived > 0 ? handover.received.head : -1;
    while (slot >= 0) {
      const next = table.next[slot] as number;
      if (table.aborted[slot] === 1) {
        batch.dropReceived(slot);
        handover.abortedReceived--;
        this.release(slot, nowSeconds);
      }
      slot = next;
    }
  }

  private takeIngress(nowSeconds: number): void {
    const { ingress, table } = this;
    while (ingress.head >= 0 && (table.enqueueSeconds[ingress.head] as number) <= nowSeconds) {
      const slot = ingress.head;
      ingress.remove(slot);
      this.batch.wait(slot);
    }
  }

  private dropAborted(nowSeconds: number): void {
    const { table } = this;
    this.series.close();
    let slot = this.batch.running.head;
    while (slot >= 0 && this.abortedRunning > 0) {
      const next = table.next[slot] as number;
      if (table.aborted[slot] === 1) this.leaveBatch(slot, nowSeconds);
      slot = next;
    }
  }

  private startMixedStep(nowSeconds: number): void {
    const { decoding } = this;
    const { composition } = this.batch.chunks;
    this.series.close();
    composition.decodeSequences = decoding.sequences;
    composition.contextTokens = decoding.contextTokens;
    this.phase = Phase.Step;
    this.stepStartSeconds = nowSeconds;
    this.stepEndSeconds = nowSeconds + this.latency.stepSeconds(composition) * factorAt(this.warmUpFactors, this.batch.admitted);
    this.wakeAt(this.stepEndSeconds, Priority.IterationEnd);
  }

  private startSeries(nowSeconds: number): void {
    const { decoding, table, series, batch } = this;
    if (decoding.step >= series.endStep) series.close();
    if (!series.isOpen) series.open(nowSeconds, this.latency, factorAt(this.warmUpFactors, batch.admitted));
    this.phase = Phase.Series;
    const stepsToChange = batch.wasPreempted ? 1 : decoding.stepsToChange(batch.blocks.capacity);
    this.targetStep = Math.min(series.endStep, decoding.step + stepsToChange);
    this.wakeAt(series.endOf(this.targetStep), Priority.IterationEnd);
    if (this.ingress.head >= 0 && batch.canAdmitArrival)
      this.stopSeriesAt(series.firstStepFrom(table.enqueueSeconds[this.ingress.head] as number));
    if (batch.handover.receiving.head >= 0) this.stopSeriesAt(series.firstStepFrom(batch.handover.nextSeconds));
  }

  // ── parts ─────────────────────────────────────────────────────────────────────────────────────────────────────

  private release(slot: number, nowSeconds: number): void {
    this.inFlight--;
    this.listener.released(slot, nowSeconds);
  }

  /** Counts steps of the series that have ended and reports their gaps; what is under way is forgotten. */
  private settle(steps: number): void {
    if (steps > 0) this.decoding.advance(steps);
    this.series.close();
  }

  private stepsAhead(nowSeconds: number): number {
    if (this.phase !== Phase.Series) return 0;
    return Math.min(this.series.lastStepTo(nowSeconds), this.targetStep) - this.decoding.step;
  }

  /** Lets the series end with a step of the counter, or with the next one when that is past. */
  private stopSeriesAt(wanted: number): void {
    const step = Math.max(wanted, this.decoding.step + 1);
    if (step >= this.targetStep) return;
    this.targetStep = step;
    this.wakeAt(this.series.endOf(step), Priority.IterationEnd);
  }

  private goIdle(nowSeconds: number): void {
    if (this.phase !== Phase.Idle) this.listener.busy(this.index, nowSeconds, false);
    this.phase = Phase.Idle;
    const ingressSeconds = this.ingress.head < 0 ? Number.POSITIVE_INFINITY : (this.table.enqueueSeconds[this.ingress.head] as number);
    this.wakeAt(Math.min(ingressSeconds, this.batch.handover.nextSeconds), Priority.IterationStart);
  }

  private wakeAt(timeSeconds: number, priority: number): void {
    this.nextSeconds = timeSeconds;
    this.nextPriority = priority;
  }

  save(): ReplicaState {
    return {
      scalars: SCALARS.map((name) => this[name]),
      series: this.series.save(),
      ingress: this.ingress.save(),
      decoding: this.decoding.save(),
      batch: this.batch.save(),
    };
  }

  restore(state: ReplicaState): void {
    SCALARS.forEach((name, i) => {
      this[name] = state.scalars[i] as number;
    });
    this.series.restore(state.series);
    this.ingress.restore(state.ingress);
    this.decoding.restore(state.decoding);
    this.batch.restore(state.batch);
  }
}

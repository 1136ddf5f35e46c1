import { Priority } from "../kernel/priorities.ts";
import type { EngineConfig } from "./config.ts";
import { DecodingBatch } from "./decoding-batch.ts";
import type { LatencyModel } from "./latency/model.ts";
import { PromptChunks } from "./prompt-chunks.ts";
import type { Replica, ReplicaListener, ReplicaSample, ReplicaSetup, ReplicaState } from "./replica.ts";
import { type RequestTable, SlotState } from "./request-table.ts";
import { SlotList } from "./slot-list.ts";
import { StepSeries } from "./step-series.ts";
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
  "nextSeconds", "nextPriority", "inFlight", "phase", "anchorStep", "lineEndStep", "targetStep", "stepStartSeconds", "stepEndSeconds",
  "partialSlot", "abortedRunning", "admitted", "promptTokens", "generationTokens", "preemptions",
] as const;
const FLAGS = ["changed", "preemptedThisStep"] as const;

/**
 * Continuous batching with vLLM's scheduling rules, fast-forwarded: between two changes of the batch no step is
 * simulated on its own, and nothing ever loops over the batch. Running sequences come first (one token each, an
 * unfinished prompt its next chunk), then the queue in order while the token budget, sequences and KV blocks last;
 * when blocks run out the newest sequence is preempted and recomputed later.
 */
export class BatchingReplica implements Replica {
  nextSeconds: number = Number.POSITIVE_INFINITY;
  nextPriority: number = Priority.IterationStart;
  inFlight = 0;

  private readonly index: number;
  private readonly table: RequestTable;
  private readonly latency: LatencyModel;
  private readonly engine: EngineConfig;
  private readonly listener: ReplicaListener;
  private readonly warmUpFactors: Float64Array;
  private readonly chunks: PromptChunks;

  private readonly ingress: SlotList;
  private readonly waiting: SlotList;
  /** In order of admission: the tail is the newest. */
  private readonly running: SlotList;
  private readonly decoding: DecodingBatch;
  private readonly series = new StepSeries();

  private phase: number = Phase.Idle;
  private anchorStep = 0;
  /** Step from which the latency model's line no longer holds and the series needs a new anchor. */
  private lineEndStep = Number.POSITIVE_INFINITY;
  private targetStep = 0;
  /** The batch changed since the series' anchor: the next series needs a new one. */
  private changed = true;
  private stepEndSeconds = 0;
  private stepStartSeconds = 0;
  /** The sequence whose prompt is not finished; always the tail of `running`. −1: none. */
  private partialSlot = -1;
  private abortedRunning = 0;
  private preemptedThisStep = false;
  /** Blocks left for prompt chunks while a step is put together; at least this many unless exact. */
  private freeBlocks = 0;
  private isFreeExact = true;
  private admitted: number;
  private promptTokens = 0;
  private generationTokens = 0;
  private preemptions = 0;

  constructor(setup: ReplicaSetup) {
    this.index = setup.index;
    this.table = setup.table;
    this.latency = setup.latency;
    this.engine = setup.engine;
    this.listener = setup.listener;
    this.warmUpFactors = setup.warmUpFactors;
    this.admitted = setup.admittedBefore;
    this.chunks = new PromptChunks(setup.engine.maxSequences, setup.engine.blockTokens);
    this.ingress = new SlotList(setup.table);
    this.waiting = new SlotList(setup.table);
    this.running = new SlotList(setup.table);
    this.decoding = new DecodingBatch(setup.table, setup.engine.blockTokens);
  }

  get steps(): number {
    return this.decoding.step;
  }

  get preemptionCount(): number {
    return this.preemptions;
  }

  enqueue(slot: number, nowSeconds: number): void {
    const { table } = this;
    table.enqueueSeconds[slot] = nowSeconds + this.latency.requestOverheadSeconds;
    table.state[slot] = SlotState.Ingress;
    this.ingress.append(slot);
    this.inFlight++;
    if (this.ingress.count > 1) return;
    if (this.phase === Phase.Idle) this.wakeAt(table.enqueueSeconds[slot] as number, Priority.IterationStart);
    else if (this.phase === Phase.Series && this.canAdmit())
      this.stopSeriesAt(this.series.firstBoundaryFrom(table.enqueueSeconds[slot] as number));
  }

  abort(slot: number, nowSeconds: number): void {
    const { table } = this;
    const state = table.state[slot] as number;
    if (state === SlotState.Ingress) {
      const wasHead = this.ingress.head === slot;
      this.ingress.remove(slot);
      this.letGo(slot, nowSeconds);
      if (wasHead && this.phase === Phase.Idle) this.goIdle(nowSeconds);
      return;
    }
    if (state === SlotState.Waiting) {
      this.waiting.remove(slot);
      this.letGo(slot, nowSeconds);
    } else {
      table.aborted[slot] = 1;
      this.abortedRunning++;
    }
    if (this.phase === Phase.Series) this.stopSeriesAt(this.series.firstBoundaryFrom(nowSeconds));
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
    const { table, decoding } = this;
    const ahead = this.stepsAhead(nowSeconds);
    let waiting = this.waiting.count;
    for (let slot = this.ingress.head; slot >= 0 && (table.enqueueSeconds[slot] as number) <= nowSeconds; slot = table.next[slot] as number)
      waiting++;
    // the step under way already holds the blocks of the tokens it computes
    let usedBlocks = decoding.usedBlocks(this.phase === Phase.Boundary ? 0 : ahead + 1);
    if (this.phase === Phase.Step) usedBlocks += this.chunks.blocks();
    into.running = this.running.count;
    into.waiting = waiting;
    into.usedBlocks = usedBlocks;
    into.promptTokens = this.promptTokens;
    into.generationTokens = this.generationTokens + ahead * decoding.sequences;
    into.preemptions = this.preemptions;
    into.gapFirstSeconds = this.series.firstSeconds;
    into.gapGrowthSeconds = this.series.growthSeconds;
    into.gapSteps = this.changed ? 0 : this.decoding.step + ahead - this.anchorStep;
    into.gapSequences = decoding.sequences;
  }

  stop(nowSeconds: number, each: (slot: number) => void): void {
    this.settle(this.stepsAhead(nowSeconds));
    const { table } = this;
    for (const list of [this.running, this.waiting, this.ingress]) {
      while (list.head >= 0) {
        const slot = list.head;
        if (table.state[slot] === SlotState.Decoding) this.decoding.leave(slot);
        list.remove(slot);
        this.inFlight--;
        each(slot);
      }
    }
    this.partialSlot = -1;
    this.abortedRunning = 0;
    this.changed = true;
    this.goIdle(nowSeconds);
  }

  // ── a boundary: what has ended ────────────────────────────────────────────────────────────────────────────────

  private endSeries(nowSeconds: number): void {
    this.advance(this.targetStep - this.decoding.step);
    if (this.decoding.finished < 0) return;
    this.closeSeries();
    this.completeDecoding(nowSeconds);
  }

  private endStep(nowSeconds: number): void {
    const { chunks, table } = this;
    const decoders = this.decoding.sequences;
    if (decoders > 0) this.listener.gaps(this.index, this.stepEndSeconds - this.stepStartSeconds, 0, 1, decoders);
    this.advance(1);
    this.changed = true;
    this.completeDecoding(nowSeconds);
    for (let i = 0; i < chunks.count; i++) {
      const slot = chunks.slots[i] as number;
      table.computedTokens[slot] = chunks.computed(i);
      if (chunks.isPromptDone(i)) this.finishPrompt(slot, nowSeconds);
      else this.partialSlot = slot;
    }
    chunks.clear();
  }

  private advance(steps: number): void {
    this.generationTokens += steps * this.decoding.sequences;
    this.decoding.advance(steps);
  }

  /** Sequences whose last token came with this step leave, oldest admission first. */
  private completeDecoding(nowSeconds: number): void {
    for (let slot = this.decoding.finished; slot >= 0; slot = this.decoding.finished) {
      this.decoding.leave(slot);
      this.leaveBatch(slot, nowSeconds);
    }
  }

  /** The prompt's last chunk ends in a token. */
  private finishPrompt(slot: number, nowSeconds: number): void {
    const { table } = this;
    if (this.partialSlot === slot) this.partialSlot = -1;
    const emitted = (table.emittedTokens[slot] as number) + 1;
    table.emittedTokens[slot] = emitted;
    this.generationTokens++;
    if (emitted === 1) {
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

  private leaveBatch(slot: number, nowSeconds: number): void {
    this.running.remove(slot);
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
    if (this.abortedRunning > 0) this.dropAborted(nowSeconds);
    this.takeIngress(nowSeconds);
    if (this.running.count === 0 && this.waiting.count === 0) {
      this.goIdle(nowSeconds);
      return;
    }
    if (this.phase === Phase.Idle) this.listener.busy(this.index, nowSeconds, true);
    this.chunks.clear();
    this.preemptedThisStep = false;
    this.makeRoom(nowSeconds);
    if (this.partialSlot >= 0) this.continuePartial(this.partialSlot, nowSeconds);
    if (!this.preemptedThisStep && this.waiting.count > 0) this.admit(nowSeconds);
    if (this.chunks.count > 0 || this.latency.perContextTokenSeconds === undefined) this.startMixedStep(nowSeconds);
    else this.startSeries(nowSeconds);
  }

  private takeIngress(nowSeconds: number): void {
    const { ingress, waiting, table } = this;
    while (ingress.head >= 0 && (table.enqueueSeconds[ingress.head] as number) <= nowSeconds) {
      const slot = ingress.head;
      ingress.remove(slot);
      waiting.append(slot);
      table.state[slot] = SlotState.Waiting;
    }
  }

  private dropAborted(nowSeconds: number): void {
    const { table, running } = this;
    this.changeBatch();
    let slot = running.head;
    while (slot >= 0 && this.abortedRunning > 0) {
      const next = table.next[slot] as number;
      if (table.aborted[slot] === 1) {
        if (table.state[slot] === SlotState.Decoding) this.decoding.leave(slot);
        if (this.partialSlot === slot) this.partialSlot = -1;
        this.leaveBatch(slot, nowSeconds);
      }
      slot = next;
    }
  }

  /**
   * Preempts the newest sequences until the next token of all the others fits. The number is the same as when blocks
   * are handed out in order and the tail is preempted whenever they run out, because the victim is always the tail.
   */
  private makeRoom(nowSeconds: number): void {
    const { engine, decoding } = this;
    let held = this.partialSlot < 0 ? 0 : this.blocksOf(this.table.computedTokens[this.partialSlot] as number);
    // nearly always there is room by far: then blocks need not be counted
    this.freeBlocks = engine.kvBlocks - held - decoding.usedNextAtMost;
    this.isFreeExact = false;
    if (this.freeBlocks >= 0) return;
    let needed = decoding.usedBlocks(1);
    while (needed + held > engine.kvBlocks) {
      const victim = this.running.tail;
      if (victim === this.partialSlot) held = 0;
      this.preempt(victim, nowSeconds);
      needed = decoding.usedBlocks(1);
    }
    this.freeBlocks = engine.kvBlocks - needed - held;
    this.isFreeExact = true;
  }

  /** Takes blocks for a prompt chunk, if there are as many. */
  private takeBlocks(blocks: number): boolean {
    if (blocks > this.freeBlocks && !this.isFreeExact) {
      this.freeBlocks += this.decoding.usedNextAtMost - this.decoding.usedBlocks(1);
      this.isFreeExact = true;
    }
    if (blocks > this.freeBlocks) return false;
    this.freeBlocks -= blocks;
    return true;
  }

  private continuePartial(slot: number, nowSeconds: number): void {
    const { table, engine } = this;
    const computed = table.computedTokens[slot] as number;
    const target = (table.promptTokens[slot] as number) + (table.emittedTokens[slot] as number);
    const chunk = Math.min(target - computed, engine.maxBatchedTokens - this.decoding.sequences);
    if (!this.takeBlocks(this.blocksOf(computed + chunk) - this.blocksOf(computed))) {
      this.preempt(slot, nowSeconds);
      return;
    }
    this.changeBatch();
    this.chunks.add(slot, chunk, computed, target);
  }

  private admit(nowSeconds: number): void {
    const { table, engine, waiting, running } = this;
    let budget = engine.maxBatchedTokens - this.decoding.sequences - this.chunks.tokens;
    while (waiting.head >= 0 && running.count < engine.maxSequences && budget > 0) {
      const slot = waiting.head;
      const target = (table.promptTokens[slot] as number) + (table.emittedTokens[slot] as number);
      const chunk = Math.min(target, budget);
      if (!this.takeBlocks(this.blocksOf(chunk))) return;
      waiting.remove(slot);
      running.append(slot);
      table.state[slot] = SlotState.Prefilling;
      table.computedTokens[slot] = 0;
      if (Number.isNaN(table.admitSeconds[slot] as number)) table.admitSeconds[slot] = nowSeconds;
      table.admission[slot] = this.admitted++;
      this.changeBatch();
      this.chunks.add(slot, chunk, 0, target);
      budget -= chunk;
    }
  }

  private startMixedStep(nowSeconds: number): void {
    const { decoding } = this;
    const { composition } = this.chunks;
    this.changeBatch();
    composition.decodeSequences = decoding.sequences;
    composition.contextTokens = decoding.contextTokens;
    this.phase = Phase.Step;
    this.stepStartSeconds = nowSeconds;
    this.stepEndSeconds = nowSeconds + this.latency.stepSeconds(composition) * factorAt(this.warmUpFactors, this.admitted);
    this.wakeAt(this.stepEndSeconds, Priority.IterationEnd);
  }

  private startSeries(nowSeconds: number): void {
    const { decoding, table, series } = this;
    if (decoding.step >= this.lineEndStep) this.changeBatch();
    if (this.changed) {
      const factor = factorAt(this.warmUpFactors, this.admitted);
      this.lineEndStep = decoding.step + series.start(nowSeconds, this.latency, decoding.sequences, decoding.contextTokens, factor);
      this.anchorStep = decoding.step;
      this.changed = false;
    }
    this.phase = Phase.Series;
    const stepsToChange = this.preemptedThisStep ? 1 : decoding.stepsToChange(this.engine.kvBlocks);
    this.targetStep = Math.min(this.lineEndStep, decoding.step + stepsToChange);
    this.wakeAt(series.boundary(this.targetStep - this.anchorStep), Priority.IterationEnd);
    if (this.ingress.head >= 0 && this.canAdmit())
      this.stopSeriesAt(series.firstBoundaryFrom(table.enqueueSeconds[this.ingress.head] as number));
  }

  // ── parts ─────────────────────────────────────────────────────────────────────────────────────────────────────

  private preempt(slot: number, nowSeconds: number): void {
    const { table } = this;
    this.changeBatch();
    if (table.state[slot] === SlotState.Decoding) {
      this.decoding.leave(slot);
      table.lastTokenSeconds[slot] = nowSeconds;
    }
    if (this.partialSlot === slot) this.partialSlot = -1;
    this.running.remove(slot);
    table.state[slot] = SlotState.Waiting;
    table.computedTokens[slot] = 0;
    this.waiting.prepend(slot);
    this.preemptions++;
    this.preemptedThisStep = true;
  }

  private letGo(slot: number, nowSeconds: number): void {
    this.inFlight--;
    this.listener.released(slot, nowSeconds);
  }

  /** The batch is about to change: reports the gaps of the series so far; the next series gets a new anchor. */
  private changeBatch(): void {
    if (!this.changed) this.closeSeries();
  }

  private closeSeries(): void {
    const steps = this.decoding.step - this.anchorStep;
    if (steps > 0) this.listener.gaps(this.index, this.series.firstSeconds, this.series.growthSeconds, steps, this.decoding.sequences);
    this.changed = true;
  }

  flush(endSeconds: number): void {
    const ended = this.phase === Phase.Series ? this.series.firstBoundaryFrom(endSeconds) - 1 : 0;
    this.settle(Math.min(ended, this.targetStep - this.anchorStep) - (this.decoding.step - this.anchorStep));
  }

  /** Counts steps of the series that have ended and reports their gaps; what is under way is forgotten. */
  private settle(steps: number): void {
    if (steps > 0) this.advance(steps);
    this.changeBatch();
  }

  private stepsAhead(nowSeconds: number): number {
    if (this.phase !== Phase.Series) return 0;
    return Math.min(this.series.lastBoundaryTo(nowSeconds), this.targetStep - this.anchorStep) - (this.decoding.step - this.anchorStep);
  }

  private stopSeriesAt(boundary: number): void {
    const step = this.anchorStep + Math.max(boundary, this.decoding.step - this.anchorStep + 1);
    if (step >= this.targetStep) return;
    this.targetStep = step;
    this.wakeAt(this.series.boundary(step - this.anchorStep), Priority.IterationEnd);
  }

  /** Whether an arriving attempt could join the batch: nothing waits before it and a place is free. */
  private canAdmit(): boolean {
    return this.waiting.count === 0 && this.running.count < this.engine.maxSequences;
  }

  private goIdle(nowSeconds: number): void {
    if (this.phase !== Phase.Idle) this.listener.busy(this.index, nowSeconds, false);
    this.phase = Phase.Idle;
    if (this.ingress.head < 0) this.nextSeconds = Number.POSITIVE_INFINITY;
    else this.wakeAt(this.table.enqueueSeconds[this.ingress.head] as number, Priority.IterationStart);
  }

  private wakeAt(timeSeconds: number, priority: number): void {
    this.nextSeconds = timeSeconds;
    this.nextPriority = priority;
  }

  private blocksOf(tokens: number): number {
    return Math.ceil(tokens / this.engine.blockTokens);
  }

  save(): ReplicaState {
    const { series } = this;
    return {
      scalars: SCALARS.map((name) => this[name]),
      flags: FLAGS.map((name) => this[name]),
      series: [series.anchorSeconds, series.firstSeconds, series.growthSeconds],
      lists: [this.ingress.save(), this.waiting.save(), this.running.save()],
      decoding: this.decoding.save(),
      chunks: this.chunks.save(),
    };
  }

  restore(state: ReplicaState): void {
    SCALARS.forEach((name, i) => {
      this[name] = state.scalars[i] as number;
    });
    FLAGS.forEach((name, i) => {
      this[name] = state.flags[i] as boolean;
    });
    const [anchor, first, growth] = state.series;
    this.series.set(anchor as number, first as number, growth as number);
    [this.ingress, this.waiting, this.running].forEach((list, i) => {
      list.restore(state.lists[i] as readonly [number, number, number]);
    });
    this.decoding.restore(state.decoding);
    this.chunks.restore(state.chunks.slots, state.chunks.columns);
  }
}

import { Priority } from "../kernel/priorities.ts";
import { CompletionHeap } from "./completion-heap.ts";
import type { EngineConfig } from "./config.ts";
import { DecodeBlocks } from "./kv-cache.ts";
import { createStepComposition, type LatencyModel, type StepComposition } from "./latency/model.ts";
import type { Replica, ReplicaListener, ReplicaSample, ReplicaSetup, ReplicaState } from "./replica.ts";
import { type RequestTable, SlotState } from "./request-table.ts";
import { SlotList } from "./slot-list.ts";
import { StepSeries } from "./step-series.ts";

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
const SCALARS = [
  "nextSeconds",
  "nextPriority",
  "inFlight",
  "phase",
  "step",
  "anchorStep",
  "targetStep",
  "stepStartSeconds",
  "stepEndSeconds",
  "partialSlot",
  "abortedRunning",
  "admitted",
  "promptTokens",
  "generationTokens",
  "preemptions",
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
  private readonly composition: StepComposition;
  private readonly chunkSlots: Int32Array;
  /** Decode-only base time by number of sequences, filled on first use. */
  private readonly decodeBase: Float64Array;

  private readonly ingress: SlotList;
  private readonly waiting: SlotList;
  /** In order of admission: the tail is the newest. */
  private readonly running: SlotList;
  private readonly completions: CompletionHeap;
  private readonly decoding: DecodeBlocks;
  private readonly series = new StepSeries();

  private phase: number = Phase.Idle;
  /** Steps computed so far, at the last boundary that was handled. */
  private step = 0;
  private anchorStep = 0;
  private targetStep = 0;
  /** The batch changed since the series' anchor: the next series needs a new one. */
  private changed = true;
  private stepEndSeconds = 0;
  private stepStartSeconds = 0;
  /** The sequence whose prompt is not finished; always the tail of `running`. −1: none. */
  private partialSlot = -1;
  private abortedRunning = 0;
  private preemptedThisStep = false;
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
    this.composition = createStepComposition(setup.engine.maxSequences);
    this.chunkSlots = new Int32Array(setup.engine.maxSequences);
    this.decodeBase = new Float64Array(setup.engine.maxSequences + 1);
    this.ingress = new SlotList(setup.table);
    this.waiting = new SlotList(setup.table);
    this.running = new SlotList(setup.table);
    this.completions = new CompletionHeap(setup.table);
    this.decoding = new DecodeBlocks(setup.engine.blockTokens);
  }

  get steps(): number {
    return this.step;
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
    let usedBlocks = decoding.used(this.step, this.phase === Phase.Boundary ? 0 : ahead + 1);
    if (this.phase === Phase.Step) usedBlocks += this.chunkBlocks();
    into.running = this.running.count;
    into.waiting = waiting;
    into.usedBlocks = usedBlocks;
    into.promptTokens = this.promptTokens;
    into.generationTokens = this.generationTokens + ahead * decoding.sequences;
    into.preemptions = this.preemptions;
    into.gapFirstSeconds = this.series.firstSeconds;
    into.gapGrowthSeconds = this.series.growthSeconds;
    into.gapSteps = this.changed ? 0 : this.step + ahead - this.anchorStep;
    into.gapSequences = decoding.sequences;
  }

  stop(nowSeconds: number, each: (slot: number) => void): void {
    this.settle(nowSeconds);
    const { table } = this;
    for (const list of [this.running, this.waiting, this.ingress]) {
      while (list.head >= 0) {
        const slot = list.head;
        if (table.state[slot] === SlotState.Decoding) this.leaveDecoding(slot);
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

  flush(nowSeconds: number): void {
    this.settle(nowSeconds);
  }

  cool(): void {
    this.admitted = 0;
  }

  // ── a boundary: what has ended ────────────────────────────────────────────────────────────────────────────────

  private endSeries(nowSeconds: number): void {
    const steps = this.targetStep - this.step;
    this.advance(steps);
    if (this.completions.size > 0 && (this.table.finishStep[this.completions.top] as number) === this.step) {
      this.closeSeries();
      this.completeDecoding(nowSeconds);
    }
  }

  private endStep(nowSeconds: number): void {
    const { composition, table } = this;
    const decoders = this.decoding.sequences;
    if (decoders > 0) this.listener.gaps(this.index, this.stepEndSeconds - this.stepStartSeconds, 0, 1, decoders);
    this.advance(1);
    this.changed = true;
    this.completeDecoding(nowSeconds);
    for (let i = 0; i < composition.chunks; i++) {
      const slot = this.chunkSlots[i] as number;
      const computed = (composition.chunkContext[i] as number) + (composition.chunkTokens[i] as number);
      table.computedTokens[slot] = computed;
      if (computed === composition.chunkPrompt[i]) this.finishPrompt(slot, nowSeconds);
      else this.partialSlot = slot;
    }
    composition.chunks = 0;
  }

  private advance(steps: number): void {
    this.step += steps;
    this.generationTokens += steps * this.decoding.sequences;
    this.decoding.advance(steps);
  }

  /** Sequences whose last token came with this step leave, oldest admission first. */
  private completeDecoding(nowSeconds: number): void {
    const { completions, table } = this;
    while (completions.size > 0) {
      const slot = completions.top;
      if ((table.finishStep[slot] as number) !== this.step) return;
      this.leaveDecoding(slot);
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
    table.finishStep[slot] = this.step + (table.outputTokens[slot] as number) - emitted;
    table.lengthOffset[slot] = (table.computedTokens[slot] as number) - this.step;
    this.decoding.add(table.lengthOffset[slot] as number, this.step);
    this.completions.push(slot);
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
    this.composition.chunks = 0;
    this.composition.promptTokens = 0;
    this.composition.promptTokenContext = 0;
    this.preemptedThisStep = false;
    let blocks = this.makeRoom(nowSeconds);
    blocks = this.continuePartial(blocks, nowSeconds);
    if (!this.preemptedThisStep && this.waiting.count > 0) this.admit(blocks, nowSeconds);
    if (this.composition.chunks > 0 || this.latency.perContextTokenSeconds === undefined) this.startMixedStep(nowSeconds);
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
        if (table.state[slot] === SlotState.Decoding) this.leaveDecoding(slot);
        if (this.partialSlot === slot) this.partialSlot = -1;
        this.leaveBatch(slot, nowSeconds);
      }
      slot = next;
    }
  }

  /**
   * Preempts the newest sequences until the next token of all the others fits. The number is the same as when blocks
   * are handed out in order and the tail is preempted whenever they run out, because the victim is always the tail.
   * @returns blocks left for prompt chunks
   */
  private makeRoom(nowSeconds: number): number {
    const { engine, decoding, table } = this;
    let held = this.partialSlot < 0 ? 0 : this.blocksOf(table.computedTokens[this.partialSlot] as number);
    let needed = decoding.used(this.step, 1);
    while (needed + held > engine.kvBlocks) {
      const victim = this.running.tail;
      if (victim === this.partialSlot) held = 0;
      this.preempt(victim, nowSeconds);
      needed = decoding.used(this.step, 1);
    }
    return engine.kvBlocks - needed - held;
  }

  private continuePartial(blocks: number, nowSeconds: number): number {
    const slot = this.partialSlot;
    if (slot < 0) return blocks;
    const { table, engine } = this;
    const computed = table.computedTokens[slot] as number;
    const target = (table.promptTokens[slot] as number) + (table.emittedTokens[slot] as number);
    const chunk = Math.min(target - computed, engine.maxBatchedTokens - this.decoding.sequences);
    const extra = this.blocksOf(computed + chunk) - this.blocksOf(computed);
    if (extra > blocks) {
      this.preempt(slot, nowSeconds);
      return blocks;
    }
    this.addChunk(slot, chunk, computed, target);
    return blocks - extra;
  }

  private admit(blocks: number, nowSeconds: number): void {
    const { table, engine, waiting, running } = this;
    let budget = engine.maxBatchedTokens - this.decoding.sequences - this.composition.promptTokens;
    let free = blocks;
    while (waiting.head >= 0 && running.count < engine.maxSequences && budget > 0) {
      const slot = waiting.head;
      const target = (table.promptTokens[slot] as number) + (table.emittedTokens[slot] as number);
      const chunk = Math.min(target, budget);
      const needed = this.blocksOf(chunk);
      if (needed > free) return;
      waiting.remove(slot);
      running.append(slot);
      table.state[slot] = SlotState.Prefilling;
      table.computedTokens[slot] = 0;
      if (Number.isNaN(table.admitSeconds[slot] as number)) table.admitSeconds[slot] = nowSeconds;
      table.admission[slot] = this.admitted++;
      this.addChunk(slot, chunk, 0, target);
      budget -= chunk;
      free -= needed;
    }
  }

  private addChunk(slot: number, chunk: number, context: number, target: number): void {
    const { composition } = this;
    if (composition.chunks === 0) this.changeBatch();
    const i = composition.chunks++;
    this.chunkSlots[i] = slot;
    composition.chunkTokens[i] = chunk;
    composition.chunkContext[i] = context;
    composition.chunkPrompt[i] = target;
    composition.promptTokens += chunk;
    composition.promptTokenContext += chunk * (context + chunk * 0.5);
  }

  private startMixedStep(nowSeconds: number): void {
    const { composition, decoding } = this;
    this.changeBatch();
    composition.decodeSequences = decoding.sequences;
    composition.contextTokens = decoding.tokens + decoding.sequences;
    this.phase = Phase.Step;
    this.stepStartSeconds = nowSeconds;
    this.stepEndSeconds = nowSeconds + this.latency.stepSeconds(composition) * this.warmUpFactor();
    this.wakeAt(this.stepEndSeconds, Priority.IterationEnd);
  }

  private startSeries(nowSeconds: number): void {
    const { decoding, table, series } = this;
    if (this.changed) {
      const factor = this.warmUpFactor();
      const perToken = this.latency.perContextTokenSeconds as number;
      const first = this.decodeBaseSeconds(decoding.sequences) + perToken * (decoding.tokens + decoding.sequences);
      series.set(nowSeconds, first * factor, perToken * decoding.sequences * factor);
      this.anchorStep = this.step;
      this.changed = false;
    }
    this.phase = Phase.Series;
    let steps = (table.finishStep[this.completions.top] as number) - this.step;
    steps = decoding.stepsThatFit(this.step, steps, this.engine.kvBlocks);
    this.targetStep = this.step + (this.preemptedThisStep ? 1 : steps);
    this.wakeAt(series.boundary(this.targetStep - this.anchorStep), Priority.IterationEnd);
    if (this.ingress.head >= 0 && this.canAdmit())
      this.stopSeriesAt(series.firstBoundaryFrom(table.enqueueSeconds[this.ingress.head] as number));
  }

  // ── parts ─────────────────────────────────────────────────────────────────────────────────────────────────────

  private preempt(slot: number, nowSeconds: number): void {
    const { table } = this;
    this.changeBatch();
    if (table.state[slot] === SlotState.Decoding) {
      this.leaveDecoding(slot);
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

  /** Takes a sequence out of the decoding set and brings its token count up to date. */
  private leaveDecoding(slot: number): void {
    const { table } = this;
    table.emittedTokens[slot] = (table.outputTokens[slot] as number) - ((table.finishStep[slot] as number) - this.step);
    this.decoding.remove(table.lengthOffset[slot] as number, this.step);
    this.completions.remove(slot);
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
    const steps = this.step - this.anchorStep;
    if (steps > 0) this.listener.gaps(this.index, this.series.firstSeconds, this.series.growthSeconds, steps, this.decoding.sequences);
    this.changed = true;
  }

  /** Counts the steps that ended by now and reports their gaps; what is under way is forgotten. */
  private settle(nowSeconds: number): void {
    const ahead = this.stepsAhead(nowSeconds);
    if (ahead > 0) this.advance(ahead);
    this.changeBatch();
  }

  private stepsAhead(nowSeconds: number): number {
    if (this.phase !== Phase.Series) return 0;
    return Math.min(this.series.lastBoundaryTo(nowSeconds), this.targetStep - this.anchorStep) - (this.step - this.anchorStep);
  }

  private stopSeriesAt(boundary: number): void {
    const step = this.anchorStep + Math.max(boundary, this.step - this.anchorStep + 1);
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

  private warmUpFactor(): number {
    return this.admitted < this.warmUpFactors.length ? (this.warmUpFactors[this.admitted] as number) : 1;
  }

  private decodeBaseSeconds(sequences: number): number {
    let seconds = this.decodeBase[sequences] as number;
    if (seconds === 0) {
      seconds = this.latency.decodeBaseSeconds(sequences);
      this.decodeBase[sequences] = seconds;
    }
    return seconds;
  }

  private blocksOf(tokens: number): number {
    return Math.ceil(tokens / this.engine.blockTokens);
  }

  private chunkBlocks(): number {
    const { composition } = this;
    let blocks = 0;
    for (let i = 0; i < composition.chunks; i++)
      blocks += this.blocksOf((composition.chunkContext[i] as number) + (composition.chunkTokens[i] as number));
    return blocks;
  }

  save(): ReplicaState {
    const { series, composition } = this;
    const chunks = composition.chunks;
    return {
      scalars: SCALARS.map((name) => this[name]),
      flags: FLAGS.map((name) => this[name]),
      series: [series.anchorSeconds, series.firstSeconds, series.growthSeconds],
      lists: [this.ingress.save(), this.waiting.save(), this.running.save()],
      decoding: this.decoding.save(),
      completions: this.completions.save(),
      chunkSlots: this.chunkSlots.slice(0, chunks),
      chunks: [composition.chunkTokens, composition.chunkContext, composition.chunkPrompt].map((column) => column.slice(0, chunks)),
    };
  }

  restore(state: ReplicaState): void {
    const { composition } = this;
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
    this.completions.restore(state.completions);
    this.chunkSlots.set(state.chunkSlots);
    composition.chunks = state.chunkSlots.length;
    [composition.chunkTokens, composition.chunkContext, composition.chunkPrompt].forEach((column, i) => {
      column.set(state.chunks[i] as Float64Array);
    });
  }
}

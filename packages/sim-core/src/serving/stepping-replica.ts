import { SimError } from "../errors.ts";
import { Priority } from "../kernel/priorities.ts";
import type { EngineConfig } from "./config.ts";
import { createDecodeLine, createStepComposition, fillDecodeLine, type LatencyModel, type StepComposition } from "./latency/model.ts";
import type { Replica, ReplicaListener, ReplicaSample, ReplicaSetup, ReplicaState } from "./replica.ts";
import { type RequestTable, SlotState } from "./request-table.ts";
import { factorAt } from "./warm-up.ts";

interface Sequence {
  readonly slot: number;
  /** Tokens in the KV cache. */
  length: number;
  /** Tokens the prompt phase must compute: prompt, plus what had been generated before a preemption. */
  target: number;
  emitted: number;
  blocks: number;
  /** Tokens this step computes. */
  chunk: number;
}

/**
 * The reference: one step at a time, one object per sequence, blocks handed out in order as the scheduler's text
 * says. Slow and plain on purpose; the fast engine must equal it bit for bit. It shares with it only the definition
 * of time: boundaries of unchanged batches are counted from an anchor.
 */
export class SteppingReplica implements Replica {
  nextSeconds: number = Number.POSITIVE_INFINITY;
  nextPriority: number = Priority.IterationStart;
  steps = 0;
  private readonly index: number;
  private readonly table: RequestTable;
  private readonly latency: LatencyModel;
  private readonly engine: EngineConfig;
  private readonly listener: ReplicaListener;
  private readonly warmUpFactors: Float64Array;
  private readonly composition: StepComposition;
  private ingress: number[] = [];
  private waiting: Sequence[] = [];
  private running: Sequence[] = [];
  private freeBlocks: number;
  private admitted: number;
  private isBusy = false;
  /** Gaps and anchor of the decode-only steps since the batch last changed. */
  private anchor = 0;
  private first = 0;
  private growth = 0;
  private stepsSinceAnchor = 0;
  private lineSteps = Number.POSITIVE_INFINITY;
  private anchored = false;
  private stepStart = 0;
  private mixed = false;
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
    this.freeBlocks = setup.engine.kvBlocks;
    this.composition = createStepComposition(setup.engine.maxSequences);
  }

  get preemptionCount(): number {
    return this.preemptions;
  }

  get inFlight(): number {
    return this.ingress.length + this.waiting.length + this.running.length;
  }

  enqueue(slot: number, nowSeconds: number): void {
    this.table.enqueueSeconds[slot] = nowSeconds + this.latency.requestOverheadSeconds;
    this.table.state[slot] = SlotState.Ingress;
    this.ingress.push(slot);
    if (!this.isBusy) this.nextSeconds = this.table.enqueueSeconds[this.ingress[0] as number] as number;
  }

  abort(slot: number, nowSeconds: number): void {
    const runs = this.running.some((sequence) => sequence.slot === slot);
    if (runs) {
      this.table.aborted[slot] = 1;
      return;
    }
    this.ingress = this.ingress.filter((other) => other !== slot);
    this.waiting = this.waiting.filter((sequence) => sequence.slot !== slot);
    if (!this.isBusy)
      this.nextSeconds =
        this.ingress.length > 0 ? (this.table.enqueueSeconds[this.ingress[0] as number] as number) : Number.POSITIVE_INFINITY;
    this.listener.released(slot, nowSeconds);
  }

  onEvent(): void {
    const nowSeconds = this.nextSeconds;
    if (this.nextPriority === Priority.IterationEnd) {
      this.nextPriority = Priority.IterationStart;
      this.endStep(nowSeconds);
    } else {
      this.startStep(nowSeconds);
    }
  }

  private endStep(nowSeconds: number): void {
    this.steps++;
    const decoders = this.running.filter((sequence) => sequence.emitted > 0 && sequence.length >= sequence.target);
    if (this.mixed) {
      if (decoders.length > 0) this.listener.gaps(this.index, nowSeconds - this.stepStart, 0, 1, decoders.length);
    } else {
      this.stepsSinceAnchor++;
    }
    const prompts = this.running.filter((sequence) => !decoders.includes(sequence));
    const count = decoders.length;
    for (const sequence of decoders) this.computed(sequence);
    if (!this.mixed && decoders.some((sequence) => this.isFinished(sequence))) this.closeAnchor(count);
    for (const sequence of decoders) if (this.isFinished(sequence)) this.leave(sequence, nowSeconds);
    for (const sequence of prompts) {
      this.computed(sequence);
      if (sequence.length < sequence.target) continue;
      this.firstTokenOf(sequence, nowSeconds);
      if (this.isFinished(sequence)) this.leave(sequence, nowSeconds);
    }
  }

  private computed(sequence: Sequence): void {
    sequence.length += sequence.chunk;
    sequence.chunk = 0;
    if (sequence.length < sequence.target) return;
    sequence.emitted++;
    this.generationTokens++;
  }

  private isFinished(sequence: Sequence): boolean {
    return sequence.emitted === this.table.outputTokens[sequence.slot];
  }

  private firstTokenOf(sequence: Sequence, nowSeconds: number): void {
    const { table } = this;
    const { slot } = sequence;
    table.state[slot] = SlotState.Decoding;
    if (sequence.emitted > 1) {
      this.listener.gaps(this.index, nowSeconds - (table.lastTokenSeconds[slot] as number), 0, 1, 1);
      return;
    }
    this.promptTokens += table.promptTokens[slot] as number;
    table.firstTokenSeconds[slot] = nowSeconds;
    if (table.aborted[slot] === 0) this.listener.firstToken(slot, nowSeconds);
  }

  private startStep(nowSeconds: number): void {
    this.dropAborted(nowSeconds);
    this.takeIngress(nowSeconds);
    if (this.running.length === 0 && this.waiting.length === 0) {
      this.goIdle(nowSeconds);
      return;
    }
    if (!this.isBusy) this.listener.busy(this.index, nowSeconds, true);
    this.isBusy = true;
    const preempted = this.scheduleRunning(nowSeconds);
    if (!preempted) this.admit(nowSeconds);
    const prompts = this.running.filter((sequence) => sequence.length < sequence.target);
    const decoders = this.running.length - prompts.length;
    this.mixed = prompts.length > 0 || this.latency.perContextTokenSeconds === undefined;
    this.stepStart = nowSeconds;
    const endSeconds = this.mixed ? this.mixedStepEnd(prompts, decoders, nowSeconds) : this.decodeStepEnd(decoders, nowSeconds);
    this.nextSeconds = endSeconds;
    this.nextPriority = Priority.IterationEnd;
  }

  private takeIngress(nowSeconds: number): void {
    const { table } = this;
    while (this.ingress.length > 0 && (table.enqueueSeconds[this.ingress[0] as number] as number) <= nowSeconds) {
      const slot = this.ingress.shift() as number;
      table.state[slot] = SlotState.Waiting;
      this.waiting.push({ slot, length: 0, target: table.promptTokens[slot] as number, emitted: 0, blocks: 0, chunk: 0 });
    }
  }

  private dropAborted(nowSeconds: number): void {
    const gone = this.running.filter((sequence) => this.table.aborted[sequence.slot] === 1);
    if (gone.length === 0) return;
    this.closeAnchor(this.decoderCount());
    for (const sequence of gone) this.leave(sequence, nowSeconds);
  }

  /** Running sequences in order get their tokens and blocks; when blocks run out the last one is preempted. */
  private scheduleRunning(nowSeconds: number): boolean {
    let budget = this.engine.maxBatchedTokens;
    let preempted = false;
    const decodersBefore = this.decoderCount();
    for (let i = 0; i < this.running.length; i++) {
      const sequence = this.running[i] as Sequence;
      const chunk = Math.min(Math.max(1, sequence.target - sequence.length), budget);
      while (sequence.blocks < this.blocksOf(sequence.length + chunk)) {
        if (this.freeBlocks > 0) {
          this.freeBlocks--;
          sequence.blocks++;
          continue;
        }
        if (!preempted) this.closeAnchor(decodersBefore);
        preempted = true;
        const victim = this.running.pop() as Sequence;
        this.preempt(victim, nowSeconds);
        if (victim === sequence) return true;
      }
      sequence.chunk = chunk;
      budget -= chunk;
    }
    return preempted;
  }

  private preempt(victim: Sequence, nowSeconds: number): void {
    const { table } = this;
    if (victim.emitted > 0 && victim.length >= victim.target) table.lastTokenSeconds[victim.slot] = nowSeconds;
    table.state[victim.slot] = SlotState.Waiting;
    table.emittedTokens[victim.slot] = victim.emitted;
    this.freeBlocks += victim.blocks;
    this.preemptions++;
    this.waiting.unshift({
      ...victim,
      length: 0,
      blocks: 0,
      chunk: 0,
      target: (table.promptTokens[victim.slot] as number) + victim.emitted,
    });
  }

  private admit(nowSeconds: number): void {
    const { table, engine } = this;
    let budget = engine.maxBatchedTokens - this.running.reduce((sum, sequence) => sum + sequence.chunk, 0);
    while (this.waiting.length > 0 && this.running.length < engine.maxSequences && budget > 0) {
      const sequence = this.waiting[0] as Sequence;
      const chunk = Math.min(sequence.target, budget);
      if (this.blocksOf(chunk) > this.freeBlocks) return;
      this.closeAnchor(this.decoderCount());
      this.waiting.shift();
      sequence.chunk = chunk;
      sequence.blocks = this.blocksOf(chunk);
      this.freeBlocks -= sequence.blocks;
      budget -= chunk;
      table.state[sequence.slot] = SlotState.Prefilling;
      if (Number.isNaN(table.admitSeconds[sequence.slot] as number)) table.admitSeconds[sequence.slot] = nowSeconds;
      this.admitted++;
      this.running.push(sequence);
    }
  }

  private mixedStepEnd(prompts: readonly Sequence[], decoders: number, nowSeconds: number): number {
    const { composition } = this;
    this.closeAnchor(decoders);
    composition.chunks = prompts.length;
    composition.promptTokens = 0;
    composition.promptTokenContext = 0;
    prompts.forEach((sequence, i) => {
      composition.chunkTokens[i] = sequence.chunk;
      composition.chunkContext[i] = sequence.length;
      composition.chunkPrompt[i] = sequence.target;
      composition.promptTokens += sequence.chunk;
      composition.promptTokenContext += sequence.chunk * (sequence.length + sequence.chunk * 0.5);
    });
    composition.decodeSequences = decoders;
    composition.contextTokens = this.contextOfDecoders();
    return nowSeconds + this.latency.stepSeconds(composition) * factorAt(this.warmUpFactors, this.admitted);
  }

  private decodeStepEnd(decoders: number, nowSeconds: number): number {
    if (this.anchored && this.stepsSinceAnchor >= this.lineSteps) this.closeAnchor(decoders);
    if (!this.anchored) {
      const factor = factorAt(this.warmUpFactors, this.admitted);
      const line = createDecodeLine();
      fillDecodeLine(this.latency, decoders, this.contextOfDecoders(), line);
      const perToken = line.perContextTokenSeconds;
      const first = line.baseSeconds + perToken * this.contextOfDecoders();
      this.anchor = nowSeconds;
      this.first = first * factor;
      this.growth = perToken * decoders * factor;
      this.lineSteps = line.steps;
      this.stepsSinceAnchor = 0;
      this.anchored = true;
    }
    const n = this.stepsSinceAnchor + 1;
    return this.anchor + n * (this.first + this.growth * (n - 1) * 0.5);
  }

  sample(nowSeconds: number, into: ReplicaSample): void {
    into.running = this.running.length;
    into.waiting = this.waiting.length + this.ingress.filter((slot) => (this.table.enqueueSeconds[slot] as number) <= nowSeconds).length;
    into.usedBlocks = this.engine.kvBlocks - this.freeBlocks;
    into.promptTokens = this.promptTokens;
    into.generationTokens = this.generationTokens;
    into.preemptions = this.preemptions;
    into.gapFirstSeconds = this.first;
    into.gapGrowthSeconds = this.growth;
    into.gapSteps = this.anchored ? this.stepsSinceAnchor : 0;
    into.gapSequences = this.decoderCount();
  }

  stop(nowSeconds: number, each: (slot: number) => void): void {
    this.closeAnchor(this.decoderCount());
    const slots = [...this.running, ...this.waiting].map((sequence) => sequence.slot).concat(this.ingress);
    for (const sequence of this.running) this.table.emittedTokens[sequence.slot] = sequence.emitted;
    this.running = [];
    this.waiting = [];
    this.ingress = [];
    this.freeBlocks = this.engine.kvBlocks;
    this.goIdle(nowSeconds);
    slots.forEach(each);
  }

  flush(): void {
    this.closeAnchor(this.decoderCount());
  }

  save(): ReplicaState {
    throw new SimError("reference_engine_cannot_be_saved", this.nextSeconds);
  }

  restore(): void {
    throw new SimError("reference_engine_cannot_be_saved", this.nextSeconds);
  }

  private leave(sequence: Sequence, nowSeconds: number): void {
    const { slot } = sequence;
    this.running = this.running.filter((other) => other !== sequence);
    this.freeBlocks += sequence.blocks;
    this.table.emittedTokens[slot] = sequence.emitted;
    if (this.table.aborted[slot] === 1) this.listener.released(slot, nowSeconds);
    else this.listener.completed(slot, nowSeconds);
  }

  private closeAnchor(decoders: number): void {
    if (this.anchored && this.stepsSinceAnchor > 0)
      this.listener.gaps(this.index, this.first, this.growth, this.stepsSinceAnchor, decoders);
    this.anchored = false;
    this.stepsSinceAnchor = 0;
  }

  private goIdle(nowSeconds: number): void {
    if (this.isBusy) this.listener.busy(this.index, nowSeconds, false);
    this.isBusy = false;
    this.nextPriority = Priority.IterationStart;
    this.nextSeconds =
      this.ingress.length > 0 ? (this.table.enqueueSeconds[this.ingress[0] as number] as number) : Number.POSITIVE_INFINITY;
  }

  private decoderCount(): number {
    return this.running.filter((sequence) => sequence.emitted > 0 && sequence.length >= sequence.target).length;
  }

  private contextOfDecoders(): number {
    return this.running.reduce(
      (sum, sequence) => (sequence.emitted > 0 && sequence.length >= sequence.target ? sum + sequence.length + 1 : sum),
      0,
    );
  }

  private blocksOf(tokens: number): number {
    return Math.ceil(tokens / this.engine.blockTokens);
  }
}

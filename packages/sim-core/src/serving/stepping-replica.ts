import { SimError } from "../errors.ts";
import { Priority } from "../kernel/priorities.ts";
import type { EngineConfig } from "./config.ts";
import { tenantsAt } from "./gpu-sharing.ts";
import { Hindered } from "./hindered.ts";
import { createDecodeLine, createStepComposition, fillDecodeLine, type LatencyModel, type StepComposition } from "./latency/model.ts";
import type { Replica, ReplicaListener, ReplicaSample, ReplicaSetup, ReplicaState } from "./replica.ts";
import { Part, type RequestTable, SlotState } from "./request-table.ts";
import { stepsOnLine } from "./step-series.ts";
import { blockNames, SteppingBlocks } from "./stepping-blocks.ts";
import { SteppingHandover } from "./stepping-handover.ts";
import { decodeContext, fillComposition, isDecoding, PARTS, type Sequence, tokensPerStep } from "./stepping-sequence.ts";
import { byArrival, isMoreUrgent } from "./waiting-queue.ts";
import { factorAt } from "./warm-up.ts";

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
  private readonly gpuShare: ReplicaSetup["gpuShare"];
  /** Instants at which replicas on its GPU became busy or idle, those that the present anchor does not know. */
  private shareChanges: number[] = [];
  private readonly composition: StepComposition;
  private ingress: number[] = [];
  private waiting: Sequence[] = [];
  private running: Sequence[] = [];
  private readonly blocks: SteppingBlocks;
  private readonly handover: SteppingHandover;
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
  preemptionCount = 0;
  prefixQueriedTokens = 0;
  prefixHitTokens = 0;

  constructor(setup: ReplicaSetup) {
    this.index = setup.index;
    this.table = setup.table;
    this.latency = setup.latency;
    this.engine = setup.engine;
    this.listener = setup.listener;
    this.warmUpFactors = setup.warmUpFactors;
    this.gpuShare = setup.gpuShare;
    this.admitted = setup.admittedBefore;
    this.blocks = new SteppingBlocks(setup.engine.kvBlocks);
    this.handover = new SteppingHandover(setup.table, this.blocks, setup.engine.transfer);
    this.composition = createStepComposition(setup.engine.maxSequences);
  }

  /** Checks that KV blocks are conserved. @throws SimError `kv_blocks_not_conserved` */
  checkBlocks(nowSeconds: number): void {
    this.blocks.check(
      [...this.running, ...this.handover.all].map((sequence) => sequence.blocks),
      nowSeconds,
    );
  }

  get inFlight(): number {
    return this.ingress.length + this.waiting.length + this.running.length + this.handover.coming.length;
  }

  get held(): number {
    return this.handover.held;
  }

  enqueue(slot: number, nowSeconds: number): void {
    this.table.enqueueSeconds[slot] = nowSeconds + this.latency.requestOverheadSeconds;
    this.table.state[slot] = SlotState.Ingress;
    this.ingress.push(slot);
    if (!this.isBusy) this.nextSeconds = Math.min(this.nextSeconds, this.table.enqueueSeconds[slot] as number);
  }

  letGo(slot: number, nowSeconds: number): void {
    this.handover.letGo(slot);
    if (!this.isBusy) this.nextSeconds = nowSeconds;
  }

  gpuShareChanged(nowSeconds: number): void {
    this.shareChanges.push(nowSeconds);
  }

  abort(slot: number, nowSeconds: number): void {
    const holds = [...this.running, ...this.handover.coming].some((sequence) => sequence.slot === slot);
    if (holds) {
      this.table.aborted[slot] = 1;
      return;
    }
    this.ingress = this.ingress.filter((other) => other !== slot);
    this.waiting = this.waiting.filter((sequence) => sequence.slot !== slot);
    if (!this.isBusy) this.nextSeconds = this.waiting.length > 0 || this.handover.isParting ? nowSeconds : this.wakeSeconds();
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
    const decoders = this.running.filter(isDecoding);
    if (this.mixed) {
      if (decoders.length > 0) this.listener.gaps(this.index, nowSeconds - this.stepStart, 0, 1, decoders.length);
    } else {
      this.stepsSinceAnchor++;
    }
    const prompts = this.running.filter((sequence) => !decoders.includes(sequence));
    const count = decoders.length;
    for (const sequence of decoders) this.decoded(sequence);
    if (!this.mixed && decoders.some((sequence) => this.isFinished(sequence))) this.closeAnchor(count);
    for (const sequence of decoders) if (this.isFinished(sequence)) this.leave(sequence, nowSeconds);
    for (const sequence of prompts) {
      sequence.length += sequence.chunk;
      if (sequence.length < sequence.target) continue;
      this.generationTokens++;
      if (this.table.part[sequence.slot] === Part.Prompt) {
        this.endPrompt(sequence, nowSeconds);
        continue;
      }
      sequence.emitted++;
      this.firstTokenOf(sequence, nowSeconds);
      if (this.isFinished(sequence)) this.leave(sequence, nowSeconds);
    }
  }

  /** The answer is decoded elsewhere: the blocks stay until that replica has read them. */
  private endPrompt(sequence: Sequence, nowSeconds: number): void {
    const { slot } = sequence;
    this.promptTokens += this.table.promptTokens[slot] as number;
    if (this.table.aborted[slot] === 1) {
      this.leave(sequence, nowSeconds);
      return;
    }
    this.running = this.running.filter((other) => other !== sequence);
    this.handover.keep(sequence);
    this.table.computedTokens[slot] = sequence.length;
    this.listener.prefilled(slot, nowSeconds);
  }

  private decoded(sequence: Sequence): void {
    sequence.length += sequence.grows;
    sequence.emitted += sequence.grows;
    this.generationTokens += sequence.grows;
    sequence.ahead = (sequence.ahead + this.rateOf(sequence)) % PARTS;
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
    this.handover.settle(nowSeconds, this.listener);
    this.takeIngress(nowSeconds);
    const preempted = this.scheduleRunning(nowSeconds);
    if (!preempted) this.admit(nowSeconds);
    else if (this.running.length === 0) this.admit(nowSeconds);
    if (this.running.length === 0) {
      this.goIdle(nowSeconds);
      return;
    }
    if (!this.isBusy) this.listener.busy(this.index, nowSeconds, true);
    this.isBusy = true;
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
      const target = table.promptTokens[slot] as number;
      this.waiting.push({ slot, length: 0, target, emitted: 0, blocks: [], named: 0, chunk: 0, grows: 0, ahead: 0 });
    }
  }

  private dropAborted(nowSeconds: number): void {
    const gone = this.running.filter((sequence) => this.table.aborted[sequence.slot] === 1);
    if (gone.length === 0) return;
    this.closeAnchor(this.decoderCount());
    for (const sequence of gone) this.leave(sequence, nowSeconds);
  }

  /** Running sequences in order get their tokens and blocks; when blocks run out the last one, or the least urgent, is preempted. */
  private scheduleRunning(nowSeconds: number): boolean {
    let budget = this.engine.maxBatchedTokens;
    let preempted = false;
    const decodersBefore = this.decoderCount();
    for (let i = 0; i < this.running.length; ) {
      const sequence = this.running[i] as Sequence;
      this.plan(sequence, budget);
      let victim: Sequence | undefined;
      while (victim !== sequence && !this.allocate(sequence)) {
        if (!preempted) this.closeAnchor(decodersBefore);
        preempted = true;
        victim = this.victim();
        const at = this.running.indexOf(victim);
        this.running.splice(at, 1);
        if (at < i) {
          // it had its tokens already: they go back
          i--;
          budget += Math.max(1, victim.chunk);
        }
        this.preempt(victim, nowSeconds);
      }
      if (victim === sequence) continue;
      budget -= Math.max(1, sequence.chunk);
      i++;
    }
    for (const sequence of this.running) this.nameBlocks(sequence, sequence.length);
    return preempted;
  }

  /** What a running sequence computes in this step. */
  private plan(sequence: Sequence, budget: number): void {
    const rest = sequence.target - sequence.length;
    sequence.chunk = isDecoding(sequence) ? 0 : Math.min(rest, budget, this.chunkMax());
    const left = (this.table.outputTokens[sequence.slot] as number) - sequence.emitted;
    sequence.grows = isDecoding(sequence) ? Math.min(left, Math.floor((sequence.ahead + this.rateOf(sequence)) / PARTS)) : sequence.chunk;
  }

  private chunkMax(): number {
    return this.engine.longPrefillTokenThreshold ?? Number.POSITIVE_INFINITY;
  }

  private readonly rateOf = (sequence: Sequence): number =>
    this.engine.speculative === undefined ? PARTS : (this.table.stepTokens[sequence.slot] as number);

  private allocate(sequence: Sequence): boolean {
    const missing = this.blocksOf(sequence.length + sequence.grows) - sequence.blocks.length;
    if (missing === 0) return true;
    if (!this.blocks.hasRoom(missing, [])) return false;
    sequence.blocks.push(...this.blocks.take(missing));
    return true;
  }

  /** The blocks that are full after this step can be shared, up to the first that is cached already. */
  private nameBlocks(sequence: Sequence, cachedTokens: number): void {
    if (this.engine.prefixCaching !== true || isDecoding(sequence)) return;
    const names = blockNames(this.table, sequence.slot, this.engine.blockTokens, sequence.length + sequence.chunk);
    const before = blockNames(this.table, sequence.slot, this.engine.blockTokens, cachedTokens).length;
    if (sequence.named >= before) sequence.named = this.blocks.name(sequence.blocks, names, sequence.named);
  }

  private victim(): Sequence {
    if (this.engine.scheduling !== "priority") return this.running[this.running.length - 1] as Sequence;
    return this.running.reduce((worst, other) => (isMoreUrgent(this.table, worst.slot, other.slot) ? other : worst));
  }

  private preempt(victim: Sequence, nowSeconds: number): void {
    const { table } = this;
    if (isDecoding(victim)) table.lastTokenSeconds[victim.slot] = nowSeconds;
    table.state[victim.slot] = SlotState.Waiting;
    table.emittedTokens[victim.slot] = victim.emitted;
    table.hindered[victim.slot] = (table.hindered[victim.slot] as number) | Hindered.Preempted;
    this.blocks.release(victim.blocks);
    this.preemptionCount++;
    const target = (table.promptTokens[victim.slot] as number) + victim.emitted;
    this.waiting.unshift({ ...victim, length: 0, blocks: [], named: 0, chunk: 0, grows: 0, ahead: 0, target });
  }

  private nextWaiting(): Sequence {
    if (this.engine.scheduling !== "priority") return this.waiting[0] as Sequence;
    return this.waiting.reduce((best, other) => (isMoreUrgent(this.table, other.slot, best.slot) ? other : best));
  }

  private admit(nowSeconds: number): void {
    const { table, engine } = this;
    let budget = engine.maxBatchedTokens - this.running.reduce((sum, sequence) => sum + Math.max(1, sequence.chunk), 0);
    budget = this.admitReceived(nowSeconds, budget);
    while (this.waiting.length > 0 && this.running.length < engine.maxSequences && budget > 0) {
      const sequence = this.nextWaiting();
      const { slot } = sequence;
      const isComing = table.part[slot] === Part.Answer;
      const chunkMax = isComing ? sequence.target : Math.min(budget, this.chunkMax());
      if (!this.takePrompt(sequence, chunkMax)) return;
      if (isComing) {
        this.handover.receive(sequence, sequence.blocks.length - sequence.named, nowSeconds);
        continue;
      }
      this.join(sequence, nowSeconds, sequence.length);
      budget -= sequence.chunk;
    }
  }

  /** Takes the blocks of a waiting prompt's first chunk, and counts what was looked up at first. @returns whether there was room */
  private takePrompt(sequence: Sequence, chunkMax: number): boolean {
    const { table, engine } = this;
    const { slot, target } = sequence;
    const isCaching = engine.prefixCaching === true;
    const hits = isCaching ? this.blocks.find(blockNames(table, slot, engine.blockTokens, target - 1)) : [];
    const length = hits.length * engine.blockTokens;
    const chunk = Math.min(target - length, chunkMax);
    const missing = this.blocksOf(length + chunk) - hits.length;
    if (!this.blocks.hasRoom(missing, hits)) return false;
    this.waiting.splice(this.waiting.indexOf(sequence), 1);
    this.blocks.share(hits);
    const blocks = [...hits, ...this.blocks.take(missing)];
    Object.assign(sequence, { length, chunk, grows: chunk, named: hits.length, blocks });
    if (!Number.isNaN(table.admitSeconds[slot] as number)) return true;
    if (isCaching) this.prefixQueriedTokens += target;
    this.prefixHitTokens += length;
    return true;
  }

  /** Prompts that have come are admitted first; of each the last token is computed again. @returns the budget left */
  private admitReceived(nowSeconds: number, budget: number): number {
    const { received } = this.handover;
    let left = budget;
    while (received.length > 0 && this.running.length < this.engine.maxSequences && left > 0) {
      const sequence = received.shift() as Sequence;
      this.table.part[sequence.slot] = Part.Whole;
      Object.assign(sequence, { length: sequence.target - 1, chunk: 1, grows: 1 });
      this.join(sequence, nowSeconds, sequence.named * this.engine.blockTokens);
      left--;
    }
    return left;
  }

  private join(sequence: Sequence, nowSeconds: number, cachedTokens: number): void {
    const { table } = this;
    const { slot } = sequence;
    this.closeAnchor(this.decoderCount());
    this.nameBlocks(sequence, cachedTokens);
    table.state[slot] = SlotState.Prefilling;
    if (Number.isNaN(table.admitSeconds[slot] as number)) table.admitSeconds[slot] = nowSeconds;
    table.admission[slot] = this.admitted++;
    this.running.push(sequence);
  }

  private mixedStepEnd(prompts: readonly Sequence[], decoders: number, nowSeconds: number): number {
    const { composition } = this;
    this.closeAnchor(decoders);
    fillComposition(composition, prompts);
    composition.decodeSequences = decoders;
    composition.contextTokens = decodeContext(this.running, this.rateOf);
    const factor = factorAt(this.warmUpFactors, this.admitted) * tenantsAt(this.gpuShare, nowSeconds);
    return nowSeconds + this.latency.stepSeconds(composition) * factor;
  }

  private decodeStepEnd(decoders: number, nowSeconds: number): number {
    const isShareNew = this.shareChanges.some((seconds) => seconds < nowSeconds);
    if (isShareNew || (this.anchored && this.stepsSinceAnchor >= this.lineSteps)) this.closeAnchor(decoders);
    this.shareChanges = this.shareChanges.filter((seconds) => seconds >= nowSeconds);
    if (!this.anchored) {
      const factor = factorAt(this.warmUpFactors, this.admitted) * tenantsAt(this.gpuShare, nowSeconds);
      const line = createDecodeLine();
      fillDecodeLine(this.latency, decoders, decodeContext(this.running, this.rateOf), line);
      this.anchor = nowSeconds;
      this.first = (line.baseSeconds + line.perContextTokenSeconds * decodeContext(this.running, this.rateOf)) * factor;
      this.growth = line.perContextTokenSeconds * tokensPerStep(this.running, this.rateOf) * factor;
      this.lineSteps = stepsOnLine(line, decodeContext(this.running, this.rateOf), tokensPerStep(this.running, this.rateOf));
      this.stepsSinceAnchor = 0;
      this.anchored = true;
    }
    const n = this.stepsSinceAnchor + 1;
    return this.anchor + n * (this.first + this.growth * (n - 1) * 0.5);
  }

  sample(nowSeconds: number, into: ReplicaSample): void {
    into.running = this.running.length;
    into.waiting =
      this.waiting.length +
      this.handover.coming.length +
      this.ingress.filter((slot) => (this.table.enqueueSeconds[slot] as number) <= nowSeconds).length;
    into.usedBlocks = this.engine.kvBlocks - this.blocks.freeCount;
    into.promptTokens = this.promptTokens;
    into.generationTokens = this.generationTokens;
    into.preemptions = this.preemptionCount;
    into.prefixQueriedTokens = this.prefixQueriedTokens;
    into.prefixHitTokens = this.prefixHitTokens;
    into.gapFirstSeconds = this.first;
    into.gapGrowthSeconds = this.growth;
    into.gapSteps = this.anchored ? this.stepsSinceAnchor : 0;
    into.gapSequences = this.decoderCount();
  }

  stop(nowSeconds: number, each: (slot: number) => void): void {
    this.closeAnchor(this.decoderCount());
    const running = this.running.map(({ slot }) => slot);
    const others = [...[...this.handover.all, ...this.waiting].map(({ slot }) => slot), ...this.ingress].sort((a, b) =>
      byArrival(this.table, a, b),
    );
    for (const sequence of this.running) this.table.emittedTokens[sequence.slot] = sequence.emitted;
    this.running = [];
    this.waiting = [];
    this.handover.forget();
    this.ingress = [];
    this.blocks.forget();
    this.goIdle(nowSeconds);
    running.forEach(each);
    others.forEach(each);
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
    this.blocks.release(sequence.blocks);
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
    this.nextSeconds = this.wakeSeconds();
  }

  /** When something comes in, with nothing to compute. */
  private wakeSeconds(): number {
    const entering = this.ingress.map((slot) => this.table.enqueueSeconds[slot] as number);
    return Math.min(this.handover.nextSeconds, ...entering);
  }

  private decoderCount(): number {
    return this.running.filter(isDecoding).length;
  }

  private blocksOf(tokens: number): number {
    return Math.ceil(tokens / this.engine.blockTokens);
  }
}

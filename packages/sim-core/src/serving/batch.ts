import { BatchBlocks, type BatchBlocksState } from "./batch-blocks.ts";
import type { EngineConfig } from "./config.ts";
import type { DecodeSeries } from "./decode-series.ts";
import type { Decoding } from "./decoding-batch.ts";
import { KvHandover, type KvHandoverState } from "./kv-handover.ts";
import { PromptChunks } from "./prompt-chunks.ts";
import type { RequestTable } from "./request-table.ts";
import { Part, SlotState } from "./request-table.ts";
import { SlotList } from "./slot-list.ts";
import { createWaitingQueue, isMoreUrgent, type WaitingQueue } from "./waiting-queue.ts";

/** Numbers that a saved batch carries as they are. */
const SCALARS = ["admitted", "preemptions"] as const;

export interface BatchState {
  readonly scalars: readonly number[];
  readonly partials: Int32Array;
  readonly wasPreempted: boolean;
  readonly waiting: ArrayLike<number>;
  readonly running: readonly [number, number, number];
  readonly chunks: { readonly slots: Int32Array; readonly columns: readonly Float64Array[] };
  readonly blocks: BatchBlocksState;
  readonly handover: KvHandoverState;
}

/**
 * Who takes part in the next step, by vLLM's rules: running sequences first (a decoding one takes a token, an unfinished
 * prompt its next chunk), then the queue in order while token budget, sequences and KV blocks last. When blocks run
 * out, the newest sequence (or the least urgent) is preempted and recomputed later. Nothing here loops over the batch,
 * but for the search of a victim by priority, and of what it was given.
 *
 * No running sequence ever lacks budget: in each step all but the last one ask for at most what they had in the step before.
 */
export class Batch {
  readonly waiting: WaitingQueue;
  /** In order of admission: the tail is the newest. */
  readonly running: SlotList;
  readonly chunks: PromptChunks;
  readonly blocks: BatchBlocks;
  readonly handover: KvHandover;
  /** Whether some sequence was preempted when the present step was put together. */
  wasPreempted = false;
  admitted: number;
  preemptions = 0;
  private readonly table: RequestTable;
  private readonly engine: EngineConfig;
  private readonly decoding: Decoding;
  private readonly series: DecodeSeries;
  private readonly chunkMax: number;
  private readonly isByPriority: boolean;
  /** Sequences whose prompt is not finished, in order of admission. Without a threshold at most one, and the tail of `running`. */
  private readonly partials: Int32Array;
  private partialCount = 0;

  constructor(table: RequestTable, engine: EngineConfig, decoding: Decoding, series: DecodeSeries, admittedBefore: number) {
    this.table = table;
    this.engine = engine;
    this.decoding = decoding;
    this.series = series;
    this.admitted = admittedBefore;
    this.chunkMax = engine.longPrefillTokenThreshold ?? Number.POSITIVE_INFINITY;
    this.isByPriority = engine.scheduling === "priority";
    this.waiting = createWaitingQueue(engine.scheduling ?? "fcfs", table);
    this.running = new SlotList(table);
    this.chunks = new PromptChunks(engine.maxSequences, engine.blockTokens);
    this.blocks = new BatchBlocks(table, engine, decoding);
    this.handover = new KvHandover(table, engine.transfer);
    this.partials = new Int32Array(engine.maxSequences);
  }

  get isEmpty(): boolean {
    return this.running.count === 0 && this.waiting.count === 0 && this.handover.received.count === 0;
  }

  /** Whether, with nothing in the batch, something may still be about to happen at this very instant. */
  get isBlocked(): boolean {
    return this.waiting.count > 0 || this.handover.parting.count > 0;
  }

  /** Whether the step that was put together computes nothing: blocks outside the batch left no room. */
  get isStuck(): boolean {
    return this.chunks.count === 0 && this.decoding.sequences === 0;
  }

  /** Whether an arriving attempt could join the batch: a place is free, and nothing that waits must go before it. */
  get canAdmitArrival(): boolean {
    return this.running.count < this.engine.maxSequences && (this.isByPriority || this.waiting.count === 0);
  }

  /** An attempt has reached the engine's queue. */
  wait(slot: number): void {
    this.table.state[slot] = SlotState.Waiting;
    this.waiting.append(slot);
  }

  /** Puts the next step together. */
  compose(nowSeconds: number): void {
    this.composeOnce(nowSeconds);
    // whoever gave way may come back when nobody else took its blocks
    if (this.wasPreempted && this.isStuck) this.composeOnce(nowSeconds);
  }

  private composeOnce(nowSeconds: number): void {
    this.chunks.clear();
    this.wasPreempted = false;
    this.makeRoom(nowSeconds);
    if (this.partialCount > 0) this.continuePartials(nowSeconds);
    if (!this.wasPreempted && (this.waiting.count > 0 || this.handover.received.count > 0)) this.admit(nowSeconds);
    this.blocks.seal();
  }

  /** Chunks of the step have been computed: the sequences whose prompt is not done stay partial. */
  keepPartial(slot: number): void {
    this.partials[this.partialCount++] = slot;
  }

  /** To be called before the step's chunks are looked at. */
  clearPartials(): void {
    this.partialCount = 0;
  }

  /** A sequence leaves for good: finished, or given up by its client. */
  leave(slot: number): void {
    this.drop(slot);
    this.running.remove(slot);
  }

  /** Takes every attempt out, into the lists given. */
  empty(intoRunning: number[], intoWaiting: number[]): void {
    const { table, running, waiting } = this;
    this.blocks.forget();
    this.handover.empty(intoWaiting);
    for (let slot = running.head; slot >= 0; slot = running.head) {
      if (table.state[slot] === SlotState.Decoding) this.decoding.leave(slot);
      running.remove(slot);
      intoRunning.push(slot);
    }
    for (let slot = waiting.head; slot >= 0; slot = waiting.head) {
      waiting.remove(slot);
      intoWaiting.push(slot);
    }
    this.partialCount = 0;
  }

  // ── prompts of other replicas, and for others ─────────────────────────────────────────────────────────────────

  /** A prompt that is computed leaves the batch, its blocks are held. */
  hold(slot: number): void {
    const { table, handover, blocks } = this;
    this.running.remove(slot);
    blocks.pinned += blocks.of(table.computedTokens[slot] as number);
    table.state[slot] = SlotState.Held;
    handover.held.append(slot);
  }

  /** Blocks that are held no longer become free. @returns the slot they belonged to, −1 when there is none */
  freeParting(): number {
    const { parting } = this.handover;
    const slot = parting.head;
    if (slot < 0) return -1;
    parting.remove(slot);
    this.unpin(slot, this.table.computedTokens[slot] as number);
    return slot;
  }

  /** A prompt's blocks are there: it may be admitted, unless its client has left. */
  takeReceived(slot: number): void {
    const { table, handover } = this;
    handover.receiving.remove(slot);
    if (table.aborted[slot] === 1) {
      this.unpin(slot, this.targetOf(slot));
      return;
    }
    table.state[slot] = SlotState.Received;
    handover.received.append(slot);
  }

  /** A prompt that was received is not wanted any more. */
  dropReceived(slot: number): void {
    this.handover.received.remove(slot);
    this.unpin(slot, this.targetOf(slot));
  }

  private unpin(slot: number, tokens: number): void {
    this.blocks.pinned -= this.blocks.of(tokens);
    this.blocks.release(slot, tokens);
  }

  /** Takes blocks for a whole prompt and asks for their content. @returns whether there was room */
  private startTransfer(slot: number, nowSeconds: number): boolean {
    const { table, blocks } = this;
    const target = this.targetOf(slot);
    const cached = blocks.admit(slot, target, target, true);
    if (cached < 0) return false;
    this.waiting.remove(slot);
    blocks.pinned += blocks.of(target);
    table.computedTokens[slot] = cached;
    this.handover.receive(slot, blocks.of(target) - blocks.of(cached), nowSeconds);
    return true;
  }

  /** Prompts that were received come first: of each the last token is computed, for the answer's first. @returns the budget left */
  private admitReceived(nowSeconds: number, budget: number): number {
    const { table, blocks, running } = this;
    const { received } = this.handover;
    let left = budget;
    while (received.head >= 0 && running.count < this.engine.maxSequences && left > 0) {
      const slot = received.head;
      const target = this.targetOf(slot);
      const cached = table.computedTokens[slot] as number;
      received.remove(slot);
      blocks.pinned -= blocks.of(target);
      // once in the batch it is as if computed here, also after a preemption
      table.part[slot] = Part.Whole;
      this.join(slot, target - 1, nowSeconds);
      this.chunks.add(slot, 1, target - 1, target);
      blocks.fill(slot, cached, target);
      left--;
    }
    return left;
  }

  /** A sequence takes its place in the batch, with some tokens in the cache. */
  private join(slot: number, computed: number, nowSeconds: number): void {
    const { table } = this;
    this.running.append(slot);
    table.state[slot] = SlotState.Prefilling;
    table.computedTokens[slot] = computed;
    if (Number.isNaN(table.admitSeconds[slot] as number)) table.admitSeconds[slot] = nowSeconds;
    table.admission[slot] = this.admitted++;
    this.series.close();
  }

  /** Preempts until the next token of all decoding sequences fits, and the chunks of all unfinished prompts but the last. */
  private makeRoom(nowSeconds: number): void {
    if (this.blocks.begin(this.promptBlocks())) return;
    while (!this.blocks.recount(this.promptBlocks())) this.preempt(this.victim(), nowSeconds);
  }

  /** Blocks of unfinished prompts once their next chunk is computed; what the last one holds without it. */
  private promptBlocks(): number {
    const { computedTokens } = this.table;
    const last = this.partialCount - 1;
    if (last < 0) return 0;
    let blocks = this.blocks.of(computedTokens[this.partials[last] as number] as number);
    for (let i = 0; i < last; i++) {
      const slot = this.partials[i] as number;
      blocks += this.blocks.of((computedTokens[slot] as number) + this.chunkOf(slot));
    }
    return blocks;
  }

  /** Tokens of an unfinished prompt's next chunk, if the budget allows. */
  private chunkOf(slot: number): number {
    return Math.min(this.targetOf(slot) - (this.table.computedTokens[slot] as number), this.chunkMax);
  }

  /** Tokens the prompt phase must reach: after a preemption the answer so far is computed again. */
  private targetOf(slot: number): number {
    return (this.table.promptTokens[slot] as number) + (this.table.emittedTokens[slot] as number);
  }

  private continuePartials(nowSeconds: number): void {
    const chunk = this.fitLast(nowSeconds);
    const { computedTokens } = this.table;
    const last = this.partialCount - 1;
    if (last < 0) return;
    this.series.close();
    for (let i = 0; i <= last; i++) {
      const slot = this.partials[i] as number;
      const tokens = i === last && chunk > 0 ? chunk : this.chunkOf(slot);
      this.addChunk(slot, tokens, computedTokens[slot] as number);
    }
  }

  /** Takes the blocks of the last unfinished prompt's chunk, and preempts until they are there. @returns the chunk, 0 when that very sequence was preempted */
  private fitLast(nowSeconds: number): number {
    const { computedTokens } = this.table;
    const last = this.partials[this.partialCount - 1] as number;
    const computed = computedTokens[last] as number;
    let budget = this.engine.maxBatchedTokens - this.decoding.sequences;
    for (let i = 0; i < this.partialCount - 1; i++) budget -= this.chunkOf(this.partials[i] as number);
    const chunk = Math.min(this.chunkOf(last), budget);
    const blocks = this.blocks.of(computed + chunk) - this.blocks.of(computed);
    while (!this.blocks.take(blocks)) {
      const victim = this.victim();
      this.preempt(victim, nowSeconds);
      this.blocks.recount(this.promptBlocks());
      if (victim === last) return this.partialCount > 0 ? this.fitLast(nowSeconds) : 0;
    }
    return chunk;
  }

  private admit(nowSeconds: number): void {
    const { table, engine, waiting, running, blocks } = this;
    let budget = engine.maxBatchedTokens - this.decoding.sequences - this.chunks.tokens;
    if (this.handover.received.count > 0) budget = this.admitReceived(nowSeconds, budget);
    while (waiting.head >= 0 && running.count < engine.maxSequences && budget > 0) {
      const slot = waiting.head;
      if (table.part[slot] === Part.Answer) {
        if (!this.startTransfer(slot, nowSeconds)) return;
        continue;
      }
      const target = this.targetOf(slot);
      const chunkMax = Math.min(budget, this.chunkMax);
      const isFirst = Number.isNaN(table.admitSeconds[slot] as number);
      const computed = blocks.admit(slot, target, chunkMax, isFirst);
      if (computed < 0) return;
      const chunk = Math.min(target - computed, chunkMax);
      waiting.remove(slot);
      this.join(slot, computed, nowSeconds);
      this.addChunk(slot, chunk, computed);
      budget -= chunk;
    }
  }

  private addChunk(slot: number, tokens: number, computed: number): void {
    this.chunks.add(slot, tokens, computed, this.targetOf(slot));
    this.blocks.fill(slot, computed, computed + tokens);
  }

  /** The newest sequence, or the least urgent. */
  private victim(): number {
    const { running, table } = this;
    if (!this.isByPriority) return running.tail;
    let victim = running.head;
    for (let slot = table.next[victim] as number; slot >= 0; slot = table.next[slot] as number)
      if (isMoreUrgent(table, victim, slot)) victim = slot;
    return victim;
  }

  /**
   * Blocks that a victim was given in this very step: by priority it may come before the sequence that lacks room. What
   * they held is forgotten all the same, as blocks are handed out in order of admission and victims are looked for on the way.
   */
  private takenBy(victim: number): number {
    const { blocks, table } = this;
    let free = blocks.capacity - this.decoding.usedBlocks(0);
    for (let i = 0; i < this.partialCount; i++) free -= blocks.of(table.computedTokens[this.partials[i] as number] as number);
    let slot = this.running.head;
    for (; slot !== victim && free >= 0; slot = table.next[slot] as number) free -= this.nextBlocksOf(slot);
    const taken = this.nextBlocksOf(victim);
    return taken <= free ? taken : 0;
  }

  /** Blocks that a running sequence asks for. No budget is looked at: the only one that may lack it is the last, which nobody comes after. */
  private nextBlocksOf(slot: number): number {
    const { blocks, decoding, table } = this;
    if (table.state[slot] === SlotState.Decoding) return blocks.of(decoding.lengthOf(slot, 1)) - blocks.of(decoding.lengthOf(slot));
    const computed = table.computedTokens[slot] as number;
    return blocks.of(computed + this.chunkOf(slot)) - blocks.of(computed);
  }

  private preempt(slot: number, nowSeconds: number): void {
    const { table } = this;
    this.series.close();
    if (this.isByPriority && this.blocks.areNamed) this.blocks.giveBack(this.takenBy(slot));
    if (table.state[slot] === SlotState.Decoding) table.lastTokenSeconds[slot] = nowSeconds;
    this.drop(slot);
    this.running.remove(slot);
    table.state[slot] = SlotState.Waiting;
    table.computedTokens[slot] = 0;
    this.waiting.prepend(slot);
    this.preemptions++;
    this.wasPreempted = true;
  }

  /** Gives back the blocks of a running sequence; its token count is up to date then. */
  private drop(slot: number): void {
    const { table, decoding } = this;
    if (table.state[slot] === SlotState.Decoding) {
      this.blocks.release(slot, decoding.lengthOf(slot));
      decoding.leave(slot);
      return;
    }
    this.blocks.release(slot, table.computedTokens[slot] as number);
    this.forgetPartial(slot);
  }

  private forgetPartial(slot: number): void {
    const { partials } = this;
    let kept = 0;
    for (let i = 0; i < this.partialCount; i++) {
      const other = partials[i] as number;
      if (other !== slot) partials[kept++] = other;
    }
    this.partialCount = kept;
  }

  save(): BatchState {
    return {
      scalars: SCALARS.map((name) => this[name]),
      partials: this.partials.slice(0, this.partialCount),
      wasPreempted: this.wasPreempted,
      waiting: this.waiting.save(),
      running: this.running.save(),
      chunks: this.chunks.save(),
      blocks: this.blocks.save(),
      handover: this.handover.save(),
    };
  }

  restore(state: BatchState): void {
    SCALARS.forEach((name, i) => {
      this[name] = state.scalars[i] as number;
    });
    this.partials.set(state.partials);
    this.partialCount = state.partials.length;
    this.wasPreempted = state.wasPreempted;
    this.waiting.restore(state.waiting);
    this.running.restore(state.running);
    this.chunks.restore(state.chunks.slots, state.chunks.columns);
    this.blocks.restore(state.blocks);
    this.handover.restore(state.handover);
  }
}

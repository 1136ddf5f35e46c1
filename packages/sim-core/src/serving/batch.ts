import { BatchBlocks } from "./batch-blocks.ts";
import type { EngineConfig } from "./config.ts";
import type { DecodeSeries } from "./decode-series.ts";
import type { Decoding } from "./decoding-batch.ts";
import { Hindered } from "./hindered.ts";
import { KvHandover } from "./kv-handover.ts";
import { PromptChunks } from "./prompt-chunks.ts";
import type { ReplicaColumns } from "./replica-columns.ts";
import type { RequestTable } from "./request-table.ts";
import { Part, SlotState } from "./request-table.ts";
import { createWaitingQueue, isMoreUrgent, type WaitingQueue } from "./waiting-queue.ts";

const NO_SLOTS: Int32Array = new Int32Array(0);

/**
 * Who takes part in the next step of a replica, by vLLM's rules: running sequences first (a decoding one takes a token, an unfinished
 * prompt its next chunk), then the queue in order while token budget, sequences and KV blocks last. When blocks run
 * out, the newest sequence (or the least urgent) is preempted and recomputed later. Nothing here loops over the batch,
 * but for the search of a victim by priority, and of what it was given.
 *
 * No running sequence ever lacks budget: in each step all but the last one ask for at most what they had in the step before.
 */
export class Batch {
  readonly waiting: WaitingQueue;
  /** Of the step being put together. */
  readonly chunks: PromptChunks;
  readonly blocks: BatchBlocks;
  readonly handover: KvHandover;
  /** Whether some sequence was preempted when the present step was put together. */
  wasPreempted = false;
  private readonly table: RequestTable;
  private readonly columns: ReplicaColumns;
  private readonly engine: EngineConfig;
  private readonly decoding: Decoding;
  private readonly series: DecodeSeries;
  private readonly chunkMax: number;
  private readonly isByPriority: boolean;

  constructor(table: RequestTable, columns: ReplicaColumns, engine: EngineConfig, decoding: Decoding, series: DecodeSeries) {
    this.table = table;
    this.columns = columns;
    this.engine = engine;
    this.decoding = decoding;
    this.series = series;
    this.chunkMax = engine.longPrefillTokenThreshold ?? Number.POSITIVE_INFINITY;
    this.isByPriority = engine.scheduling === "priority";
    this.waiting = createWaitingQueue(engine.scheduling ?? "fcfs", table, columns.waiting);
    this.chunks = new PromptChunks(engine.maxSequences);
    this.blocks = new BatchBlocks(table, columns, engine, decoding);
    this.handover = new KvHandover(table, columns, engine.transfer);
  }

  isEmpty(row: number): boolean {
    return this.columns.running.count[row] === 0 && this.waiting.countOf(row) === 0 && this.handover.receivedBy(row) === 0;
  }

  /** Whether, with nothing in the batch, something may still be about to happen at this very instant. */
  isBlocked(row: number): boolean {
    return this.waiting.countOf(row) > 0 || (this.columns.parting.count[row] as number) > 0;
  }

  /** Whether the step that was put together computes nothing: blocks outside the batch left no room. */
  isStuck(row: number): boolean {
    return this.chunks.count === 0 && this.columns.sequences[row] === 0;
  }

  /** Whether an arriving attempt could join the batch: a place is free, and nothing that waits must go before it. */
  canAdmitArrival(row: number): boolean {
    const running = this.columns.running.count[row] as number;
    return running < this.engine.maxSequences && (this.isByPriority || this.waiting.countOf(row) === 0);
  }

  /** An attempt has reached the engine's queue. */
  wait(row: number, slot: number): void {
    this.table.state[slot] = SlotState.Waiting;
    this.waiting.append(row, slot);
  }

  /** Puts the next step together. From now on the cache counts as holding the step's chunks. */
  compose(row: number, nowSeconds: number): void {
    this.composeOnce(row, nowSeconds);
    // whoever gave way may come back when nobody else took its blocks
    if (this.wasPreempted && this.isStuck(row)) this.composeOnce(row, nowSeconds);
  }

  private composeOnce(row: number, nowSeconds: number): void {
    this.chunks.clear();
    this.wasPreempted = false;
    this.makeRoom(row, nowSeconds);
    if (this.columns.unfinished[row] !== 0) this.continuePrompts(row, nowSeconds);
    if (!this.wasPreempted && (this.waiting.countOf(row) > 0 || this.handover.receivedBy(row) > 0)) this.admit(row, nowSeconds);
    this.blocks.seal(row);
  }

  /** The step's chunks are computed: those prompts that are done leave the list of unfinished ones. */
  endChunks(row: number, promptDone: (slot: number) => void): void {
    const { columns } = this;
    const count = columns.unfinished[row] as number;
    columns.unfinished[row] = 0;
    for (let i = 0; i < count; i++) {
      const slot = this.unfinishedAt(row, i);
      if (this.table.computedTokens[slot] === this.targetOf(slot)) promptDone(slot);
      else this.keepUnfinished(row, slot);
    }
  }

  /** KV blocks of all unfinished prompts, the step under way included. */
  unfinishedBlocks(row: number): number {
    let blocks = 0;
    for (let i = 0; i < (this.columns.unfinished[row] as number); i++)
      blocks += this.blocks.of(this.table.computedTokens[this.unfinishedAt(row, i)] as number);
    return blocks;
  }

  /** A sequence leaves for good: finished, or given up by its client. */
  leave(row: number, slot: number): void {
    this.drop(row, slot);
    this.columns.running.remove(row, slot);
  }

  /** Takes every attempt out, into the lists given. */
  empty(row: number, intoRunning: number[], intoWaiting: number[]): void {
    const { table, waiting } = this;
    const { running, unfinished } = this.columns;
    this.blocks.forget(row);
    this.handover.empty(row, intoWaiting);
    for (let slot = running.head[row] as number; slot >= 0; slot = running.head[row] as number) {
      if (table.state[slot] === SlotState.Decoding) this.decoding.leave(row, slot);
      running.remove(row, slot);
      intoRunning.push(slot);
    }
    for (let slot = waiting.headOf(row); slot >= 0; slot = waiting.headOf(row)) {
      waiting.remove(row, slot);
      intoWaiting.push(slot);
    }
    unfinished[row] = 0;
  }

  /** The replica is gone, with all it held. */
  forget(row: number): void {
    this.blocks.forget(row);
    this.waiting.restore(row, NO_SLOTS);
  }

  // ── prompts of other replicas, and for others ─────────────────────────────────────────────────────────────────

  /** A prompt that is computed leaves the batch, its blocks are held. */
  hold(row: number, slot: number): void {
    const { table, columns } = this;
    columns.running.remove(row, slot);
    this.pin(row, table.computedTokens[slot] as number);
    table.state[slot] = SlotState.Held;
    columns.held.append(row, slot);
  }

  /** Blocks that are held no longer become free. @returns the slot they belonged to, −1 when there is none */
  freeParting(row: number): number {
    const { parting } = this.columns;
    const slot = parting.head[row] as number;
    if (slot < 0) return -1;
    parting.remove(row, slot);
    this.unpin(row, slot, this.table.computedTokens[slot] as number);
    return slot;
  }

  /** A prompt's blocks are there: it may be admitted, unless its client has left. */
  takeReceived(row: number, slot: number): void {
    const { table, columns } = this;
    columns.receiving.remove(row, slot);
    if (table.aborted[slot] === 1) {
      this.unpin(row, slot, this.targetOf(slot));
      return;
    }
    table.state[slot] = SlotState.Received;
    columns.received.append(row, slot);
  }

  /** A prompt that was received is not wanted any more. */
  dropReceived(row: number, slot: number): void {
    this.columns.received.remove(row, slot);
    this.unpin(row, slot, this.targetOf(slot));
  }

  private pin(row: number, tokens: number): void {
    const { pinned } = this.columns;
    pinned[row] = (pinned[row] as number) + this.blocks.of(tokens);
  }

  private unpin(row: number, slot: number, tokens: number): void {
    const { pinned } = this.columns;
    pinned[row] = (pinned[row] as number) - this.blocks.of(tokens);
    this.blocks.release(row, slot, tokens);
  }

  /** Takes blocks for a whole prompt and asks for their content. @returns whether there was room */
  private startTransfer(row: number, slot: number, nowSeconds: number): boolean {
    const { table, blocks } = this;
    const target = this.targetOf(slot);
    const cached = blocks.admit(row, slot, target, target, true);
    if (cached < 0) return false;
    this.waiting.remove(row, slot);
    this.pin(row, target);
    table.computedTokens[slot] = cached;
    this.handover.receive(row, slot, blocks.of(target) - blocks.of(cached), nowSeconds);
    return true;
  }

  /** Prompts that were received come first: of each the last token is computed, for the answer's first. @returns the budget left */
  private admitReceived(row: number, nowSeconds: number, budget: number): number {
    const { table, blocks } = this;
    const { received, running, pinned } = this.columns;
    let left = budget;
    let slot = received.head[row] as number;
    while (slot >= 0 && (running.count[row] as number) < this.engine.maxSequences && left > 0) {
      const target = this.targetOf(slot);
      const cached = table.computedTokens[slot] as number;
      received.remove(row, slot);
      pinned[row] = (pinned[row] as number) - blocks.of(target);
      // once in the batch it is as if computed here, also after a preemption
      table.part[slot] = Part.Whole;
      this.join(row, slot, nowSeconds);
      this.chunks.add(1, target - 1, target);
      table.computedTokens[slot] = target;
      blocks.fill(row, slot, cached, target);
      left--;
      slot = received.head[row] as number;
    }
    return left;
  }

  /** A sequence takes its place in the batch, its prompt not finished. */
  private join(row: number, slot: number, nowSeconds: number): void {
    const { table } = this;
    const { running, admitted } = this.columns;
    running.append(row, slot);
    table.state[slot] = SlotState.Prefilling;
    if (Number.isNaN(table.admitSeconds[slot] as number)) table.admitSeconds[slot] = nowSeconds;
    table.admission[slot] = admitted[row] as number;
    admitted[row] = (admitted[row] as number) + 1;
    this.series.close(row);
    this.keepUnfinished(row, slot);
  }

  // ── a step ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Preempts until the next token of all decoding sequences fits, and the chunks of all unfinished prompts but the last. */
  private makeRoom(row: number, nowSeconds: number): void {
    if (this.blocks.begin(row, this.promptBlocks(row))) return;
    while (!this.blocks.recount(row, this.promptBlocks(row))) this.preempt(row, this.victim(row), nowSeconds);
  }

  /** Blocks of unfinished prompts once their next chunk is computed; what the last one holds without it. */
  private promptBlocks(row: number): number {
    const { computedTokens } = this.table;
    const last = (this.columns.unfinished[row] as number) - 1;
    if (last < 0) return 0;
    let blocks = this.blocks.of(computedTokens[this.unfinishedAt(row, last)] as number);
    for (let i = 0; i < last; i++) {
      const slot = this.unfinishedAt(row, i);
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

  private continuePrompts(row: number, nowSeconds: number): void {
    const chunk = this.fitLast(row, nowSeconds);
    const last = (this.columns.unfinished[row] as number) - 1;
    if (last < 0) return;
    this.series.close(row);
    for (let i = 0; i <= last; i++) {
      const slot = this.unfinishedAt(row, i);
      this.addChunk(row, slot, i === last && chunk > 0 ? chunk : this.chunkOf(slot), this.table.computedTokens[slot] as number);
    }
  }

  /** Takes the blocks of the last unfinished prompt's chunk, and preempts until they are there. @returns the chunk, 0 when that very sequence was preempted */
  private fitLast(row: number, nowSeconds: number): number {
    const others = (this.columns.unfinished[row] as number) - 1;
    const last = this.unfinishedAt(row, others);
    const computed = this.table.computedTokens[last] as number;
    let budget = this.engine.maxBatchedTokens - (this.columns.sequences[row] as number);
    for (let i = 0; i < others; i++) budget -= this.chunkOf(this.unfinishedAt(row, i));
    const chunk = Math.min(this.chunkOf(last), budget);
    const blocks = this.blocks.of(computed + chunk) - this.blocks.of(computed);
    while (!this.blocks.take(row, blocks)) {
      const victim = this.victim(row);
      this.preempt(row, victim, nowSeconds);
      this.blocks.recount(row, this.promptBlocks(row));
      if (victim === last) return this.columns.unfinished[row] === 0 ? 0 : this.fitLast(row, nowSeconds);
    }
    return chunk;
  }

  private admit(row: number, nowSeconds: number): void {
    const { table, engine, waiting, blocks } = this;
    const { running, sequences } = this.columns;
    let budget = engine.maxBatchedTokens - (sequences[row] as number) - this.chunks.tokens;
    if (this.handover.receivedBy(row) > 0) budget = this.admitReceived(row, nowSeconds, budget);
    let slot = waiting.headOf(row);
    while (slot >= 0 && (running.count[row] as number) < engine.maxSequences && budget > 0) {
      if (table.part[slot] === Part.Answer) {
        if (!this.startTransfer(row, slot, nowSeconds)) return;
        slot = waiting.headOf(row);
        continue;
      }
      const target = this.targetOf(slot);
      const chunkMax = Math.min(budget, this.chunkMax);
      const isFirst = Number.isNaN(table.admitSeconds[slot] as number);
      const computed = blocks.admit(row, slot, target, chunkMax, isFirst);
      if (computed < 0) return;
      const chunk = Math.min(target - computed, chunkMax);
      waiting.remove(row, slot);
      this.join(row, slot, nowSeconds);
      this.addChunk(row, slot, chunk, computed);
      budget -= chunk;
      slot = waiting.headOf(row);
    }
  }

  private addChunk(row: number, slot: number, tokens: number, computed: number): void {
    this.chunks.add(tokens, computed, this.targetOf(slot));
    this.table.computedTokens[slot] = computed + tokens;
    this.blocks.fill(row, slot, computed, computed + tokens);
  }

  /** The newest sequence, or the least urgent. */
  private victim(row: number): number {
    const { table } = this;
    const { running } = this.columns;
    if (!this.isByPriority) return running.tail[row] as number;
    let victim = running.head[row] as number;
    for (let slot = table.next[victim] as number; slot >= 0; slot = table.next[slot] as number)
      if (isMoreUrgent(table, victim, slot)) victim = slot;
    return victim;
  }

  /**
   * Blocks that a victim was given in this very step: by priority it may come before the sequence that lacks room. What
   * they held is forgotten all the same, as blocks are handed out in order of admission and victims are looked for on the way.
   */
  private takenBy(row: number, victim: number): number {
    const { blocks, table } = this;
    const { running, unfinished } = this.columns;
    let free = blocks.capacity(row) - this.decoding.usedBlocks(row, 0);
    for (let i = 0; i < (unfinished[row] as number); i++) free -= blocks.of(table.computedTokens[this.unfinishedAt(row, i)] as number);
    let slot = running.head[row] as number;
    for (; slot !== victim && free >= 0; slot = table.next[slot] as number) free -= this.nextBlocksOf(row, slot);
    const taken = this.nextBlocksOf(row, victim);
    return taken <= free ? taken : 0;
  }

  /** Blocks that a running sequence asks for. No budget is looked at: the only one that may lack it is the last, which nobody comes after. */
  private nextBlocksOf(row: number, slot: number): number {
    const { blocks, decoding, table } = this;
    if (table.state[slot] === SlotState.Decoding)
      return blocks.of(decoding.lengthOf(row, slot, 1)) - blocks.of(decoding.lengthOf(row, slot));
    const computed = table.computedTokens[slot] as number;
    return blocks.of(computed + this.chunkOf(slot)) - blocks.of(computed);
  }

  private preempt(row: number, slot: number, nowSeconds: number): void {
    const { table } = this;
    const { running, preemptions } = this.columns;
    this.series.close(row);
    if (this.isByPriority && this.blocks.areNamed(row)) this.blocks.giveBack(row, this.takenBy(row, slot));
    if (table.state[slot] === SlotState.Decoding) table.lastTokenSeconds[slot] = nowSeconds;
    this.drop(row, slot);
    running.remove(row, slot);
    table.state[slot] = SlotState.Waiting;
    table.computedTokens[slot] = 0;
    table.hindered[slot] = (table.hindered[slot] as number) | Hindered.Preempted;
    this.waiting.prepend(row, slot);
    preemptions[row] = (preemptions[row] as number) + 1;
    this.wasPreempted = true;
  }

  /** Gives back the blocks of a running sequence; its token count is up to date then. */
  private drop(row: number, slot: number): void {
    const { table, decoding } = this;
    if (table.state[slot] === SlotState.Decoding) {
      this.blocks.release(row, slot, decoding.lengthOf(row, slot));
      decoding.leave(row, slot);
      return;
    }
    this.blocks.release(row, slot, table.computedTokens[slot] as number);
    this.forgetUnfinished(row, slot);
  }

  /** In order of admission. Without a threshold at most one, and the tail of those that run. */
  private unfinishedAt(row: number, i: number): number {
    const { unfinishedSlots } = this.columns;
    return unfinishedSlots.values[unfinishedSlots.start(row) + i] as number;
  }

  private keepUnfinished(row: number, slot: number): void {
    const { unfinished, unfinishedSlots } = this.columns;
    const count = unfinished[row] as number;
    unfinishedSlots.reserve(count + 1);
    unfinishedSlots.values[unfinishedSlots.start(row) + count] = slot;
    unfinished[row] = count + 1;
  }

  private forgetUnfinished(row: number, slot: number): void {
    const { unfinished } = this.columns;
    const count = unfinished[row] as number;
    unfinished[row] = 0;
    for (let i = 0; i < count; i++) {
      const other = this.unfinishedAt(row, i);
      if (other !== slot) this.keepUnfinished(row, other);
    }
  }
}

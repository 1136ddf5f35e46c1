import type { EngineConfig } from "./config.ts";
import type { Decoding } from "./decoding-batch.ts";
import { PrefixCache, type PrefixCacheState } from "./prefix-cache.ts";
import type { RequestTable } from "./request-table.ts";

export interface BatchBlocksState {
  readonly counters: readonly number[];
  readonly cache: PrefixCacheState | undefined;
}

/**
 * KV blocks of a replica while a step is put together. Nearly always there is room by far: then blocks are not
 * counted, only bounded. With cached prefixes about they are counted every time.
 */
export class BatchBlocks {
  /** Prompt tokens looked up at first admissions, and those of them that were found. */
  queriedTokens = 0;
  hitTokens = 0;
  private readonly table: RequestTable;
  private readonly engine: EngineConfig;
  private readonly decoding: Decoding;
  private readonly isCaching: boolean;
  /** There once a prompt with known text has come. */
  private cache: PrefixCache | undefined;
  /** Blocks left for prompt chunks; at least this many unless exact. */
  private free = 0;
  private isExact = true;
  /** Blocks of sequences outside the batch: held for other replicas, or being filled by them. */
  pinned = 0;

  constructor(table: RequestTable, engine: EngineConfig, decoding: Decoding) {
    this.table = table;
    this.engine = engine;
    this.decoding = decoding;
    this.isCaching = engine.prefixCaching === true;
  }

  /** Blocks that decoding sequences may hold together, when prompts hold none. */
  get capacity(): number {
    const own = this.engine.kvBlocks - this.pinned;
    return this.cache === undefined ? own : own + this.cache.shared;
  }

  /** Blocks counted twice or more when every sequence counts its own. */
  get shared(): number {
    return this.cache === undefined ? 0 : this.cache.shared;
  }

  /** Whether some block may hold text that can be hit: then it matters which blocks are taken. */
  get areNamed(): boolean {
    return this.cache !== undefined;
  }

  of(tokens: number): number {
    return Math.ceil(tokens / this.engine.blockTokens);
  }

  /** Begins a step. @param prompts blocks that unfinished prompts hold or are about to @returns whether the next tokens of the others fit */
  begin(prompts: number): boolean {
    this.isExact = false;
    this.free = this.engine.kvBlocks - this.pinned - prompts - this.decoding.usedNextAtMost;
    return (this.free >= 0 && this.cache === undefined) || this.recount(prompts);
  }

  /** Counts exactly. @returns whether everything fits */
  recount(prompts: number): boolean {
    this.isExact = true;
    this.free = this.capacity - prompts - this.decoding.usedBlocks(1);
    return this.free >= 0;
  }

  /** Takes blocks for a prompt chunk, if there are as many. */
  take(blocks: number): boolean {
    if (blocks > this.free) this.makeExact();
    if (blocks > this.free) return false;
    this.free -= blocks;
    return true;
  }

  /**
   * Takes the blocks of a waiting sequence's first chunk, if there are as many.
   * @param chunkMax most tokens of the chunk
   * @returns tokens in the cache before it, −1: no room
   */
  admit(slot: number, target: number, chunkMax: number, isFirst: boolean): number {
    if (this.isCaching && (this.table.prefixCount[slot] as number) > 0) return this.admitNamed(slot, target, chunkMax, isFirst);
    if (!this.take(this.of(Math.min(target, chunkMax)))) return -1;
    if (this.isCaching && isFirst) this.queriedTokens += target;
    return 0;
  }

  /** A chunk's blocks are taken: those that are full can be shared from now on. */
  fill(slot: number, before: number, after: number): void {
    if (this.cache === undefined) return;
    this.cache.sync(this.free);
    if ((this.table.prefixCount[slot] as number) > 0) this.cache.extend(slot, before, after);
  }

  /** Decode-only steps have ended and taken blocks, while no prompt was under way. */
  settle(): void {
    if (this.cache !== undefined) this.cache.sync(this.capacity - this.decoding.usedBlocks(0));
  }

  /** The step is put together. */
  seal(): void {
    if (this.cache !== undefined) this.cache.sync(this.free);
  }

  /** Blocks go back that a sequence was given in this very step: next in line before, last in line now. */
  giveBack(blocks: number): void {
    if (this.cache !== undefined) this.cache.giveBack(blocks);
  }

  /** A sequence gives back its blocks. @param tokens in the cache */
  release(slot: number, tokens: number): void {
    if (this.cache !== undefined) this.cache.release(slot, this.of(tokens));
  }

  /** The process ends: the cache is gone. */
  forget(): void {
    this.cache = undefined;
    this.pinned = 0;
  }

  save(): BatchBlocksState {
    return { counters: [this.queriedTokens, this.hitTokens, this.free, this.isExact ? 1 : 0, this.pinned], cache: this.cache?.save() };
  }

  restore(state: BatchBlocksState): void {
    const [queried, hit, free, isExact, pinned] = state.counters as readonly [number, number, number, number, number];
    this.queriedTokens = queried;
    this.hitTokens = hit;
    this.free = free;
    this.isExact = isExact === 1;
    this.pinned = pinned;
    this.cache = undefined;
    if (state.cache === undefined) return;
    this.cache = new PrefixCache(this.table, this.engine.blockTokens, 0);
    this.cache.restore(state.cache);
  }

  private admitNamed(slot: number, target: number, chunkMax: number, isFirst: boolean): number {
    const { blockTokens } = this.engine;
    if (this.cache === undefined) {
      this.makeExact();
      this.cache = new PrefixCache(this.table, blockTokens, this.free);
    }
    const { cache } = this;
    cache.sync(this.free);
    const hits = cache.lookUp(slot, target);
    const before = hits * blockTokens;
    const blocks = this.of(before + Math.min(target - before, chunkMax)) - hits + cache.freeHits;
    if (blocks > this.free) return -1;
    this.free -= blocks;
    cache.acquire(slot, hits);
    if (isFirst) {
      this.queriedTokens += target;
      this.hitTokens += before;
    }
    return before;
  }

  private makeExact(): void {
    if (this.isExact) return;
    // until now the next tokens of decoding sequences were taken to need as much as they can at most
    this.free += this.decoding.usedNextAtMost - this.decoding.usedBlocks(1);
    this.isExact = true;
  }
}

import type { EngineConfig } from "./config.ts";
import type { Decoding } from "./decoding-batch.ts";
import { PrefixCache, type PrefixCacheState } from "./prefix-cache.ts";
import type { ReplicaColumns } from "./replica-columns.ts";
import type { RequestTable } from "./request-table.ts";

/**
 * KV blocks of a replica while a step is put together. Nearly always there is room by far: then blocks are not
 * counted, only bounded. With cached prefixes about they are counted every time.
 */
export class BatchBlocks {
  private readonly table: RequestTable;
  private readonly columns: ReplicaColumns;
  private readonly engine: EngineConfig;
  private readonly decoding: Decoding;
  private readonly isCaching: boolean;
  /** By row, there once a prompt with known text has come. */
  private readonly caches = new Map<number, PrefixCache>();
  /** Of the step being put together: blocks left for prompt chunks; at least this many unless exact. */
  private free = 0;
  private isExact = true;

  constructor(table: RequestTable, columns: ReplicaColumns, engine: EngineConfig, decoding: Decoding) {
    this.table = table;
    this.columns = columns;
    this.engine = engine;
    this.decoding = decoding;
    this.isCaching = engine.prefixCaching === true;
  }

  /** Blocks that decoding sequences may hold together, when prompts hold none. */
  capacity(row: number): number {
    return this.engine.kvBlocks - (this.columns.pinned[row] as number) + this.shared(row);
  }

  /** Blocks counted twice or more when every sequence counts its own. */
  shared(row: number): number {
    const cache = this.cacheOf(row);
    return cache === undefined ? 0 : cache.shared;
  }

  /** Whether some block may hold text that can be hit: then it matters which blocks are taken. */
  areNamed(row: number): boolean {
    return this.cacheOf(row) !== undefined;
  }

  of(tokens: number): number {
    return Math.ceil(tokens / this.engine.blockTokens);
  }

  /** Begins a step. @param prompts blocks that unfinished prompts hold or are about to @returns whether the next tokens of the others fit */
  begin(row: number, prompts: number): boolean {
    this.isExact = false;
    this.free = this.engine.kvBlocks - (this.columns.pinned[row] as number) - prompts - this.decoding.usedNextAtMost(row);
    return (this.free >= 0 && this.cacheOf(row) === undefined) || this.recount(row, prompts);
  }

  /** Counts exactly. @returns whether everything fits */
  recount(row: number, prompts: number): boolean {
    this.isExact = true;
    this.free = this.capacity(row) - prompts - this.decoding.usedBlocks(row, 1);
    return this.free >= 0;
  }

  /** Takes blocks for a prompt chunk, if there are as many. */
  take(row: number, blocks: number): boolean {
    if (blocks > this.free) this.makeExact(row);
    if (blocks > this.free) return false;
    this.free -= blocks;
    return true;
  }

  /**
   * Takes the blocks of a waiting sequence's first chunk, if there are as many.
   * @param chunkMax most tokens of the chunk
   * @returns tokens in the cache before it, −1: no room
   */
  admit(row: number, slot: number, target: number, chunkMax: number, isFirst: boolean): number {
    if (this.isCaching && (this.table.prefixCount[slot] as number) > 0) return this.admitNamed(row, slot, target, chunkMax, isFirst);
    if (!this.take(row, this.of(Math.min(target, chunkMax)))) return -1;
    if (this.isCaching && isFirst) add(this.columns.queriedTokens, row, target);
    return 0;
  }

  /** A chunk's blocks are taken: those that are full can be shared from now on. */
  fill(row: number, slot: number, before: number, after: number): void {
    const cache = this.cacheOf(row);
    if (cache === undefined) return;
    cache.sync(this.free);
    if ((this.table.prefixCount[slot] as number) > 0) cache.extend(slot, before, after);
  }

  /** Decode-only steps have ended and taken blocks, while no prompt was under way. */
  settle(row: number): void {
    this.cacheOf(row)?.sync(this.capacity(row) - this.decoding.usedBlocks(row, 0));
  }

  /** The step is put together. */
  seal(row: number): void {
    this.cacheOf(row)?.sync(this.free);
  }

  /** Blocks go back that a sequence was given in this very step: next in line before, last in line now. */
  giveBack(row: number, blocks: number): void {
    this.cacheOf(row)?.giveBack(blocks);
  }

  /** A sequence gives back its blocks. @param tokens in the cache */
  release(row: number, slot: number, tokens: number): void {
    this.cacheOf(row)?.release(slot, this.of(tokens));
  }

  /** The process ends: the cache is gone. */
  forget(row: number): void {
    this.caches.delete(row);
    this.columns.pinned[row] = 0;
  }

  save(row: number): PrefixCacheState | undefined {
    return this.cacheOf(row)?.save();
  }

  restore(row: number, state: PrefixCacheState | undefined): void {
    this.caches.delete(row);
    if (state === undefined) return;
    const cache = new PrefixCache(this.table, this.engine.blockTokens, 0);
    cache.restore(state);
    this.caches.set(row, cache);
  }

  private admitNamed(row: number, slot: number, target: number, chunkMax: number, isFirst: boolean): number {
    const { blockTokens } = this.engine;
    const cache = this.cacheOf(row) ?? this.createCache(row);
    cache.sync(this.free);
    const hits = cache.lookUp(slot, target);
    const before = hits * blockTokens;
    const blocks = this.of(before + Math.min(target - before, chunkMax)) - hits + cache.freeHits;
    if (blocks > this.free) return -1;
    this.free -= blocks;
    cache.acquire(slot, hits);
    if (isFirst) {
      add(this.columns.queriedTokens, row, target);
      add(this.columns.hitTokens, row, before);
    }
    return before;
  }

  private createCache(row: number): PrefixCache {
    this.makeExact(row);
    const cache = new PrefixCache(this.table, this.engine.blockTokens, this.free);
    this.caches.set(row, cache);
    return cache;
  }

  private cacheOf(row: number): PrefixCache | undefined {
    return this.caches.size === 0 ? undefined : this.caches.get(row);
  }

  private makeExact(row: number): void {
    if (this.isExact) return;
    // until now the next tokens of decoding sequences were taken to need as much as they can at most
    this.free += this.decoding.usedNextAtMost(row) - this.decoding.usedBlocks(row, 1);
    this.isExact = true;
  }
}

function add(column: Float64Array, row: number, by: number): void {
  column[row] = (column[row] as number) + by;
}

import { FreeBlocks, type FreeBlocksState } from "./free-blocks.ts";
import { RangePool } from "./range-pool.ts";
import type { RequestTable } from "./request-table.ts";

const COLUMNS = ["cached", "extent", "capacity", "ends", "lowest"] as const;

export interface PrefixCacheState {
  readonly keys: Float64Array;
  readonly columns: readonly Int32Array[];
  readonly scalars: readonly number[];
  readonly ranges: readonly Float64Array[];
  readonly free: FreeBlocksState;
}

/**
 * Automatic prefix caching as vLLM V1 does it: full blocks of prompts only, shared by reference count, the last ones
 * freed the last to be used again. A prompt is known as a chain of *units* of text (those of a trace, 512 tokens each; or one
 * shared prefix), so a look-up costs one step per unit and not per block. Every use of a unit's blocks starts at its first
 * one: how many users reach how far is all there is to keep.
 *
 * A block whose text is cached already, but was computed again all the same (because at least one token must be, or
 * because two prompts were computed side by side), stays nameless, and so do the ones after it in its sequence.
 */
export class PrefixCache {
  /** Blocks saved by sharing: Σ over sequences of named blocks − named blocks in use. */
  shared = 0;
  /** Hit blocks of the last look-up that are free: taking them needs room too. */
  freeHits = 0;
  private readonly table: RequestTable;
  private readonly blockTokens: number;
  private readonly free = new FreeBlocks();
  private readonly units = new Map<number, number>();
  private readonly ranges = new RangePool();
  private size = 0;
  private spare = -1;
  private keys: Float64Array = new Float64Array(64);
  /** Leading blocks of the unit in the cache. */
  private cached: Int32Array = new Int32Array(64);
  /** Leading blocks in use by some sequence; the others are in `free`. */
  private extent: Int32Array = new Int32Array(64);
  /** Blocks the unit can have. */
  private capacity: Int32Array = new Int32Array(64);
  /** Range that counts, for each n, the sequences that use exactly n blocks. */
  private ends: Int32Array = new Int32Array(64);
  /** Segment of `free` with the unit's lowest free blocks; −1: none. Next unused unit for spare ones. */
  private lowest: Int32Array = new Int32Array(64);

  constructor(table: RequestTable, blockTokens: number, freeBlocks: number) {
    this.table = table;
    this.blockTokens = blockTokens;
    this.free.appendNameless(freeBlocks);
  }

  /** Free blocks, those with cached text included, at the last `sync`. */
  get freeBlocks(): number {
    return this.free.count;
  }

  /** Blocks that hold cached text, in use or not. For checks: it looks at every unit. */
  get cachedBlocks(): number {
    let sum = 0;
    for (const unit of this.units.values()) sum += this.cached[unit] as number;
    return sum;
  }

  /** Sequences have taken blocks until `freeBlocks` were left: the ones freed first are theirs now, and what they held is forgotten. */
  sync(freeBlocks: number): void {
    if (this.free.count > freeBlocks) this.free.shrinkTo(freeBlocks, this.evicted);
  }

  /** Blocks that a sequence has taken since the last `sync` are free again, without any text. */
  giveBack(blocks: number): void {
    this.free.appendNameless(blocks);
  }

  /** Blocks of the prompt that are cached, of `targetTokens` to compute at least one token; see also `freeHits`. */
  lookUp(slot: number, targetTokens: number): number {
    const { table, blockTokens } = this;
    const unitTokens = table.prefixUnitTokens[slot] as number;
    const count = table.prefixCount[slot] as number;
    const start = table.prefixStart[slot] as number;
    const most = Math.floor(Math.min(targetTokens - 1, table.promptTokens[slot] as number, count * unitTokens) / blockTokens);
    let hits = 0;
    this.freeHits = 0;
    for (let i = 0; i < count && hits < most; i++) {
      const end = Math.floor(((i + 1) * unitTokens) / blockTokens);
      if (end === hits) continue; // a unit shorter than a block may end inside one
      const unit = this.units.get(table.prefixes.values[start + i] as number);
      if (unit === undefined) break;
      const found = Math.min(this.cached[unit] as number, Math.min(end, most) - hits);
      this.freeHits += Math.max(0, found - (this.extent[unit] as number));
      hits += found;
      if (hits < end) break;
    }
    return hits;
  }

  /** Lets a sequence use the first `blocks` blocks of its prompt, which a look-up has found. */
  acquire(slot: number, blocks: number): void {
    this.table.keyedBlocks[slot] = blocks;
    for (let i = 0, first = 0; first < blocks; i++) {
      const end = this.endOf(slot, i);
      if (end === first) continue;
      const unit = this.unitOf(slot, i);
      const used = Math.min(end, blocks) - first;
      const extent = this.extent[unit] as number;
      this.count(unit, used, 1);
      if (used > extent) {
        this.lowest[unit] = this.free.reclaim(this.lowest[unit] as number, used);
        this.extent[unit] = used;
      }
      this.shared += used - Math.max(0, used - extent);
      first = end;
    }
  }

  /** Names the blocks that a chunk has filled: from now on they can be hit. @param before tokens in the cache before the chunk @param after and after it */
  extend(slot: number, before: number, after: number): void {
    const { table, blockTokens } = this;
    const unitTokens = table.prefixUnitTokens[slot] as number;
    const named = Math.min(table.promptTokens[slot] as number, (table.prefixCount[slot] as number) * unitTokens);
    const to = Math.floor(Math.min(after, named) / blockTokens);
    let keyed = table.keyedBlocks[slot] as number;
    if (keyed < Math.floor(Math.min(before, named) / blockTokens)) return; // some block before is nameless
    while (keyed < to) {
      const i = Math.floor(((keyed + 1) * blockTokens - 1) / unitTokens);
      const first = i === 0 ? 0 : this.endOf(slot, i - 1);
      const end = Math.min(to, this.endOf(slot, i));
      if (!this.name(slot, i, keyed - first, end - first)) return;
      keyed = end;
      table.keyedBlocks[slot] = end;
    }
  }

  /** A sequence gives back all its blocks, last one first. */
  release(slot: number, blocks: number): void {
    const { table, free } = this;
    const keyed = table.keyedBlocks[slot] as number;
    free.appendNameless(blocks - keyed);
    if (keyed === 0) return;
    table.keyedBlocks[slot] = 0;
    let end = keyed;
    for (let i = Math.floor((keyed * this.blockTokens - 1) / (table.prefixUnitTokens[slot] as number)); end > 0; i--) {
      const first = i === 0 ? 0 : this.endOf(slot, i - 1);
      if (first < end) this.releaseUnit(this.unitOf(slot, i), end - first);
      end = first;
    }
  }

  save(): PrefixCacheState {
    const { size } = this;
    return {
      keys: this.keys.slice(0, size),
      columns: COLUMNS.map((name) => this[name].slice(0, size)),
      scalars: [this.shared, this.spare],
      ranges: this.ranges.save(),
      free: this.free.save(),
    };
  }

  restore(state: PrefixCacheState): void {
    this.size = state.keys.length;
    while (this.keys.length < this.size) this.grow();
    this.keys.set(state.keys);
    COLUMNS.forEach((name, i) => {
      this[name].set(state.columns[i] as Int32Array);
    });
    [this.shared, this.spare] = state.scalars as [number, number];
    this.ranges.restore(state.ranges);
    this.free.restore(state.free);
    this.units.clear();
    for (let unit = 0; unit < this.size; unit++) if ((this.capacity[unit] as number) > 0) this.units.set(this.keys[unit] as number, unit);
  }

  /** @returns false when another sequence has named these blocks before */
  private name(slot: number, i: number, from: number, to: number): boolean {
    const key = this.keyOf(slot, i);
    const unit = this.units.get(key) ?? this.create(key, this.endOf(slot, i) - (i === 0 ? 0 : this.endOf(slot, i - 1)));
    if ((this.cached[unit] as number) > from) return false;
    if (from > 0) this.count(unit, from, -1);
    this.count(unit, to, 1);
    this.cached[unit] = to;
    this.extent[unit] = to;
    return true;
  }

  private releaseUnit(unit: number, used: number): void {
    const extent = this.extent[unit] as number;
    this.count(unit, used, -1);
    this.shared -= used;
    if (used < extent) return;
    const { values } = this.ranges;
    const ends = this.ends[unit] as number;
    let left = used;
    while (left > 0 && values[ends + left] === 0) left--;
    this.shared += used - left;
    if (left === used) return;
    this.extent[unit] = left;
    this.lowest[unit] = this.free.appendUnit(unit, left, used, this.lowest[unit] as number);
  }

  private readonly evicted = (unit: number, left: number, isLowestGone: boolean): void => {
    this.cached[unit] = left;
    if (isLowestGone) this.lowest[unit] = -1;
    if (left > 0) return;
    this.units.delete(this.keys[unit] as number);
    this.ranges.give(this.ends[unit] as number, (this.capacity[unit] as number) + 1);
    this.capacity[unit] = 0;
    this.lowest[unit] = this.spare;
    this.spare = unit;
  };

  private create(key: number, capacity: number): number {
    let unit = this.spare;
    if (unit >= 0) {
      this.spare = this.lowest[unit] as number;
    } else {
      if (this.size === this.keys.length) this.grow();
      unit = this.size++;
    }
    const ends = this.ranges.take(capacity + 1);
    this.ranges.values.fill(0, ends, ends + capacity + 1);
    this.keys[unit] = key;
    this.cached[unit] = 0;
    this.extent[unit] = 0;
    this.capacity[unit] = capacity;
    this.ends[unit] = ends;
    this.lowest[unit] = -1;
    this.units.set(key, unit);
    return unit;
  }

  private count(unit: number, blocks: number, by: number): void {
    const at = (this.ends[unit] as number) + blocks;
    this.ranges.values[at] = (this.ranges.values[at] as number) + by;
  }

  /** Blocks of the prompt up to the end of its i-th unit: a block belongs to the unit its last token is in. */
  private endOf(slot: number, i: number): number {
    return Math.floor(((i + 1) * (this.table.prefixUnitTokens[slot] as number)) / this.blockTokens);
  }

  private keyOf(slot: number, i: number): number {
    return this.table.prefixes.values[(this.table.prefixStart[slot] as number) + i] as number;
  }

  private unitOf(slot: number, i: number): number {
    return this.units.get(this.keyOf(slot, i)) as number;
  }

  private grow(): void {
    const keys = new Float64Array(this.keys.length * 2);
    keys.set(this.keys);
    this.keys = keys;
    for (const name of COLUMNS) {
      const column = new Int32Array(this[name].length * 2);
      column.set(this[name]);
      this[name] = column;
    }
  }
}

/** Numbers of one segment, one column each. */
const COLUMNS = ["previous", "next", "unit", "from", "to", "lower", "upper"] as const;

export interface FreeBlocksState {
  readonly columns: readonly Int32Array[];
  readonly scalars: readonly number[];
}

/**
 * Free KV blocks in the order in which they were freed, which is the order in which they are used again: never-used
 * ones first. Blocks that still hold cached text can be taken out of the middle until then. Kept as segments:
 * a run of nameless blocks, or the blocks from … to − 1 of one unit, whose last block goes first.
 */
export class FreeBlocks {
  count = 0;
  private head = -1;
  private tail = -1;
  private size = 0;
  /** First unused segment, linked by `next`. */
  private spare = -1;
  private previous: Int32Array = new Int32Array(64);
  private next: Int32Array = new Int32Array(64);
  /** Unit the blocks belong to; −1: nameless. */
  private unit: Int32Array = new Int32Array(64);
  private from: Int32Array = new Int32Array(64);
  private to: Int32Array = new Int32Array(64);
  /** Segments of the same unit that hold its blocks below and above; −1: none. */
  private lower: Int32Array = new Int32Array(64);
  private upper: Int32Array = new Int32Array(64);

  appendNameless(blocks: number): void {
    if (blocks === 0) return;
    this.count += blocks;
    if (this.tail >= 0 && this.unit[this.tail] === -1) this.to[this.tail] = (this.to[this.tail] as number) + blocks;
    else this.append(-1, 0, blocks, -1);
  }

  /** @param above the unit's segment that begins at block `to`, −1: none @returns the new segment */
  appendUnit(unit: number, from: number, to: number, above: number): number {
    this.count += to - from;
    const segment = this.append(unit, from, to, above);
    if (above >= 0) this.lower[above] = segment;
    return segment;
  }

  /** Takes a unit's blocks below `to` back into use. @param lowest its segment with the lowest blocks @returns the lowest one left */
  reclaim(lowest: number, to: number): number {
    let segment = lowest;
    while (segment >= 0 && (this.from[segment] as number) < to) {
      const end = this.to[segment] as number;
      this.count -= Math.min(to, end) - (this.from[segment] as number);
      if (end > to) {
        this.from[segment] = to;
        return segment;
      }
      const above = this.upper[segment] as number;
      if (above >= 0) this.lower[above] = -1;
      this.remove(segment);
      segment = above;
    }
    return segment;
  }

  /**
   * Uses blocks from the front until `count` are left.
   * @param evicted told how many blocks of a unit are left in the cache, and its lowest free segment when that is gone (−1)
   */
  shrinkTo(count: number, evicted: (unit: number, left: number, isLowestGone: boolean) => void): void {
    while (this.count > count) {
      const segment = this.head;
      const from = this.from[segment] as number;
      const end = this.to[segment] as number;
      const taken = Math.min(this.count - count, end - from);
      this.count -= taken;
      this.to[segment] = end - taken;
      const isGone = taken === end - from;
      const below = this.lower[segment] as number;
      const unit = this.unit[segment] as number;
      if (isGone) {
        if (below >= 0) this.upper[below] = -1;
        this.remove(segment);
      }
      if (unit >= 0) evicted(unit, end - taken, isGone && below < 0);
    }
  }

  save(): FreeBlocksState {
    return {
      columns: COLUMNS.map((name) => this[name].slice(0, this.size)),
      scalars: [this.count, this.head, this.tail, this.size, this.spare],
    };
  }

  restore(state: FreeBlocksState): void {
    const [count, head, tail, size, spare] = state.scalars as readonly [number, number, number, number, number];
    while (this.next.length < size) this.grow();
    COLUMNS.forEach((name, i) => {
      this[name].set(state.columns[i] as Int32Array);
    });
    this.count = count;
    this.head = head;
    this.tail = tail;
    this.size = size;
    this.spare = spare;
  }

  private append(unit: number, from: number, to: number, above: number): number {
    let segment = this.spare;
    if (segment >= 0) {
      this.spare = this.next[segment] as number;
    } else {
      if (this.size === this.next.length) this.grow();
      segment = this.size++;
    }
    this.unit[segment] = unit;
    this.from[segment] = from;
    this.to[segment] = to;
    this.lower[segment] = -1;
    this.upper[segment] = above;
    this.previous[segment] = this.tail;
    this.next[segment] = -1;
    if (this.tail < 0) this.head = segment;
    else this.next[this.tail] = segment;
    this.tail = segment;
    return segment;
  }

  private remove(segment: number): void {
    const before = this.previous[segment] as number;
    const after = this.next[segment] as number;
    if (before < 0) this.head = after;
    else this.next[before] = after;
    if (after < 0) this.tail = before;
    else this.previous[after] = before;
    this.next[segment] = this.spare;
    this.spare = segment;
  }

  private grow(): void {
    for (const name of COLUMNS) {
      const column = new Int32Array(this[name].length * 2);
      column.set(this[name]);
      this[name] = column;
    }
  }
}

import type { RequestTable } from "./request-table.ts";

const NO_CELLS: Int32Array = new Int32Array(0);

/** A first-in-first-out list of slots per row, linked through the request table: no allocation, removal anywhere. */
export class SlotLists {
  /** −1: the row's list is empty. */
  head: Int32Array = NO_CELLS;
  tail: Int32Array = NO_CELLS;
  count: Int32Array = NO_CELLS;
  private readonly table: RequestTable;

  constructor(table: RequestTable) {
    this.table = table;
  }

  /** Says where the lists are kept: three cells from one on, in every record. */
  view(cells: Int32Array, from: number): void {
    this.head = cells.subarray(from);
    this.tail = cells.subarray(from + 1);
    this.count = cells.subarray(from + 2);
  }

  append(row: number, slot: number): void {
    const { next, previous } = this.table;
    const tail = this.tail[row] as number;
    next[slot] = -1;
    previous[slot] = tail;
    if (tail < 0) this.head[row] = slot;
    else next[tail] = slot;
    this.tail[row] = slot;
    this.count[row] = (this.count[row] as number) + 1;
  }

  prepend(row: number, slot: number): void {
    const { next, previous } = this.table;
    const head = this.head[row] as number;
    previous[slot] = -1;
    next[slot] = head;
    if (head < 0) this.tail[row] = slot;
    else previous[head] = slot;
    this.head[row] = slot;
    this.count[row] = (this.count[row] as number) + 1;
  }

  remove(row: number, slot: number): void {
    const { next, previous } = this.table;
    const before = previous[slot] as number;
    const after = next[slot] as number;
    if (before < 0) this.head[row] = after;
    else next[before] = after;
    if (after < 0) this.tail[row] = before;
    else previous[after] = before;
    this.count[row] = (this.count[row] as number) - 1;
  }

  save(row: number): readonly [head: number, tail: number, count: number] {
    return [this.head[row] as number, this.tail[row] as number, this.count[row] as number];
  }

  restore(row: number, [head, tail, count]: readonly [head: number, tail: number, count: number]): void {
    this.head[row] = head;
    this.tail[row] = tail;
    this.count[row] = count;
  }
}

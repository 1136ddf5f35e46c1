import type { RequestTable } from "./request-table.ts";

/** A first-in-first-out list of slots, linked through the request table: no allocation, removal anywhere. */
export class SlotList {
  head = -1;
  tail = -1;
  count = 0;
  private readonly table: RequestTable;

  constructor(table: RequestTable) {
    this.table = table;
  }

  append(slot: number): void {
    const { next, previous } = this.table;
    next[slot] = -1;
    previous[slot] = this.tail;
    if (this.tail < 0) this.head = slot;
    else next[this.tail] = slot;
    this.tail = slot;
    this.count++;
  }

  prepend(slot: number): void {
    const { next, previous } = this.table;
    previous[slot] = -1;
    next[slot] = this.head;
    if (this.head < 0) this.tail = slot;
    else previous[this.head] = slot;
    this.head = slot;
    this.count++;
  }

  remove(slot: number): void {
    const { next, previous } = this.table;
    const before = previous[slot] as number;
    const after = next[slot] as number;
    if (before < 0) this.head = after;
    else next[before] = after;
    if (after < 0) this.tail = before;
    else previous[after] = before;
    this.count--;
  }

  save(): readonly [number, number, number] {
    return [this.head, this.tail, this.count];
  }

  restore(state: ArrayLike<number>): void {
    this.head = state[0] as number;
    this.tail = state[1] as number;
    this.count = state[2] as number;
  }
}

import type { RequestTable } from "./request-table.ts";

/** Slots in an order that the subclass says; removal anywhere. A slot is in one heap at most. */
export abstract class SlotHeap {
  size = 0;
  private slots = new Int32Array(64);
  protected readonly table: RequestTable;

  constructor(table: RequestTable) {
    this.table = table;
  }

  /** The slot that comes first; only when `size` > 0. */
  get top(): number {
    return this.slots[0] as number;
  }

  push(slot: number): void {
    if (this.size === this.slots.length) {
      const slots = new Int32Array(this.size * 2);
      slots.set(this.slots);
      this.slots = slots;
    }
    this.siftUp(this.size++, slot);
  }

  remove(slot: number): void {
    const position = this.table.heapPosition[slot] as number;
    const last = this.slots[--this.size] as number;
    if (last === slot) return;
    if (this.siftUp(position, last) === position) this.siftDown(position, last);
  }

  save(): Int32Array {
    return this.slots.slice(0, this.size);
  }

  restore(slots: ArrayLike<number>): void {
    this.size = slots.length;
    this.slots = new Int32Array(Math.max(64, 2 * slots.length));
    this.slots.set(slots);
  }

  /** Whether a goes before b; a total order. */
  protected abstract isBefore(a: number, b: number): boolean;

  private siftUp(from: number, slot: number): number {
    const { slots } = this;
    const { heapPosition } = this.table;
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const other = slots[parent] as number;
      if (!this.isBefore(slot, other)) break;
      slots[at] = other;
      heapPosition[other] = at;
      at = parent;
    }
    slots[at] = slot;
    heapPosition[slot] = at;
    return at;
  }

  private siftDown(from: number, slot: number): void {
    const { slots, size } = this;
    const { heapPosition } = this.table;
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && this.isBefore(slots[child + 1] as number, slots[child] as number)) child++;
      const other = slots[child] as number;
      if (!this.isBefore(other, slot)) break;
      slots[at] = other;
      heapPosition[other] = at;
      at = child;
    }
    slots[at] = slot;
    heapPosition[slot] = at;
  }
}

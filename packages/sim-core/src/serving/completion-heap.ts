import type { RequestTable } from "./request-table.ts";

/** Of an entry: the step of its last token, its order of admission, its slot; the fourth keeps entries from straddling cache lines. */
const ENTRY_CELLS = 4;
const FIRST_ENTRIES = 16;

/**
 * Decoding sequences ordered by (step of their last token, order of admission). The keys stand beside the slots, so that no
 * comparison looks at a request. Only the first one leaves often; another one has to be searched for.
 */
export class CompletionHeap {
  size = 0;
  private entries = new Int32Array(FIRST_ENTRIES * ENTRY_CELLS);
  private readonly table: RequestTable;

  constructor(table: RequestTable) {
    this.table = table;
  }

  /** The slot that comes first; only when `size` > 0. */
  get top(): number {
    return this.entries[2] as number;
  }

  /** When it ends. */
  get topStep(): number {
    return this.entries[0] as number;
  }

  /** The slot at a position in the heap, below `size`; in no useful order. */
  at(position: number): number {
    return this.entries[position * ENTRY_CELLS + 2] as number;
  }

  push(slot: number): void {
    if (this.size * ENTRY_CELLS === this.entries.length) {
      const entries = new Int32Array(this.entries.length * 2);
      entries.set(this.entries);
      this.entries = entries;
    }
    this.siftUp(this.size++, this.table.finishStep[slot] as number, this.table.admission[slot] as number, slot);
  }

  remove(slot: number): void {
    const { entries } = this;
    let position = 0;
    while (entries[position * ENTRY_CELLS + 2] !== slot) position++;
    const last = --this.size * ENTRY_CELLS;
    if (position === this.size) return;
    const step = entries[last] as number;
    const admission = entries[last + 1] as number;
    const moved = entries[last + 2] as number;
    if (position === 0 || this.siftUp(position, step, admission, moved) === position) this.siftDown(position, step, admission, moved);
  }

  save(): Int32Array {
    return this.entries.slice(0, this.size * ENTRY_CELLS);
  }

  restore(entries: Int32Array): void {
    this.size = entries.length / ENTRY_CELLS;
    this.entries = new Int32Array(Math.max(FIRST_ENTRIES * ENTRY_CELLS, 2 * entries.length));
    this.entries.set(entries);
  }

  private siftUp(from: number, step: number, admission: number, slot: number): number {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.isAfter(parent, step, admission)) break;
      this.move(parent, at);
      at = parent;
    }
    this.place(at, step, admission, slot);
    return at;
  }

  private siftDown(from: number, step: number, admission: number, slot: number): void {
    const { entries, size } = this;
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      const cell = child * ENTRY_CELLS;
      if (child + 1 < size && this.isAfter(child, entries[cell + ENTRY_CELLS] as number, entries[cell + ENTRY_CELLS + 1] as number))
        child++;
      if (this.isAfter(child, step, admission)) break;
      this.move(child, at);
      at = child;
    }
    this.place(at, step, admission, slot);
  }

  /** Whether the entry at a position comes after (step, admission). */
  private isAfter(position: number, step: number, admission: number): boolean {
    const itsStep = this.entries[position * ENTRY_CELLS] as number;
    return itsStep > step || (itsStep === step && (this.entries[position * ENTRY_CELLS + 1] as number) > admission);
  }

  private move(from: number, to: number): void {
    const { entries } = this;
    this.place(
      to,
      entries[from * ENTRY_CELLS] as number,
      entries[from * ENTRY_CELLS + 1] as number,
      entries[from * ENTRY_CELLS + 2] as number,
    );
  }

  private place(at: number, step: number, admission: number, slot: number): void {
    const { entries } = this;
    entries[at * ENTRY_CELLS] = step;
    entries[at * ENTRY_CELLS + 1] = admission;
    entries[at * ENTRY_CELLS + 2] = slot;
  }
}

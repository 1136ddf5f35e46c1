import { HEAP_CELLS, type ReplicaColumns } from "./replica-columns.ts";
import type { RequestTable } from "./request-table.ts";

/**
 * Decoding sequences of each replica, ordered by (step of their last token, order of admission). The keys stand beside the
 * slots, so that no comparison looks at a request. Only the first one leaves often; another one has to be searched for.
 * How many there are is the column `sequences`, kept here.
 */
export class CompletionHeap {
  private readonly table: RequestTable;
  private readonly columns: ReplicaColumns;

  constructor(table: RequestTable, columns: ReplicaColumns) {
    this.table = table;
    this.columns = columns;
  }

  /** The step that ends the first sequence; only where there is one. */
  topStep(row: number): number {
    const { completions } = this.columns;
    return completions.values[completions.start(row)] as number;
  }

  /** The first sequence if it ends with a step, else −1. */
  endingWith(row: number, step: number): number {
    const { completions, sequences } = this.columns;
    const top = completions.start(row);
    return sequences[row] !== 0 && completions.values[top] === step ? (completions.values[top + 2] as number) : -1;
  }

  /** The slot at a position in the heap, in no useful order. */
  at(row: number, position: number): number {
    const { completions } = this.columns;
    return completions.values[completions.start(row) + position * HEAP_CELLS + 2] as number;
  }

  push(row: number, slot: number): void {
    const { completions, sequences } = this.columns;
    const size = sequences[row] as number;
    completions.reserve((size + 1) * HEAP_CELLS);
    sequences[row] = size + 1;
    const { finishStep, admission } = this.table;
    siftUp(completions.values, completions.start(row), size, finishStep[slot] as number, admission[slot] as number, slot);
  }

  remove(row: number, slot: number): void {
    const { completions, sequences } = this.columns;
    const { values } = completions;
    const start = completions.start(row);
    let at = 0;
    while (values[start + at * HEAP_CELLS + 2] !== slot) at++;
    const size = (sequences[row] as number) - 1;
    sequences[row] = size;
    if (at === size) return;
    const last = start + size * HEAP_CELLS;
    const step = values[last] as number;
    const admission = values[last + 1] as number;
    const moved = values[last + 2] as number;
    if (at === 0 || siftUp(values, start, at, step, admission, moved) === at) siftDown(values, start, size, at, step, admission, moved);
  }
}

/** Moves parents down until the entry fits, and puts it there. @returns where */
function siftUp(values: Int32Array, start: number, from: number, step: number, admission: number, slot: number): number {
  let at = from;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const cell = start + parent * HEAP_CELLS;
    if (!isAfter(values, cell, step, admission)) break;
    place(values, start + at * HEAP_CELLS, values[cell] as number, values[cell + 1] as number, values[cell + 2] as number);
    at = parent;
  }
  place(values, start + at * HEAP_CELLS, step, admission, slot);
  return at;
}

function siftDown(values: Int32Array, start: number, size: number, from: number, step: number, admission: number, slot: number): void {
  let at = from;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= size) break;
    let cell = start + child * HEAP_CELLS;
    const right = cell + HEAP_CELLS;
    if (child + 1 < size && isAfter(values, cell, values[right] as number, values[right + 1] as number)) {
      child++;
      cell = right;
    }
    if (isAfter(values, cell, step, admission)) break;
    place(values, start + at * HEAP_CELLS, values[cell] as number, values[cell + 1] as number, values[cell + 2] as number);
    at = child;
  }
  place(values, start + at * HEAP_CELLS, step, admission, slot);
}

/** Whether an entry comes after (step, admission). */
function isAfter(values: Int32Array, cell: number, step: number, admission: number): boolean {
  const itsStep = values[cell] as number;
  return itsStep > step || (itsStep === step && (values[cell + 1] as number) > admission);
}

function place(values: Int32Array, cell: number, step: number, admission: number, slot: number): void {
  values[cell] = step;
  values[cell + 1] = admission;
  values[cell + 2] = slot;
}

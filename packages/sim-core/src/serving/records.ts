import { SimError } from "../errors.ts";
import type { SlotLists } from "./slot-lists.ts";

/** Cells of a record in one group of columns: 16 whole numbers are one cache line. */
export const RECORD_BITS = 4;
export const RECORD_CELLS: number = 1 << RECORD_BITS;
/** Of a list: head, tail, count. */
const LIST_CELLS = 3;

type Cells = Float64Array | Int32Array;

/**
 * Makes each column the view of a group's cells that begins at its own cell of the first record.
 * @throws SimError `record_full` when the names need more cells than a record has: the last ones would be the next record's first ones
 */
export function viewColumns<Name extends string, C extends Cells>(owner: Record<Name, C>, names: readonly Name[], cells: C): void {
  checkCells(names.length);
  for (const [cell, name] of names.entries()) owner[name] = cells.subarray(cell) as C;
}

/**
 * Keeps lists in a group's cells, one beside the other in every record.
 * @throws SimError `record_full` when they need more cells than a record has
 */
export function viewLists(lists: readonly SlotLists[], cells: Int32Array): void {
  checkCells(lists.length * LIST_CELLS);
  for (const [i, list] of lists.entries()) list.view(cells, i * LIST_CELLS);
}

function checkCells(cells: number): void {
  if (cells > RECORD_CELLS) throw new SimError("record_full", Number.NaN, { cells, most: RECORD_CELLS });
}

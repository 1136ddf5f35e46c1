import type { AttentionTimes } from "../config.ts";

/** Dimensions from the outside in: prompt chunk, its context, decoding sequences, their context. */
const DIMENSIONS = 4;

/**
 * Profiled attention times over four dimensions, interpolated linearly. The grid may be ragged: every prompt chunk has contexts of its
 * own, these decoding sequences of their own, and so on. Beyond its ends it goes on as between its last two points.
 */
export class AttentionGrid {
  /** Per dimension: values, and for each value where its children start in the next dimension (in the last: the times). */
  private readonly values: readonly Float64Array[];
  private readonly starts: readonly Int32Array[];
  private readonly seconds: Float64Array;

  constructor(times: AttentionTimes) {
    const columns = [times.chunkTokens, times.chunkContext, times.decodeSequences, times.decodeContext];
    const rows = sortedRows(columns);
    const levels = columns.map((_, dimension) => buildLevel(columns, rows, dimension));
    this.values = levels.map(({ values }) => Float64Array.from(values));
    this.starts = levels.map(({ starts }) => Int32Array.from(starts));
    this.seconds = Float64Array.from(rows, (row) => times.seconds[row] as number);
  }

  /** Seconds of one layer; never below 0. */
  at(chunkTokens: number, chunkContext: number, decodeSequences: number, decodeContext: number): number {
    const found = this.interpolate(
      0,
      0,
      (this.values[0] as Float64Array).length,
      chunkTokens,
      chunkContext,
      decodeSequences,
      decodeContext,
    );
    return Math.max(0, found);
  }

  /** Contexts that were profiled beside this many decoding sequences, without a prompt: ascending. */
  decodeContexts(decodeSequences: number): readonly number[] {
    const [, , sequences = EMPTY, contexts = EMPTY] = this.values;
    const { from, to } = this.decodeOnly();
    const first = bracket(sequences, from, to, decodeSequences);
    const found = new Set<number>();
    for (let i = first; i < Math.min(first + 2, to); i++) {
      for (let k = this.child(2, i); k < this.child(2, i + 1); k++) found.add(contexts[k] as number);
    }
    return [...found].sort((a, b) => a - b);
  }

  /** Where the numbers of decoding sequences without a prompt lie: below chunk 0, context 0. */
  private decodeOnly(): { readonly from: number; readonly to: number } {
    const context = this.child(0, 0);
    return { from: this.child(1, context), to: this.child(1, context + 1) };
  }

  private child(dimension: number, index: number): number {
    return (this.starts[dimension] as Int32Array)[index] as number;
  }

  private interpolate(dimension: number, from: number, to: number, a: number, b: number, c: number, d: number): number {
    const values = this.values[dimension] as Float64Array;
    const at = dimension === 0 ? a : dimension === 1 ? b : dimension === 2 ? c : d;
    const i = bracket(values, from, to, at);
    const low = this.below(dimension, i, a, b, c, d);
    if (i + 1 >= to || at === values[i]) return low;
    const high = this.below(dimension, i + 1, a, b, c, d);
    const left = values[i] as number;
    return low + ((high - low) * (at - left)) / ((values[i + 1] as number) - left);
  }

  private below(dimension: number, index: number, a: number, b: number, c: number, d: number): number {
    if (dimension === DIMENSIONS - 1) return this.seconds[index] as number;
    return this.interpolate(dimension + 1, this.child(dimension, index), this.child(dimension, index + 1), a, b, c, d);
  }
}

const EMPTY: Float64Array = new Float64Array(0);

/** Left end of the interval in values[from, to) that a value lies in, or the nearest one when it lies outside. */
function bracket(values: Float64Array, from: number, to: number, at: number): number {
  let low = from;
  let high = Math.max(from, to - 2);
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((values[middle] as number) <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}

function sortedRows(columns: readonly (readonly number[])[]): readonly number[] {
  const rows = Array.from({ length: (columns[0] as readonly number[]).length }, (_, row) => row);
  return rows.sort((a, b) => compareRows(columns, a, b, DIMENSIONS));
}

function compareRows(columns: readonly (readonly number[])[], a: number, b: number, dimensions: number): number {
  for (let dimension = 0; dimension < Math.min(dimensions, DIMENSIONS); dimension++) {
    const column = columns[dimension] as readonly number[];
    const order = (column[a] as number) - (column[b] as number);
    if (order !== 0) return order;
  }
  return 0;
}

interface Level {
  readonly values: readonly number[];
  readonly starts: readonly number[];
}

/** Distinct values of a dimension within equal outer dimensions, and where each one's children start. */
function buildLevel(columns: readonly (readonly number[])[], rows: readonly number[], dimension: number): Level {
  const values: number[] = [];
  const starts: number[] = [];
  let children = 0;
  rows.forEach((row, i) => {
    const before = rows[i - 1];
    const isNew = before === undefined || compareRows(columns, before, row, dimension + 1) !== 0;
    if (isNew) {
      values.push((columns[dimension] as readonly number[])[row] as number);
      starts.push(children);
    }
    if (dimension === DIMENSIONS - 1 || before === undefined || compareRows(columns, before, row, dimension + 2) !== 0) children++;
  });
  return { values, starts: [...starts, children] };
}

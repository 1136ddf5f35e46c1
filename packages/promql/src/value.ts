import type { Labels } from "./series.ts";

/** An instant vector: element i has `labels[i]` and `values[i]`. */
export interface Vector {
  readonly labels: Labels[];
  readonly values: number[];
}

/** The samples of one series in a range, `from` (inclusive) to `to` (exclusive); valid until the next window is read. */
export interface Window {
  times: ArrayLike<number>;
  values: ArrayLike<number>;
  from: number;
  to: number;
  /** The range itself, seconds since the start of the run: left-open, right-closed. */
  startSeconds: number;
  endSeconds: number;
}

/** One series of a range vector that is itself the result of a query. */
export interface RangeSeries {
  readonly labels: Labels;
  /** Seconds since the start of the run. */
  readonly times: readonly number[];
  readonly values: readonly number[];
}

/** A vector without elements, to be filled. */
export function emptyVector(): Vector {
  return { labels: [], values: [] };
}

/** Adds an element. */
export function push(vector: Vector, labels: Labels, value: number): void {
  vector.labels.push(labels);
  vector.values.push(value);
}

/** One condition on a label, as in a selector; regular expressions are fully anchored. */
export interface LabelMatcher {
  readonly name: string;
  readonly op: "=" | "!=" | "=~" | "!~";
  readonly value: string;
}

/** Label names and values; the metric name is the label `__name__`. */
export type Labels = Readonly<Record<string, string>>;

/**
 * A read-only window on one time series. Samples `from` (inclusive) to `to` (exclusive) of the arrays belong to
 * the window, in ascending time. The arrays are live storage: they are read at once, never kept or changed.
 */
export interface SeriesSlice {
  /** Includes `__name__`. Stable object: one series always hands out the same one, and results are cached by it. */
  readonly labels: Labels;
  /** Seconds since the start of the run. */
  readonly times: Float64Array;
  readonly values: Float64Array;
  /** 1 where the sample is a staleness marker (its value is then meaningless). */
  readonly stale: Uint8Array;
  readonly from: number;
  readonly to: number;
  /** Positions of all staleness markers in the arrays, ascending. Absent: to be looked for in `stale`. */
  readonly markers?: readonly number[];
  /** Positions of all samples below the one before them, ascending. Absent: to be looked for in `values`. */
  drops?(): readonly number[];
}

/** How far the samples have come. Another object once they were changed otherwise than by later ones, as when a run is resumed. */
export interface SeriesHistory {
  /** Another number after every change of samples or series. */
  readonly version: number;
  /** No sample before this time is added any more, seconds since the start of the run. */
  readonly newestSeconds: number;
}

/**
 * Reads stored series. Queries hand it `=` and `!=` matchers only (a label that is absent equals the empty string)
 * and test regular expressions themselves.
 */
export interface SeriesReader {
  /**
   * Series that match all matchers and have samples with `afterSeconds < time <= untilSeconds`
   * (left-open, as Prometheus 3), in order of series creation.
   */
  select(matchers: readonly LabelMatcher[], afterSeconds: number, untilSeconds: number): readonly SeriesSlice[];
  /** Lets prepared queries keep what they have found between evaluations. Absent: nothing is kept. */
  readonly history?: SeriesHistory;
}

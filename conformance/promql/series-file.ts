import type { LabelMatcher, SeriesReader, SeriesSlice } from "@replicast/promql";
import { readText } from "../folder.ts";

/** A value in the vector files: special values are text, a staleness marker is `"stale"`. */
export type FileValue = number | "NaN" | "+Inf" | "-Inf" | "-0" | "stale";

interface SeriesFile {
  /** Lists of milliseconds since the epoch, shared by series. */
  readonly timestamps: readonly (readonly number[])[];
  readonly series: readonly { readonly labels: Readonly<Record<string, string>>; readonly ts: number; readonly v: readonly FileValue[] }[];
}

/** Number a file's value stands for; a staleness marker is NaN. */
export function toNumber(value: FileValue): number {
  switch (value) {
    case "+Inf":
      return Number.POSITIVE_INFINITY;
    case "-Inf":
      return Number.NEGATIVE_INFINITY;
    case "stale":
      return Number.NaN;
    default:
      return Number(value);
  }
}

/** Reads a series file into a reader whose clock begins at `startMilliseconds` since the epoch. */
export function readSeriesFile(path: string, startMilliseconds: number): SeriesReader {
  const { series, timestamps } = JSON.parse(readText(path)) as SeriesFile;
  const stored = series.map(({ labels, ts, v }) => ({
    labels,
    times: Float64Array.from(timestamps[ts] ?? [], (milliseconds) => (milliseconds - startMilliseconds) / 1000),
    values: Float64Array.from(v, toNumber),
    stale: Uint8Array.from(v, (value) => (value === "stale" ? 1 : 0)),
  }));
  // A series is created by its first sample; which of several equals `topk` takes depends on that order.
  stored.sort((left, right) => (left.times[0] ?? 0) - (right.times[0] ?? 0));
  return {
    select(matchers, afterSeconds, untilSeconds) {
      const slices: SeriesSlice[] = [];
      for (const { labels, times, values, stale } of stored) {
        if (!matchers.every((matcher) => matches(matcher, labels))) continue;
        const from = times.findIndex((time) => time > afterSeconds);
        const past = times.findIndex((time) => time > untilSeconds);
        const to = past < 0 ? times.length : past;
        if (from >= 0 && from < to) slices.push({ labels, times, values, stale, from, to });
      }
      return slices;
    },
  };
}

function matches({ name, op, value }: LabelMatcher, labels: Readonly<Record<string, string>>): boolean {
  if (op !== "=" && op !== "!=") throw new Error(`regular expressions are the query's business, not the reader's: ${name}${op}${value}`);
  return ((labels[name] ?? "") === value) === (op === "=");
}

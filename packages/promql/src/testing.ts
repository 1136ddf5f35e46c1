import { evaluate, type QueryResult } from "./evaluate.ts";
import { type ParseOptions, parseQuery } from "./query.ts";
import type { LabelMatcher, Labels, SeriesReader, SeriesSlice } from "./series.ts";

/** A series for a small world: samples as pairs of seconds and value, `"stale"` for a staleness marker. */
export interface SeriesSpec {
  readonly labels: Labels;
  readonly samples: readonly (readonly [number, number | "stale"])[];
}

/** A reader over a handful of series, for tests. */
export function readerOf(specs: readonly SeriesSpec[]): SeriesReader {
  const stored = specs.map(({ labels, samples }) => ({
    labels,
    times: Float64Array.from(samples, ([time]) => time),
    values: Float64Array.from(samples, ([, value]) => (value === "stale" ? Number.NaN : value)),
    stale: Uint8Array.from(samples, ([, value]) => (value === "stale" ? 1 : 0)),
  }));
  return {
    select(matchers, afterSeconds, untilSeconds): SeriesSlice[] {
      return stored
        .filter(({ labels }) => matchers.every((matcher) => accepts(matcher, labels)))
        .map((series) => ({ ...series, ...bounds(series.times, afterSeconds, untilSeconds) }))
        .filter(({ from, to }) => from < to);
    },
  };
}

function bounds(times: Float64Array, afterSeconds: number, untilSeconds: number): { from: number; to: number } {
  const from = times.findIndex((time) => time > afterSeconds);
  const past = times.findIndex((time) => time > untilSeconds);
  return { from: from < 0 ? times.length : from, to: past < 0 ? times.length : past };
}

function accepts({ name, op, value }: LabelMatcher, labels: Labels): boolean {
  if (op !== "=" && op !== "!=") throw new Error(`the reader was asked to match ${name}${op}${value}`);
  return ((labels[name] ?? "") === value) === (op === "=");
}

/** One series with a sample every `everySeconds` from time 0. */
export function every(everySeconds: number, labels: Labels, values: readonly (number | "stale")[]): SeriesSpec {
  return { labels, samples: values.map((value, index) => [index * everySeconds, value] as const) };
}

/** Where and when {@link ask} evaluates. */
export interface Asked extends ParseOptions {
  readonly series?: readonly SeriesSpec[];
  /** Default 0. */
  readonly at?: number;
  /** Default 0: the run starts at the epoch. */
  readonly startEpochSeconds?: number;
}

/** Parses and evaluates a query in one go. */
export function ask(text: string, { series = [], at = 0, startEpochSeconds = 0, ...options }: Asked = {}): QueryResult {
  return evaluate(parseQuery(text, options), { reader: readerOf(series), timeSeconds: at, startEpochSeconds });
}

/** The value of a query that gives a scalar or a vector of one element; otherwise the number of elements as text. */
export function askValue(text: string, asked: Asked = {}): number | string {
  const result = ask(text, asked);
  if (result.type === "scalar") return result.value;
  if (result.type !== "vector") return result.type;
  const [element, ...others] = result.elements;
  return element && others.length === 0 ? element.value : `${result.elements.length} elements`;
}

/** A vector result as `{label="value"} value` lines in order. */
export function askLines(text: string, asked: Asked = {}): string[] {
  const result = ask(text, asked);
  if (result.type !== "vector") throw new Error(`${text} gives a ${result.type}`);
  return result.elements.map(({ labels, value }) => {
    const pairs = Object.entries(labels).map(([name, label]) => `${name}=${label}`);
    return `${pairs.sort().join(" ")} → ${value}`;
  });
}

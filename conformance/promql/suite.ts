import { isDeepStrictEqual } from "node:util";
import {
  evaluate,
  type PreparedQuery,
  PromqlError,
  parseQuery,
  prepareQuery,
  type QueryResult,
  type SeriesReader,
} from "@replicast/promql";
import { findFile } from "../folder.ts";
import { jsonLinesSuite, type Suite } from "../suite.ts";
import { type FileValue, readSeriesFile, toNumber } from "./series-file.ts";

type Metric = Readonly<Record<string, string>>;

type Expected =
  | { readonly type: "vector"; readonly result: readonly { readonly metric: Metric; readonly value: FileValue }[] }
  | {
      readonly type: "matrix";
      readonly result: readonly { readonly metric: Metric; readonly t: readonly number[]; readonly v: readonly FileValue[] }[];
    }
  | { readonly type: "scalar"; readonly result: FileValue }
  | { readonly type: "string"; readonly result: string }
  | { readonly error: { readonly kind: string; readonly message: string } };

interface Vector {
  readonly name: string;
  readonly query: string;
  readonly series: string;
  readonly timeMs: number;
  readonly experimental?: boolean;
  readonly expected: Expected;
}

/** 2026-01-01T00:00:00Z: time zero of the series files, and of the run here. */
const START_MILLISECONDS = 1_767_225_600_000;
/** Both engines add with compensation, in different order. */
const RELATIVE_TOLERANCE = 1e-10;

const readers = new Map<string, SeriesReader>();

function readerOf(series: string, folder: string): SeriesReader {
  const path = findFile(folder, `series-${series}.json`);
  if (path === undefined) throw new Error(`there is no series-${series}.json beside the cases`);
  let reader = readers.get(path);
  if (!reader) {
    reader = readSeriesFile(path, START_MILLISECONDS);
    readers.set(path, reader);
  }
  return reader;
}

function answer({ query, series, timeMs, experimental }: Vector, folder: string): QueryResult {
  const options = {
    reader: readerOf(series, folder),
    timeSeconds: (timeMs - START_MILLISECONDS) / 1000,
    startEpochSeconds: START_MILLISECONDS / 1000,
  };
  const plain = evaluate(parseQuery(query, { experimentalFunctions: experimental ?? false }), options);
  // A prepared query meets the cases of its text one after the other, at other times and over other series.
  const again = preparedOf(query, experimental ?? false).evaluate(options);
  if (!isDeepStrictEqual(again, plain)) throw new Error(`${query}: prepared ${text(again)}, plain ${text(plain)}`);
  return plain;
}

const prepared = new Map<string, PreparedQuery>();

function preparedOf(query: string, experimentalFunctions: boolean): PreparedQuery {
  const known = prepared.get(query) ?? prepareQuery(parseQuery(query, { experimentalFunctions }));
  prepared.set(query, known);
  return known;
}

function check(vector: Vector, folder: string): string | undefined {
  const { expected, query } = vector;
  if ("error" in expected) {
    try {
      return `accepted ${query}, expected ${expected.error.message}, got ${JSON.stringify(answer(vector, folder))}`;
    } catch (error) {
      if (!(error instanceof PromqlError)) throw error;
      return error.kind === expected.error.kind
        ? undefined
        : `${query}: ${error.kind} error ${error.message}, expected ${expected.error.kind}`;
    }
  }
  const actual = answer(vector, folder);
  return agrees(actual, expected, isOrdered(query)) ? undefined : `${query}: got ${text(actual)}, expected ${JSON.stringify(expected)}`;
}

function agrees(actual: QueryResult, expected: Exclude<Expected, { readonly error: unknown }>, ordered: boolean): boolean {
  if (actual.type === "string" && expected.type === "string") return actual.value === expected.result;
  if (actual.type === "scalar" && expected.type === "scalar") return isClose(actual.value, toNumber(expected.result));
  if (actual.type === "vector" && expected.type === "vector") {
    const got = actual.elements.map(({ labels, value }) => ({ key: keyOf(labels), values: [value] }));
    return sameElements(
      got,
      expected.result.map(({ metric, value }) => ({ key: keyOf(metric), values: [toNumber(value)] })),
      ordered,
    );
  }
  if (actual.type === "matrix" && expected.type === "matrix") {
    const got = actual.series.map(({ labels, times, values }) => ({
      key: keyOf(labels),
      values: [...times.map((time) => Math.round(time * 1000) + START_MILLISECONDS), ...values],
    }));
    return sameElements(
      got,
      expected.result.map(({ metric, t, v }) => ({ key: keyOf(metric), values: [...t, ...v.map(toNumber)] })),
      false,
    );
  }
  return false;
}

interface Element {
  readonly key: string;
  readonly values: readonly number[];
}

function sameElements(actual: readonly Element[], expected: readonly Element[], ordered: boolean): boolean {
  const [left, right] = ordered ? [actual, expected] : [sorted(actual), sorted(expected)];
  return (
    left.length === right.length &&
    left.every(({ key, values }, index) => {
      const other = right[index];
      return (
        other?.key === key &&
        values.length === other.values.length &&
        values.every((value, at) => isClose(value, other.values[at] ?? Number.NaN))
      );
    })
  );
}

function sorted(elements: readonly Element[]): Element[] {
  return [...elements].sort((left, right) => (left.key < right.key ? -1 : left.key > right.key ? 1 : 0));
}

function keyOf(labels: Metric): string {
  return JSON.stringify(Object.entries(labels).sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** Order is part of the answer only where the outermost function puts elements in order. */
function isOrdered(query: string): boolean {
  return /^\s*(sort\w*|topk|bottomk)\s*\(/i.test(query);
}

function isClose(actual: number, expected: number): boolean {
  if (Object.is(actual, expected) || actual === expected) return true;
  if (Number.isInteger(actual) && Number.isInteger(expected) && Math.abs(expected) < Number.MAX_SAFE_INTEGER) return false;
  return Math.abs(actual - expected) <= RELATIVE_TOLERANCE * Math.max(Math.abs(actual), Math.abs(expected));
}

function text(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === "number" && !Number.isFinite(part) ? String(part) : part));
}

/** Prometheus' query engine. */
export const promqlSuite: Suite = jsonLinesSuite("promql", [
  { kind: "cases", recognises: (vector) => "query" in vector && "timeMs" in vector, check },
]);

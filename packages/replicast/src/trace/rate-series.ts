import { InputError } from "@replicast/sim-core";
import { wholeText } from "./text-lines.ts";
import type { TraceInput } from "./trace-flow.ts";

/** A rate over time: straight lines through its points. */
export interface RateSeries {
  /** Ascending, seconds; those of the answer (Unix time). */
  readonly seconds: Float64Array;
  /** Per second, ≥ 0. */
  readonly perSecond: Float64Array;
}

/**
 * A rate from the answer of Prometheus to a range query; several series are added up, one that has no point at a time counts as 0.
 * @throws InputError `trace_bad_prometheus`
 * @see Prometheus, HTTP API, range queries: `data.resultType` matrix, `values` of [Unix seconds, text]
 */
export function readRateSeries({ name, text }: TraceInput): RateSeries {
  const sums = new Map<number, number>();
  for (const series of matrixOf(name, wholeText(text()))) {
    for (const [seconds, value] of series) {
      if (Number.isNaN(value)) continue; // nothing could be computed there; a line is drawn over it
      if (!(Number.isFinite(seconds) && value >= 0 && Number.isFinite(value))) refuse(name, `a rate of ${value}`);
      sums.set(seconds, (sums.get(seconds) ?? 0) + value);
    }
  }
  if (sums.size < 2) refuse(name, `${sums.size} points in time; two are needed`);
  const points = [...sums].sort(([a], [b]) => a - b);
  return { seconds: Float64Array.from(points, ([seconds]) => seconds), perSecond: Float64Array.from(points, ([, value]) => value) };
}

function refuse(file: string, reason: string): never {
  throw new InputError([{ code: "trace_bad_prometheus", path: [], file, data: { reason } }]);
}

function matrixOf(file: string, text: string): readonly (readonly (readonly [number, number])[])[] {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    refuse(file, "this is not JSON");
  }
  const { status, error, data } = fieldsOf(answer);
  if (status === "error") refuse(file, `Prometheus answered with an error: ${String(error)}`);
  const { resultType, result } = fieldsOf(data);
  if (resultType !== "matrix" || !Array.isArray(result)) refuse(file, `the result is of the type ${String(resultType)}, not a matrix`);
  return result.map((series) => {
    const { values } = fieldsOf(series);
    if (!Array.isArray(values)) refuse(file, "a series has no values (native histograms are not read)");
    return values.map((point: unknown): readonly [number, number] => {
      if (!Array.isArray(point) || point.length !== 2 || typeof point[1] !== "string") refuse(file, "a point is no pair of time and text");
      return [Number(point[0]), Number(point[1])];
    });
  });
}

function fieldsOf(value: unknown): {
  readonly status?: unknown;
  readonly error?: unknown;
  readonly data?: unknown;
  readonly resultType?: unknown;
  readonly result?: unknown;
  readonly values?: unknown;
} {
  return typeof value === "object" && value !== null ? value : {};
}

/** The rate at a time; at its first and last value outside. */
export function rateAt({ seconds, perSecond }: RateSeries, atSeconds: number): number {
  let low = 0;
  let high = seconds.length - 1;
  if (atSeconds <= (seconds[low] as number)) return perSecond[low] as number;
  if (atSeconds >= (seconds[high] as number)) return perSecond[high] as number;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((seconds[middle] as number) <= atSeconds) low = middle;
    else high = middle;
  }
  const [from, to] = [seconds[low] as number, seconds[high] as number];
  const share = (atSeconds - from) / (to - from);
  return (perSecond[low] as number) + share * ((perSecond[high] as number) - (perSecond[low] as number));
}

/** What comes in all, from the first point to the last. */
export function totalOf({ seconds, perSecond }: RateSeries): number {
  let sum = 0;
  for (let i = 1; i < seconds.length; i++) {
    const width = (seconds[i] as number) - (seconds[i - 1] as number);
    sum += (width * ((perSecond[i] as number) + (perSecond[i - 1] as number))) / 2;
  }
  return sum;
}

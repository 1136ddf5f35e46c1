import { createStreams, InputError, ln, type TraceRow } from "@replicast/sim-core";
import { type RateSeries, rateAt, readRateSeries } from "./rate-series.ts";
import type { LogLengths } from "./read-vllm-log.ts";
import type { TraceInput } from "./trace-flow.ts";

/** What belongs to a request rate. */
export interface PrometheusOptions {
  /** Range queries of token rates, tokens per second; without them lengths must be given. */
  readonly promptRate?: TraceInput;
  readonly outputRate?: TraceInput;
  /** "poisson": by chance, at the rate; "even": each when one more is due. Default "poisson". */
  readonly arrivals?: "poisson" | "even";
}

/**
 * Requests whose rates are those of Prometheus: the n-th arrives when the integral of the rate reaches n (by chance: the sum of n
 * exponential gaps). Every request has the mean lengths of its time; what rounding leaves goes to the next, so that totals are kept.
 * Times count from the first point.
 */
export function* prometheusRows(input: TraceInput, options: PrometheusOptions & LogLengths, seed: string): Generator<TraceRow> {
  const rate = readRateSeries(input);
  const prompt = lengthsFrom(rate, options.promptRate, options.promptTokens);
  const output = lengthsFrom(rate, options.outputRate, options.outputTokens === "max" ? undefined : options.outputTokens);
  if (prompt === undefined || output === undefined) {
    throw new InputError([
      { code: "trace_lengths_unknown", path: [], file: input.name, data: { missing: prompt === undefined ? "prompt" : "output" } },
    ]);
  }
  const stream = createStreams(seed).get("trace-arrivals");
  const isEven = options.arrivals === "even";
  let dueAt = isEven ? 0.5 : -ln(1 - stream.uniform());
  let passed = 0;
  let line = 0;
  const start = rate.seconds[0] as number;
  for (let i = 1; i < rate.seconds.length; i++) {
    const from = rate.seconds[i - 1] as number;
    const width = (rate.seconds[i] as number) - from;
    const low = rate.perSecond[i - 1] as number;
    const slope = ((rate.perSecond[i] as number) - low) / width;
    const area = width * (low + (slope * width) / 2);
    while (dueAt < passed + area) {
      // rounding must not carry a request across the ends of its piece
      const at = from + Math.min(width, solve(low, slope, dueAt - passed));
      yield { line: ++line, seconds: at - start, promptTokens: prompt(at), outputTokens: output(at) };
      dueAt += isEven ? 1 : -ln(1 - stream.uniform());
    }
    passed += area;
  }
}

/** When the area under a line that begins at `low` reaches `area`: the root in the form that does not cancel. */
function solve(low: number, slope: number, area: number): number {
  if (!(area > 0)) return 0;
  return (2 * area) / (low + Math.sqrt(Math.max(0, low * low + 2 * slope * area)));
}

/** Lengths at a time; undefined when nothing is said of them. */
function lengthsFrom(
  requests: RateSeries,
  tokens: TraceInput | undefined,
  fixed: number | undefined,
): ((at: number) => number) | undefined {
  if (tokens === undefined) return fixed === undefined ? undefined : () => fixed;
  const series = readRateSeries(tokens);
  let left = 0;
  return (at) => {
    const perSecond = rateAt(requests, at);
    // at the very end of a silence nothing is known of lengths
    const wanted = (perSecond > 0 ? rateAt(series, at) / perSecond : 1) + left;
    const given = Math.max(1, Math.round(wanted));
    left = wanted - given;
    return given;
  };
}

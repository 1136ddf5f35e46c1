/** One request of a measured run. Latencies are NaN where nobody measured them. */
export interface MeasuredRequest {
  /** Seconds since the run's first request. */
  readonly arrivalSeconds: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
  /** Leading tokens of the prompt that an earlier prompt had brought into the server's prefix cache. Absent: none. */
  readonly prefixHitTokens?: number;
  readonly ttftSeconds: number;
  readonly e2eSeconds: number;
}

/** A benchmark of one replica, request by request, in order of arrival. */
export interface MeasuredRun {
  readonly name: string;
  readonly requests: readonly MeasuredRequest[];
}

/** One step of an engine, measured inside it. */
export interface MeasuredStep {
  readonly decodeSequences: number;
  /** Of the decoding sequences, the tokens being computed included. */
  readonly contextTokens: number;
  readonly promptTokens: number;
  /** Σ chunk × (context before the chunk + chunk / 2) of the step's prompt chunks. */
  readonly promptTokenContext: number;
  readonly stepSeconds: number;
}

/** Steps of one engine: what a profiler or a log shows. */
export interface MeasuredSteps {
  readonly name: string;
  readonly steps: readonly MeasuredStep[];
}

/** What files of measurements hold. */
export interface Measurements {
  readonly runs: readonly MeasuredRun[];
  readonly steps: readonly MeasuredSteps[];
}

/** A run of these requests: in order of arrival, from the first one on. */
export function measuredRun(name: string, requests: readonly MeasuredRequest[]): MeasuredRun {
  const ordered = [...requests].sort((a, b) => a.arrivalSeconds - b.arrivalSeconds);
  const from = ordered[0]?.arrivalSeconds ?? 0;
  return { name, requests: ordered.map((request) => ({ ...request, arrivalSeconds: request.arrivalSeconds - from })) };
}

/** What is compared between a measured and a simulated run. */
export const COMPARED_LATENCIES = ["ttft", "tpot", "e2e"] as const;
export type ComparedLatency = (typeof COMPARED_LATENCIES)[number];

/** Mean and percentiles of one latency, seconds; NaN when no request has it. */
export interface LatencyFigures {
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}
export type FigureName = keyof LatencyFigures;
export const FIGURE_NAMES: readonly FigureName[] = ["mean", "p50", "p90", "p99"];

export type RunFigures = Readonly<Record<ComparedLatency, LatencyFigures>>;

/** Time per output token after the first, seconds; NaN for answers of one token. */
export function tpotSeconds({ outputTokens, ttftSeconds, e2eSeconds }: MeasuredRequest): number {
  return outputTokens > 1 ? (e2eSeconds - ttftSeconds) / (outputTokens - 1) : Number.NaN;
}

/** Figures of a run's requests, each over those that have the latency. */
export function runFigures(requests: readonly MeasuredRequest[]): RunFigures {
  return {
    ttft: figuresOf(requests.map((request) => request.ttftSeconds)),
    tpot: figuresOf(requests.map(tpotSeconds)),
    e2e: figuresOf(requests.map((request) => request.e2eSeconds)),
  };
}

function figuresOf(values: readonly number[]): LatencyFigures {
  const sorted = Float64Array.from(values.filter((value) => !Number.isNaN(value))).sort();
  let sum = 0;
  for (const value of sorted) sum += value;
  return { mean: sum / sorted.length, p50: quantile(sorted, 0.5), p90: quantile(sorted, 0.9), p99: quantile(sorted, 0.99) };
}

/** Linear between the two nearest ranks. @see Hyndman and Fan, "Sample quantiles in statistical packages", 1996, type 7 */
function quantile(sorted: Float64Array, share: number): number {
  const rank = share * (sorted.length - 1);
  const low = Math.floor(rank);
  const below = sorted[low] ?? Number.NaN;
  const above = sorted[Math.min(low + 1, sorted.length - 1)] ?? Number.NaN;
  return below + (above - below) * (rank - low);
}

import { type ArrivalsConfig, InputError, type LengthsConfig } from "@replicast/sim-core";
import { type ArrivalsFit, type BurstinessFigures, burstinessOf, distance, fitArrivals, generate, RATE_POINTS } from "./fit-arrivals.ts";
import { fitLengths, type LengthMatch, matchLengths } from "./fit-lengths.ts";
import { columnsByTenant, partOf, type StreamColumns } from "./stream-columns.ts";
import type { TraceFlow } from "./trace-flow.ts";

export interface FitOptions {
  /** Part of the trace's time, from its end, by which a fit of the rest is judged; 0…0.9. Default 0.3. */
  readonly heldShare?: number;
  /** Points of a rate over time, at most. Default 24. */
  readonly ratePoints?: number;
  /** Tenants that get a stream of their own, at most; the rest is one more. Default 8. */
  readonly tenants?: number;
}

/** How a fit compares with requests. */
export interface StreamMatch {
  readonly requests: number;
  /** Expected over given requests: for held-out time the rate as it was at the end of the fitted part. */
  readonly rateRatio: number;
  readonly given: BurstinessFigures;
  readonly generated: BurstinessFigures;
  /** Mean of |ln(generated ÷ given)| over gaps and counts; null when nothing can be compared. */
  readonly burstinessError: number | null;
  readonly promptTokens: LengthMatch;
  readonly outputTokens: LengthMatch;
}

/** One stream of the profile. */
export interface StreamFit {
  readonly name: string;
  readonly arrivals: ArrivalsConfig;
  readonly lengths: LengthsConfig;
  /** The profile against what it was made of. */
  readonly match: StreamMatch;
  /** A fit of the first part against the rest; absent when one of them has too few requests. */
  readonly heldOut?: StreamMatch;
  /** Arrival processes that were tried, with their errors, best first. */
  readonly tried: readonly { readonly kind: ArrivalsConfig["kind"]; readonly error: number | null }[];
}

/** A generator profile of a trace. */
export interface TraceFit {
  readonly requests: number;
  readonly spanSeconds: number;
  readonly heldShare: number;
  readonly streams: readonly StreamFit[];
}

const HELD_SHARE = 0.3;
const TENANTS = 8;
/** With fewer no figure says anything. */
const REQUESTS_MIN = 100;

/**
 * Makes a generator profile of a trace: for every tenant the rate over time, the arrival process and the lengths. Holds 16 bytes a request.
 *
 * @throws InputError `trace_too_few_to_fit`
 */
export async function fitFlow(flow: TraceFlow, options: FitOptions = {}): Promise<TraceFit> {
  const { heldShare = HELD_SHARE, ratePoints = RATE_POINTS, tenants = TENANTS } = options;
  const streams = await columnsByTenant(flow, tenants, REQUESTS_MIN);
  const requests = streams.reduce((sum, { times }) => sum + times.length, 0);
  const spanSeconds = streams.reduce((last, { times }) => Math.max(last, times.at(-1) ?? 0), 0);
  if (requests < REQUESTS_MIN || spanSeconds === 0) {
    throw new InputError([{ code: "trace_too_few_to_fit", path: [], data: { requests, minimum: REQUESTS_MIN } }]);
  }
  return { requests, spanSeconds, heldShare, streams: streams.map((stream) => fitStream(stream, spanSeconds, heldShare, ratePoints)) };
}

function fitStream(stream: StreamColumns, spanSeconds: number, heldShare: number, ratePoints: number): StreamFit {
  const fits = fitArrivals(stream.times, spanSeconds, ratePoints);
  const best = fits[0] as ArrivalsFit; // Poisson is always tried
  const lengths = lengthsOf(stream);
  const heldOut = heldOutMatch(stream, spanSeconds, heldShare, ratePoints);
  return {
    name: stream.name,
    arrivals: best.arrivals,
    lengths,
    match: matchOf(stream, lengths, best.generated, best.generated.requests / stream.times.length),
    ...(heldOut === undefined ? {} : { heldOut }),
    tried: fits.map(({ arrivals: { kind }, error }) => ({ kind, error: orNull(error) })),
  };
}

function lengthsOf({ promptTokens, outputTokens }: StreamColumns): LengthsConfig {
  return { promptTokens: fitLengths(promptTokens), outputTokens: fitLengths(outputTokens) };
}

const orNull = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** Fits the first part alone, lets it go on, and compares that with the rest. */
function heldOutMatch(stream: StreamColumns, spanSeconds: number, heldShare: number, ratePoints: number): StreamMatch | undefined {
  const cut = spanSeconds * (1 - heldShare);
  const first = partOf(stream, 0, cut);
  const rest = partOf(stream, cut, Number.POSITIVE_INFINITY);
  if (first.times.length < REQUESTS_MIN || rest.times.length < REQUESTS_MIN) return undefined;
  const [fit] = fitArrivals(first.times, cut, ratePoints);
  if (fit === undefined) return undefined;
  const further = generate(fit.arrivals, spanSeconds).filter((seconds) => seconds >= cut);
  return matchOf(rest, lengthsOf(first), burstinessOf(further), further.length / rest.times.length);
}

function matchOf(given: StreamColumns, lengths: LengthsConfig, generated: BurstinessFigures, rateRatio: number): StreamMatch {
  const figures = burstinessOf(given.times);
  return {
    requests: given.times.length,
    rateRatio,
    given: figures,
    generated,
    burstinessError: orNull(distance(figures, generated)),
    promptTokens: matchLengths(lengths.promptTokens, given.promptTokens),
    outputTokens: matchLengths(lengths.outputTokens, given.outputTokens),
  };
}

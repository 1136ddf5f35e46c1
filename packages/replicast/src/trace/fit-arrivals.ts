import {
  type ArrivalsConfig,
  createGenerator,
  createRequestRecord,
  createStreams,
  type DistributionConfig,
  exp,
  ln,
  type RateConfig,
} from "@replicast/sim-core";
import { Burstiness, type Dispersion } from "./dispersion.ts";

/** How bursty a stream of arrivals is. */
export interface BurstinessFigures {
  readonly requests: number;
  readonly gapCv: number | null;
  readonly dispersion: readonly Dispersion[];
}

/** An arrival process that was tried. */
export interface ArrivalsFit {
  readonly arrivals: ArrivalsConfig;
  /** Of a trace that the engine's own generator makes of it. */
  readonly generated: BurstinessFigures;
  /** Mean of |ln(generated ÷ given)| over the figures that both have. */
  readonly error: number;
}

/** Points of a rate over time, at most. */
export const RATE_POINTS = 24;
/** A point stands for so many requests at least: its error is then below 10 %. */
const REQUESTS_PER_POINT = 100;
/** A silence this long ends a burst. @see the Azure 2023 code trace, whose bursts are told apart by 5 s */
const SILENCE_SECONDS = 5;
const BURSTS_MIN = 10;
/** Gaps within so much of a CV of 1 are taken for exponential. */
const POISSON_BAND = 0.05;

/**
 * The arrival process of the scenario schema that is most like a trace: Poisson, Gamma, modulated Poisson and bursts are tried, each
 * is generated, and the one whose gaps and counts vary most alike wins; all are returned, best first.
 *
 * @param times ascending from 0, seconds, at least 2
 */
export function fitArrivals(times: Float64Array, spanSeconds: number, points: number = RATE_POINTS): readonly ArrivalsFit[] {
  const given = burstinessOf(times);
  const rate = rateOf(times, spanSeconds, points);
  const level: RateConfig = { kind: "constant", perSecond: times.length / spanSeconds };
  const cv = operationalCv(times, rate);
  const candidates: ArrivalsConfig[] = [{ kind: "poisson", rate }];
  if (cv > 0 && Math.abs(cv - 1) > POISSON_BAND) candidates.push({ kind: "gamma", rate, cv });
  const moving = modulationOf(times, spanSeconds);
  if (moving !== undefined) candidates.push({ kind: "modulatedPoisson", rate: level, ...moving });
  const bursts = burstsOf(times);
  if (bursts !== undefined) candidates.push(bursts);
  return candidates
    .map((arrivals) => {
      const generated = burstinessOf(generate(arrivals, spanSeconds));
      return { arrivals, generated, error: distance(given, generated) };
    })
    .sort((a, b) => a.error - b.error);
}

/** Gaps and counts of times. */
export function burstinessOf(times: Float64Array): BurstinessFigures {
  const burstiness = new Burstiness();
  for (const seconds of times) burstiness.add(seconds);
  return { requests: times.length, gapCv: burstiness.gapCv, dispersion: burstiness.dispersion };
}

/** Times that the engine would see. */
export function generate(arrivals: ArrivalsConfig, durationSeconds: number): Float64Array {
  const one: DistributionConfig = { kind: "constant", value: 1 };
  const config = { kind: "generator", name: "fit", arrivals, lengths: { promptTokens: one, outputTokens: one }, surges: [] } as const;
  const source = createGenerator(config, createStreams("fit"), { durationSeconds, zones: [], startEpochSeconds: 0 });
  const record = createRequestRecord();
  const times: number[] = [];
  while (source.next(record)) times.push(record.arrivalSeconds);
  return Float64Array.from(times);
}

/** Mean of |ln(a ÷ b)| over what both have. */
export function distance(a: BurstinessFigures, b: BurstinessFigures): number {
  const pairs = [[a.gapCv, b.gapCv], ...a.dispersion.map(({ index }, i) => [index, b.dispersion[i]?.index ?? null])];
  const known = pairs.filter((pair): pair is [number, number] => pair.every((value) => value !== null && value !== undefined && value > 0));
  return known.length === 0 ? Number.POSITIVE_INFINITY : known.reduce((sum, [x, y]) => sum + Math.abs(ln(x / y)), 0) / known.length;
}

/** Straight lines through the middles of equal parts, level at the ends: as many requests are expected as came. */
export function rateOf(times: Float64Array, spanSeconds: number, pointsMax: number): RateConfig {
  const parts = Math.min(pointsMax, Math.floor(times.length / REQUESTS_PER_POINT));
  if (parts < 2) return { kind: "constant", perSecond: times.length / spanSeconds };
  const width = spanSeconds / parts;
  const counts = new Float64Array(parts);
  for (const seconds of times) {
    const part = Math.min(parts - 1, Math.floor(seconds / width));
    counts[part] = (counts[part] as number) + 1;
  }
  return { kind: "points", points: Array.from(counts, (count, i) => [(i + 0.5) * width, count / width] as const) };
}

/** CV of the gaps when the clock runs at the fitted rate. */
function operationalCv(times: Float64Array, rate: RateConfig): number {
  const at = rate.kind === "points" ? rate.points : [];
  let [sum, squares, point] = [0, 0, 0];
  for (let i = 1; i < times.length; i++) {
    const [from, to] = [times[i - 1] as number, times[i] as number];
    const middle = (from + to) / 2;
    while (point < at.length && (at[point] as readonly [number, number])[0] <= middle) point++;
    const gap = (to - from) * (at.length === 0 ? 1 : lineAt(at, point, middle));
    sum += gap;
    squares += gap * gap;
  }
  const count = times.length - 1;
  const mean = sum / count;
  return mean === 0 ? 0 : Math.sqrt(Math.max(0, squares / count - mean * mean)) / mean;
}

function lineAt(points: readonly (readonly [number, number])[], next: number, seconds: number): number {
  const right = points[Math.min(next, points.length - 1)] as readonly [number, number];
  const left = points[Math.max(0, next - 1)] as readonly [number, number];
  return right[0] === left[0] ? right[1] : left[1] + ((right[1] - left[1]) * (seconds - left[0])) / (right[0] - left[0]);
}

/**
 * Moments of the counts: what they vary beyond chance is the rate's own movement, and how it stays from one window to the next is its
 * time constant. Undefined when they vary no more than chance.
 */
function modulationOf(times: Float64Array, spanSeconds: number): { readonly sigma: number; readonly tauSeconds: number } | undefined {
  const width = spanSeconds >= 1800 ? 60 : 10;
  const windows = Math.floor(spanSeconds / width);
  if (windows < 20) return undefined;
  const counts = new Float64Array(windows);
  for (const seconds of times) {
    const window = Math.floor(seconds / width);
    if (window < windows) counts[window] = (counts[window] as number) + 1;
  }
  const mean = counts.reduce((sum, count) => sum + count, 0) / windows;
  const covariance = (lag: number): number => {
    let sum = 0;
    for (let i = lag; i < windows; i++) sum += ((counts[i] as number) - mean) * ((counts[i - lag] as number) - mean);
    return sum / (windows - lag);
  };
  const excess = covariance(0) - mean;
  if (!(excess > 0)) return undefined;
  const kept = Math.min(0.99, Math.max(exp(-4), covariance(1) / excess));
  return { sigma: Math.min(5, Math.sqrt(ln(1 + excess / (mean * mean)))), tauSeconds: -width / ln(kept) };
}

function burstsOf(times: Float64Array): ArrivalsConfig | undefined {
  const sizes: number[] = [];
  const silences: number[] = [];
  let [size, onSeconds, gaps] = [1, 0, 0];
  for (let i = 1; i < times.length; i++) {
    const gap = (times[i] as number) - (times[i - 1] as number);
    if (gap > SILENCE_SECONDS) {
      sizes.push(size);
      silences.push(gap);
      size = 1;
    } else {
      size++;
      gaps++;
      onSeconds += gap;
    }
  }
  if (silences.length < BURSTS_MIN || onSeconds === 0) return undefined;
  return { kind: "onOff", ratePerSecond: gaps / onSeconds, burstSize: quantilesOf(sizes), offSeconds: quantilesOf(silences) };
}

const BURST_PROBABILITIES = [0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 1];

/** Quantiles between neighbours in rank, in straight lines. */
function quantilesOf(values: readonly number[]): DistributionConfig {
  const sorted = Float64Array.from(values).sort();
  const points = BURST_PROBABILITIES.map((probability): readonly [number, number] => {
    const rank = probability * (sorted.length - 1);
    const low = Math.floor(rank);
    const [left, right] = [sorted[low] as number, sorted[Math.min(low + 1, sorted.length - 1)] as number];
    return [probability, left + (rank - low) * (right - left)];
  });
  return { kind: "quantiles", points };
}

import { createSampler, type DistributionConfig } from "@replicast/sim-core";
import { TokenCounts } from "./token-counts.ts";

/** Knots of a fitted distribution: denser in the tails, where the load of long requests is. */
const PROBABILITIES = [
  0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.925, 0.95,
  0.975, 0.99, 0.995, 0.999, 1,
];
/** Even draws that stand for a distribution in comparisons. */
const DRAWS = 20_000;

/** How a fitted distribution compares with token counts. */
export interface LengthMatch {
  /** Largest difference of the two distribution functions, 0…1. @see Kolmogorov, Smirnov */
  readonly ksDistance: number;
  readonly meanRatio: number;
  /** Fitted over given, less 1. */
  readonly quantileErrors: { readonly p50: number; readonly p95: number; readonly p99: number };
}

/** Empirical quantiles: real token counts are neither log-normal nor of any other family. */
export function fitLengths(tokens: Int32Array): DistributionConfig {
  const counts = countsOf(tokens);
  const values = counts.quantiles(PROBABILITIES);
  return { kind: "quantiles", points: PROBABILITIES.map((probability, i) => [probability, values[i] as number] as const) };
}

function countsOf(tokens: Int32Array): TokenCounts {
  const counts = new TokenCounts();
  for (const count of tokens) counts.add(count);
  return counts;
}

/** Compares what the engine would draw with what came. */
export function matchLengths(fitted: DistributionConfig, tokens: Int32Array): LengthMatch {
  const given = countsOf(tokens);
  const drawn = new TokenCounts();
  const sampler = createSampler(fitted);
  for (let i = 0; i < DRAWS; i++) drawn.add(Math.max(1, Math.round(sampler.quantile((i + 0.5) / DRAWS))));
  const probabilities = [0.5, 0.95, 0.99];
  const [p50, p95, p99] = relative(drawn.quantiles(probabilities), given.quantiles(probabilities)) as [number, number, number];
  return { ksDistance: ksDistance(drawn, given), meanRatio: drawn.mean / given.mean, quantileErrors: { p50, p95, p99 } };
}

function relative(fitted: readonly number[], given: readonly number[]): readonly number[] {
  return fitted.map((value, i) => value / (given[i] as number) - 1);
}

/** Largest difference of two distribution functions. */
export function ksDistance(a: TokenCounts, b: TokenCounts): number {
  const [left, right] = [a.ladder(), b.ladder()];
  let [i, j, largest] = [0, 0, 0];
  while (i < left.length || j < right.length) {
    const at = Math.min(left[i]?.[0] ?? Number.POSITIVE_INFINITY, right[j]?.[0] ?? Number.POSITIVE_INFINITY);
    while (i < left.length && (left[i] as readonly [number, number])[0] <= at) i++;
    while (j < right.length && (right[j] as readonly [number, number])[0] <= at) j++;
    largest = Math.max(largest, Math.abs((left[i - 1]?.[1] ?? 0) / a.count - (right[j - 1]?.[1] ?? 0) / b.count));
  }
  return largest;
}

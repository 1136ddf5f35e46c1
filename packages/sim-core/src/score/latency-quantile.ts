import type { LatencySummary } from "./result.ts";

/**
 * The same quantile with lost requests counted as infinitely late, as the SLO counts them; null when the nearest rank falls among them.
 *
 * @param share 0…1
 * @param lost requests that have no latency because they were lost
 */
export function latencyQuantileWithLost(summary: LatencySummary, share: number, lost: number): number | null {
  if (lost === 0 || share === 0) return latencyQuantile(summary, share);
  const rank = Math.max(1, Math.ceil(share * (summary.count + lost)));
  if (rank > summary.count) return null;
  return rank === summary.count ? summary.maxSeconds : atRank(summary, rank);
}

/**
 * Quantile of a latency summary, seconds: the reported one where there is one, otherwise the upper edge of the bucket
 * that holds the nearest rank (at most 1 % too high), never above the maximum.
 *
 * @param share 0…1
 */
export function latencyQuantile(summary: LatencySummary, share: number): number | null {
  if (summary.count === 0) return null;
  if (share === 0) return summary.minSeconds;
  if (share === 1) return summary.maxSeconds;
  return reported(summary, share) ?? atRank(summary, Math.max(1, Math.ceil(share * summary.count)));
}

function reported(summary: LatencySummary, share: number): number | null {
  if (share === 0.5) return summary.p50Seconds;
  if (share === 0.9) return summary.p90Seconds;
  if (share === 0.95) return summary.p95Seconds;
  return share === 0.99 ? summary.p99Seconds : null;
}

function atRank(summary: LatencySummary, rank: number): number | null {
  let seen = 0;
  for (const [upperSeconds, count] of summary.buckets) {
    seen += count;
    if (seen >= rank) return summary.maxSeconds === null ? upperSeconds : Math.min(upperSeconds, summary.maxSeconds);
  }
  return summary.maxSeconds;
}

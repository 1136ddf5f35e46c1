import type { LatencySummary } from "./result.ts";

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
  return reported(summary, share) ?? fromBuckets(summary, share);
}

function reported(summary: LatencySummary, share: number): number | null {
  if (share === 0.5) return summary.p50Seconds;
  if (share === 0.9) return summary.p90Seconds;
  if (share === 0.95) return summary.p95Seconds;
  return share === 0.99 ? summary.p99Seconds : null;
}

function fromBuckets(summary: LatencySummary, share: number): number | null {
  const rank = Math.max(1, Math.ceil(share * summary.count));
  let seen = 0;
  for (const [upperSeconds, count] of summary.buckets) {
    seen += count;
    if (seen >= rank) return summary.maxSeconds === null ? upperSeconds : Math.min(upperSeconds, summary.maxSeconds);
  }
  return summary.maxSeconds;
}

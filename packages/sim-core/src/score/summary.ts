import type { LogHistogram } from "../record/log-histogram.ts";
import type { LatencySummary } from "./result.ts";

/** What a result says of a latency distribution. */
export function summarise(histogram: LogHistogram): LatencySummary {
  const { count, sum, min, max } = histogram;
  if (count === 0) {
    return {
      count: 0,
      meanSeconds: null,
      minSeconds: null,
      maxSeconds: null,
      p50Seconds: null,
      p90Seconds: null,
      p95Seconds: null,
      p99Seconds: null,
      buckets: [],
    };
  }
  return {
    count,
    meanSeconds: sum / count,
    minSeconds: min,
    maxSeconds: max,
    p50Seconds: histogram.quantile(0.5),
    p90Seconds: histogram.quantile(0.9),
    p95Seconds: histogram.quantile(0.95),
    p99Seconds: histogram.quantile(0.99),
    buckets: histogram.buckets(),
  };
}

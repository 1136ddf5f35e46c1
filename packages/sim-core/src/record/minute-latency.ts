import { bucketOf, lowerEdgeOf } from "./log-histogram.ts";

/** Fine buckets per coarse one: there is one set of buckets for every minute of the run. 1.02^6 = 1.126. */
const FINE_PER_COARSE = 6;
const LOWEST_SECONDS = 0.001;
const FIRST_FINE: number = bucketOf(LOWEST_SECONDS);
const COLUMNS = 150;

/** Latencies by minute of arrival, in coarse logarithmic buckets from 1 ms up: percentiles within 7 %. */
export class MinuteLatency {
  readonly counts: Uint32Array;

  constructor(minutes: number) {
    this.counts = new Uint32Array(minutes * COLUMNS);
  }

  /** @param bucket of the latency histogram */
  add(minute: number, bucket: number): void {
    const column = bucket <= FIRST_FINE ? 0 : Math.min(COLUMNS - 1, Math.floor((bucket - FIRST_FINE) / FINE_PER_COARSE));
    const cell = minute * COLUMNS + column;
    this.counts[cell] = (this.counts[cell] as number) + 1;
  }

  /** NaN for a minute without values. */
  quantile(minute: number, q: number): number {
    const counts = this.counts.subarray(minute * COLUMNS, (minute + 1) * COLUMNS);
    const total = counts.reduce((sum, count) => sum + count, 0);
    if (total === 0) return Number.NaN;
    const rank = Math.max(1, Math.ceil(q * total));
    let below = 0;
    let column = 0;
    for (; column < COLUMNS - 1; column++) {
      below += counts[column] as number;
      if (below >= rank) break;
    }
    const fine = FIRST_FINE + column * FINE_PER_COARSE;
    const lower = lowerEdgeOf(fine);
    const upper = lowerEdgeOf(fine + FINE_PER_COARSE);
    return (2 * lower * upper) / (lower + upper);
  }
}

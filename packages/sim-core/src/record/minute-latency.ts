/** Ratio of one bucket's edges: coarse, because there is one set of buckets for every minute of the run. */
const BUCKET_RATIO = 1.12;
const LOWEST_SECONDS = 0.001;
const BUCKETS = 144;

/** Upper edges. */
const EDGES: Float64Array = /* @__PURE__ */ edges();

function edges(): Float64Array {
  const upper = new Float64Array(BUCKETS);
  for (let i = 0, edge = LOWEST_SECONDS; i < BUCKETS; i++, edge *= BUCKET_RATIO) upper[i] = edge;
  return upper;
}

/** Latencies by minute of arrival, in coarse logarithmic buckets: percentiles within 6 %. */
export class MinuteLatency {
  readonly counts: Uint32Array;

  constructor(minutes: number) {
    this.counts = new Uint32Array(minutes * BUCKETS);
  }

  add(minute: number, seconds: number): void {
    const cell = minute * BUCKETS + bucketOf(seconds);
    this.counts[cell] = (this.counts[cell] as number) + 1;
  }

  /** NaN for a minute without values. */
  quantile(minute: number, q: number): number {
    const counts = this.counts.subarray(minute * BUCKETS, (minute + 1) * BUCKETS);
    const total = counts.reduce((sum, count) => sum + count, 0);
    if (total === 0) return Number.NaN;
    const rank = Math.max(1, Math.ceil(q * total));
    let below = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      below += counts[bucket] as number;
      if (below >= rank) return bucket === 0 ? LOWEST_SECONDS : (2 * (EDGES[bucket] as number)) / (1 + BUCKET_RATIO);
    }
    return EDGES[BUCKETS - 1] as number;
  }
}

/** First bucket whose upper edge is not below the value. */
function bucketOf(seconds: number): number {
  let low = 0;
  let high = BUCKETS - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((EDGES[middle] as number) >= seconds) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * A Prometheus histogram of one pod: cumulative counts are made when it is scraped. Upper bounds are inclusive, as
 * `le` says.
 */
export class BucketHistogram {
  readonly bounds: readonly number[];
  /** Per bucket, +Inf last; not cumulative. */
  readonly counts: Float64Array;
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  add(seconds: number): void {
    const bucket = this.bucketOf(seconds);
    this.counts[bucket] = (this.counts[bucket] as number) + 1;
    this.sum += seconds;
  }

  /** Adds `first + j × growth`, j = 0 … steps − 1, `weight` times each; growth ≥ 0. */
  addSeries(first: number, growth: number, steps: number, weight: number): void {
    this.sum += weight * (steps * first + (growth * steps * (steps - 1)) / 2);
    const last = this.bucketOf(first + growth * (steps - 1));
    let done = 0;
    for (let bucket = this.bucketOf(first); bucket < last; bucket++) {
      const upTo = countUpTo(this.bounds[bucket] as number, first, growth, steps);
      this.counts[bucket] = (this.counts[bucket] as number) + (upTo - done) * weight;
      done = upTo;
    }
    this.counts[last] = (this.counts[last] as number) + (steps - done) * weight;
  }

  copyFrom(other: BucketHistogram): void {
    this.counts.set(other.counts);
    this.sum = other.sum;
  }

  reset(): void {
    this.counts.fill(0);
    this.sum = 0;
  }

  private bucketOf(seconds: number): number {
    const { bounds } = this;
    let low = 0;
    let high = bounds.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((bounds[middle] as number) >= seconds) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/** How many of `first + j × growth`, j < steps, do not exceed a limit. */
function countUpTo(limit: number, first: number, growth: number, steps: number): number {
  let n = Math.min(steps, Math.max(0, Math.floor((limit - first) / growth) + 1));
  while (n < steps && first + growth * n <= limit) n++;
  while (n > 0 && first + growth * (n - 1) > limit) n--;
  return n;
}

/** Ratio of one bucket's edges: a percentile is off by at most 1 %. */
const BUCKET_RATIO = 1.02;
/** Lower edge of the first bucket; smaller values count as this. */
const LOWEST_SECONDS = 1e-6;
/** Edges reach past 2^24 s, half a year. */
const HIGHEST_SECONDS = 16_777_216;

/** Cells of 1/128 of a power of two are narrower than any bucket: a look-up and one comparison find the bucket. */
const CELL_MANTISSA_BITS = 7;
const LOWEST_EXPONENT = -20;
const HIGHEST_EXPONENT = 24;

interface BucketTable {
  /** Bucket i covers [edges[i], edges[i + 1]). */
  readonly edges: Float64Array;
  /** Per cell of exponent and leading mantissa bits: the bucket its lower end lies in. */
  readonly cells: Uint16Array;
}

const TABLE: BucketTable = /* @__PURE__ */ buildTable();
const BITS_OF = /* @__PURE__ */ new Float64Array(1);
/** High word second: every engine we run on is little-endian. */
const WORDS_OF = /* @__PURE__ */ new Uint32Array(BITS_OF.buffer);
const FIRST_CELL: number = (1023 + LOWEST_EXPONENT) << CELL_MANTISSA_BITS;

function buildTable(): BucketTable {
  const edges: number[] = [0];
  for (let edge = LOWEST_SECONDS; edge < HIGHEST_SECONDS * BUCKET_RATIO; edge *= BUCKET_RATIO) edges.push(edge);
  edges.push(Number.POSITIVE_INFINITY);
  const perExponent = 1 << CELL_MANTISSA_BITS;
  const cells = new Uint16Array((HIGHEST_EXPONENT - LOWEST_EXPONENT) * perExponent);
  let bucket = 0;
  let scale = 1 / (1 << -LOWEST_EXPONENT);
  for (let cell = 0; cell < cells.length; cell++) {
    const mantissa = cell % perExponent;
    if (mantissa === 0 && cell > 0) scale *= 2;
    const lower = scale * (1 + mantissa / perExponent);
    while ((edges[bucket + 1] as number) <= lower) bucket++;
    cells[cell] = bucket;
  }
  return { edges: Float64Array.from(edges), cells };
}

/** Bucket of a value, without a logarithm, hence the same on every engine. */
export function bucketOf(seconds: number): number {
  BITS_OF[0] = seconds;
  const cell = ((WORDS_OF[1] as number) >>> (20 - CELL_MANTISSA_BITS)) - FIRST_CELL;
  if (cell < 0) return seconds < LOWEST_SECONDS ? 0 : 1;
  if (cell >= TABLE.cells.length) return TABLE.edges.length - 2;
  const bucket = TABLE.cells[cell] as number;
  return seconds >= (TABLE.edges[bucket + 1] as number) ? bucket + 1 : bucket;
}

/** Plain-data copy of a histogram. */
export interface LogHistogramState {
  readonly counts: Float64Array;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  readonly count: number;
}

/**
 * Latencies in logarithmic buckets (DDSketch's mapping): fixed memory, mergeable exactly, percentiles within 1 %.
 * @see Masson, Rim, Lee: DDSketch, VLDB 2019
 */
export class LogHistogram {
  count = 0;
  sum = 0;
  min: number = Number.POSITIVE_INFINITY;
  max: number = Number.NEGATIVE_INFINITY;
  private readonly counts = new Float64Array(TABLE.edges.length - 1);

  /** @returns the bucket it falls in */
  add(seconds: number): number {
    const bucket = bucketOf(seconds);
    this.addTo(bucket, seconds);
    return bucket;
  }

  /** As `add`, when the value's bucket is known. */
  addTo(bucket: number, seconds: number): void {
    this.counts[bucket] = (this.counts[bucket] as number) + 1;
    this.count++;
    this.sum += seconds;
    if (seconds < this.min) this.min = seconds;
    if (seconds > this.max) this.max = seconds;
  }

  /** Adds `first + j × growth`, j = 0 … steps − 1, `weight` times each; growth ≥ 0. */
  addSeries(first: number, growth: number, steps: number, weight: number): void {
    const last = first + growth * (steps - 1);
    this.count += steps * weight;
    this.sum += weight * (steps * first + (growth * steps * (steps - 1)) / 2);
    if (first < this.min) this.min = first;
    if (last > this.max) this.max = last;
    const bucket = bucketOf(first);
    // most series stay in one bucket
    if (last < (TABLE.edges[bucket + 1] as number)) this.counts[bucket] = (this.counts[bucket] as number) + steps * weight;
    else this.spread(bucket, first, growth, steps, weight);
  }

  /** A series that begins in a bucket and reaches into others. */
  private spread(from: number, first: number, growth: number, steps: number, weight: number): void {
    const last = first + growth * (steps - 1);
    let bucket = from;
    let done = 0;
    for (; last >= (TABLE.edges[bucket + 1] as number); bucket++) {
      const upTo = countBelow(TABLE.edges[bucket + 1] as number, first, growth, steps);
      this.counts[bucket] = (this.counts[bucket] as number) + (upTo - done) * weight;
      done = upTo;
    }
    this.counts[bucket] = (this.counts[bucket] as number) + (steps - done) * weight;
  }

  /** Value that a share `q` (0…1) of the values does not exceed; NaN when empty. */
  quantile(q: number): number {
    if (this.count === 0) return Number.NaN;
    const rank = Math.max(1, Math.ceil(q * this.count));
    let below = 0;
    for (let bucket = 0; bucket < this.counts.length; bucket++) {
      below += this.counts[bucket] as number;
      if (below >= rank) return Math.min(this.max, Math.max(this.min, middleOf(bucket)));
    }
    return this.max;
  }

  /** Non-empty buckets in ascending order: upper edge and count. */
  buckets(): readonly (readonly [number, number])[] {
    const filled: [number, number][] = [];
    this.counts.forEach((count, bucket) => {
      if (count > 0) filled.push([Math.min(TABLE.edges[bucket + 1] as number, this.max), count]);
    });
    return filled;
  }

  save(): LogHistogramState {
    return { counts: this.counts.slice(), sum: this.sum, min: this.min, max: this.max, count: this.count };
  }

  restore(state: LogHistogramState): void {
    this.counts.set(state.counts);
    this.sum = state.sum;
    this.min = state.min;
    this.max = state.max;
    this.count = state.count;
  }
}

/** Lower edge of a bucket. */
export const lowerEdgeOf = (bucket: number): number => TABLE.edges[bucket] as number;

/** The value whose relative distance to both edges is the same. */
function middleOf(bucket: number): number {
  if (bucket === 0) return 0;
  return (2 * (TABLE.edges[bucket] as number) * BUCKET_RATIO) / (1 + BUCKET_RATIO);
}

/** How many of `first + j × growth`, j < steps, lie below a limit; by the very sums a loop would compare. */
export function countBelow(limit: number, first: number, growth: number, steps: number): number {
  if (first >= limit) return 0;
  if (growth === 0 || first + growth * (steps - 1) < limit) return steps;
  let n = Math.min(steps, Math.max(0, Math.ceil((limit - first) / growth)));
  while (n < steps && first + growth * n < limit) n++;
  while (n > 0 && first + growth * (n - 1) >= limit) n--;
  return n;
}

/** A bucket of a classic histogram: how many observations are at most `upperBound`. */
export interface Bucket {
  readonly upperBound: number;
  count: number;
}

/** Counts closer than this, relatively, are taken for equal. @see prometheus promql/quantile.go, smallDeltaTolerance */
const COUNT_TOLERANCE = 1e-12;
/** Smallest positive float64 with full precision. */
const SMALLEST_NORMAL = 2.2250738585072014e-308;

/**
 * Upper bound from the value of a label `le`; undefined when it is no number.
 * Accepts what Go's ParseFloat does.
 */
export function parseBound(le: string): number | undefined {
  if (/^[+-]?inf(inity)?$/i.test(le)) return le.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(le) ? Number(le) : undefined;
}

/**
 * Quantile of a classic histogram, linear within the bucket it falls in.
 * @returns NaN without a bucket that ends at +∞, with fewer than two buckets or without observations.
 * @see prometheus promql/quantile.go, BucketQuantile
 */
export function bucketQuantile(quantile: number, unsorted: readonly Bucket[]): number {
  if (Number.isNaN(quantile)) return Number.NaN;
  if (quantile < 0) return Number.NEGATIVE_INFINITY;
  if (quantile > 1) return Number.POSITIVE_INFINITY;
  const buckets = tidyBuckets(unsorted);
  const observations = buckets?.at(-1)?.count ?? 0;
  if (!buckets || buckets.length < 2 || observations === 0 || Number.isNaN(observations)) return Number.NaN;
  const rank = quantile * observations;
  let index = 0;
  while (index < buckets.length - 1 && !((buckets[index]?.count ?? 0) >= rank)) index += 1;
  if (index === buckets.length - 1) return buckets[index - 1]?.upperBound ?? Number.NaN;
  return interpolate(buckets, index, rank);
}

function interpolate(buckets: readonly Bucket[], index: number, rank: number): number {
  const end = buckets[index]?.upperBound ?? Number.NaN;
  const count = buckets[index]?.count ?? 0;
  if (index === 0) return end <= 0 ? end : end * (rank / count);
  const start = buckets[index - 1]?.upperBound ?? Number.NaN;
  const below = buckets[index - 1]?.count ?? 0;
  return start + (end - start) * ((rank - below) / (count - below));
}

/**
 * Share of a classic histogram's observations between two values, linear within buckets.
 * @see prometheus promql/quantile.go, BucketFraction
 */
export function bucketFraction(lower: number, upper: number, unsorted: readonly Bucket[]): number {
  const buckets = tidyBuckets(unsorted);
  const observations = buckets?.at(-1)?.count ?? 0;
  if (!buckets || observations === 0 || Number.isNaN(observations) || Number.isNaN(lower) || Number.isNaN(upper)) return Number.NaN;
  if (lower >= upper) return 0;
  return (rankOf(upper, buckets) - rankOf(lower, buckets)) / observations;
}

/** How many observations are below a value. */
function rankOf(value: number, buckets: readonly Bucket[]): number {
  let below = 0;
  let start = Number.NEGATIVE_INFINITY;
  for (const [index, { upperBound, count }] of buckets.entries()) {
    if (index === 0 && upperBound > 0) start = 0;
    if (start >= value) return below;
    if (upperBound > value) {
      // Within the open-ended buckets nothing is known: all their observations count as beyond a finite value.
      const share = Number.isFinite(start) && Number.isFinite(upperBound) ? (value - start) / (upperBound - start) : 0;
      return below + (count - below) * share;
    }
    below = count;
    start = upperBound;
  }
  return below;
}

/** Buckets in order, equal bounds merged, counts made monotonic; undefined when none ends at +∞. */
function tidyBuckets(unsorted: readonly Bucket[]): Bucket[] | undefined {
  const sorted = [...unsorted].sort((left, right) =>
    left.upperBound < right.upperBound ? -1 : left.upperBound > right.upperBound ? 1 : 0,
  );
  if (sorted.at(-1)?.upperBound !== Number.POSITIVE_INFINITY) return undefined;
  const merged: Bucket[] = [];
  for (const { upperBound, count } of sorted) {
    const last = merged.at(-1);
    if (last && last.upperBound === upperBound) last.count += count;
    else merged.push({ upperBound, count });
  }
  makeMonotonic(merged);
  return merged;
}

function makeMonotonic(buckets: readonly Bucket[]): void {
  let previous = buckets[0]?.count ?? 0;
  for (const bucket of buckets) {
    if (isNear(bucket.count, previous) || bucket.count < previous) bucket.count = previous;
    else previous = bucket.count;
  }
}

function isNear(left: number, right: number): boolean {
  if (left === right) return true;
  const magnitude = Math.abs(left) + Math.abs(right);
  const difference = Math.abs(left - right);
  if (left === 0 || right === 0 || magnitude < SMALLEST_NORMAL) return difference < COUNT_TOLERANCE * SMALLEST_NORMAL;
  return difference / Math.min(magnitude, Number.MAX_VALUE) < COUNT_TOLERANCE;
}

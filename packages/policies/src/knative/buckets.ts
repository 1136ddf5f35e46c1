import { pow } from "@replicast/sim-core";

/** How the buckets of a window become one value. @see knative.dev/serving pkg/autoscaler/aggregation/bucketing.go */
export type Aggregation = "linear" | "weighted-exponential";

/** Values of the last window, summed by bucket. Plain data; `null`: nothing was ever written. */
export type Buckets = {
  readonly sums: readonly number[];
  readonly total: number;
  /** Bucket ordinals since 1970: time ÷ granularity, rounded down. */
  readonly firstWrite: number | null;
  readonly lastWrite: number | null;
};

export interface WindowShape {
  readonly windowSeconds: number;
  readonly granularitySeconds: number;
}

/** Share of all weights that the buckets of a window carry together. @see bucketing.go, computeSmoothingCoeff */
const COVERED_SHARE = 0.9999;
const SMOOTHING_MIN = 0.2;
/** The linear average keeps six decimals. @see bucketing.go, precision */
const DECIMALS = 1e6;

export function emptyBuckets({ windowSeconds, granularitySeconds }: WindowShape): Buckets {
  const length = Math.ceil(windowSeconds / granularitySeconds);
  return { sums: new Array<number>(length).fill(0), total: 0, firstWrite: null, lastWrite: null };
}

/** Adds a value at a time; one older than a window before the last write is dropped. @param unixSeconds - since 1970 */
export function record(buckets: Buckets, shape: WindowShape, unixSeconds: number, value: number): Buckets {
  const now = ordinal(unixSeconds, shape);
  const { lastWrite } = buckets;
  if (lastWrite === null) return started(buckets, now, value);
  if (now === lastWrite) return added(buckets, now, value);
  if (now < lastWrite) {
    if ((now - lastWrite) * shape.granularitySeconds + shape.windowSeconds <= 0) return buckets;
    return { ...added(buckets, now, value), firstWrite: Math.min(buckets.firstWrite ?? now, now) };
  }
  if ((now - lastWrite) * shape.granularitySeconds >= shape.windowSeconds) return started(buckets, now, value);
  const sums = [...buckets.sums];
  let { total } = buckets;
  for (let bucket = lastWrite + 1; bucket <= now; bucket++) {
    const place = bucket % sums.length;
    total -= sums[place] as number;
    sums[place] = 0;
  }
  return added({ ...buckets, sums, total, lastWrite: now }, now, value);
}

/** Whether nothing was written for longer than the window. */
export function isEmpty({ lastWrite }: Buckets, shape: WindowShape, unixSeconds: number): boolean {
  return lastWrite === null || (ordinal(unixSeconds, shape) - lastWrite) * shape.granularitySeconds > shape.windowSeconds;
}

/** Average of the window as seen at a time; a silent source is averaged over fewer buckets, not pulled to 0. */
export function windowAverage(buckets: Buckets, shape: WindowShape, aggregation: Aggregation, unixSeconds: number): number {
  const { lastWrite } = buckets;
  if (lastWrite === null) return 0;
  const silent = ordinal(unixSeconds, shape) - lastWrite;
  if (silent * shape.granularitySeconds >= shape.windowSeconds) return 0;
  return aggregation === "linear" ? linear(buckets, lastWrite, Math.max(0, silent)) : weighted(buckets, lastWrite, Math.max(0, silent));
}

function linear({ sums, total, firstWrite }: Buckets, lastWrite: number, silent: number): number {
  let sum = total;
  for (let bucket = lastWrite + 1; bucket <= lastWrite + silent; bucket++) sum -= sums[bucket % sums.length] as number;
  const counted = Math.min(lastWrite - (firstWrite ?? lastWrite) + 1, sums.length - silent);
  return roundedAwayFromZero((sum / counted) * DECIMALS) / DECIMALS;
}

/** The newest bucket weighs most; silent ones take their weight with them. @see bucketing.go, WeightedFloat64Buckets */
function weighted({ sums }: Buckets, lastWrite: number, silent: number): number {
  const smoothing = Math.max(1 - pow(1 - COVERED_SHARE, 1 / sums.length), SMOOTHING_MIN);
  let weight = smoothing * (silent === 0 ? 1 : pow(1 - smoothing, silent));
  let sum = 0;
  for (let age = 0; age < sums.length - silent; age++) {
    sum += (sums[(lastWrite - age + sums.length) % sums.length] as number) * weight;
    weight *= 1 - smoothing;
  }
  return sum;
}

function started({ sums }: Buckets, now: number, value: number): Buckets {
  const fresh = new Array<number>(sums.length).fill(0);
  fresh[now % fresh.length] = value;
  return { sums: fresh, total: value, firstWrite: now, lastWrite: now };
}

function added(buckets: Buckets, bucket: number, value: number): Buckets {
  const sums = [...buckets.sums];
  const place = bucket % sums.length;
  sums[place] = (sums[place] as number) + value;
  return { ...buckets, sums, total: buckets.total + value };
}

function ordinal(unixSeconds: number, { granularitySeconds }: WindowShape): number {
  return Math.floor(unixSeconds / granularitySeconds);
}

/** Go's math.Round. */
function roundedAwayFromZero(value: number): number {
  return value < 0 ? -Math.round(-value) : Math.round(value);
}

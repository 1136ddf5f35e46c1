/** What a request itself knows of why it was late, apart from how many replicas there were. */
export type RequestHindrance =
  | "none"
  | "routing"
  | "coldReplica"
  | "ownLength"
  | "preemption"
  | "drainCut"
  | "fault"
  | "cascade"
  | "sharedGpu";
export const REQUEST_HINDRANCES: readonly RequestHindrance[] = [
  "none",
  "routing",
  "coldReplica",
  "ownLength",
  "preemption",
  "drainCut",
  "fault",
  "cascade",
  "sharedGpu",
];

/** Violated requests that are alike: arrived in the same time, violated for as long, with the same hindrance. */
export interface ViolatedSpan {
  readonly arrivalSeconds: number;
  readonly lengthSeconds: number;
  readonly hindrance: RequestHindrance;
  readonly requests: number;
}

export interface ViolatedSpansState {
  readonly unitSeconds: number;
  readonly keys: Float64Array;
  readonly counts: Float64Array;
}

/** Kinds kept before arrivals are put together in longer units: 2 MiB a deployment at most. */
const MAX_KINDS = 65_536;
/** Lengths up to this many seconds are exact; beyond, within 1/64. */
const EXACT_SECONDS = 64;
const LENGTHS = 1024;

/**
 * How many requests were late, from when on and for how long: all that is needed to say afterwards what they waited for. Memory is
 * bounded: where there are too many kinds, arrivals are told apart by 2 s, 4 s, …
 */
export class ViolatedSpans {
  private unitSeconds = 1;
  private counts = new Map<number, number>();
  private readonly maxKinds: number;

  /** @param maxKinds kinds kept, ≥ 1 */
  constructor(maxKinds: number = MAX_KINDS) {
    this.maxKinds = maxKinds;
  }

  /** @param untilSeconds end of the violated span, ≥ `arrivalSeconds` */
  add(arrivalSeconds: number, untilSeconds: number, hindrance: number): void {
    const first = Math.floor(arrivalSeconds);
    const length = lengthIndex(Math.max(1, Math.ceil(untilSeconds) - first));
    const key = (Math.floor(first / this.unitSeconds) * LENGTHS + length) * REQUEST_HINDRANCES.length + hindrance;
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
    while (this.counts.size > this.maxKinds) this.coarsen();
  }

  /** In order of arrival. */
  all(): readonly ViolatedSpan[] {
    return [...this.counts].sort(([a], [b]) => a - b).map(([key, requests]) => ({ ...this.read(key), requests }));
  }

  private read(key: number): Omit<ViolatedSpan, "requests"> {
    const hindrance = REQUEST_HINDRANCES[key % REQUEST_HINDRANCES.length] as RequestHindrance;
    const span = Math.floor(key / REQUEST_HINDRANCES.length);
    return { arrivalSeconds: Math.floor(span / LENGTHS) * this.unitSeconds, lengthSeconds: lengthAt(span % LENGTHS), hindrance };
  }

  private coarsen(): void {
    const row = LENGTHS * REQUEST_HINDRANCES.length;
    const merged = new Map<number, number>();
    for (const [key, count] of this.counts) {
      const coarse = Math.floor(Math.floor(key / row) / 2) * row + (key % row);
      merged.set(coarse, (merged.get(coarse) ?? 0) + count);
    }
    this.counts = merged;
    this.unitSeconds *= 2;
  }

  save(): ViolatedSpansState {
    return {
      unitSeconds: this.unitSeconds,
      keys: Float64Array.from(this.counts.keys()),
      counts: Float64Array.from(this.counts.values()),
    };
  }

  restore({ unitSeconds, keys, counts }: ViolatedSpansState): void {
    this.unitSeconds = unitSeconds;
    this.counts = new Map(Array.from(keys, (key, i) => [key, counts[i] as number]));
  }
}

/** Whole seconds as a small index: exact at first, then with seven leading bits. */
function lengthIndex(seconds: number): number {
  let mantissa = seconds;
  let exponent = 0;
  while (mantissa >= 2 * EXACT_SECONDS) {
    mantissa = Math.floor(mantissa / 2);
    exponent++;
  }
  return Math.min(exponent * EXACT_SECONDS + mantissa, LENGTHS - 1);
}

/** The least number of seconds with this index. */
function lengthAt(index: number): number {
  if (index < 2 * EXACT_SECONDS) return index;
  const exponent = Math.floor(index / EXACT_SECONDS) - 1;
  return (index - exponent * EXACT_SECONDS) * (1 << exponent);
}

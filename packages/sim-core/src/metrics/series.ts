import type { SeriesSlice } from "../domain/series-reader.ts";

const FIRST_CAPACITY = 32;

/** One time series; its storage grows at the end and forgets what is older than the retention. */
export class Series implements SeriesSlice {
  readonly labels: Readonly<Record<string, string>>;
  /** The labels as one string. */
  readonly key: string;
  times: Float64Array = new Float64Array(FIRST_CAPACITY);
  values: Float64Array = new Float64Array(FIRST_CAPACITY);
  stale: Uint8Array = new Uint8Array(FIRST_CAPACITY);
  /** The window of the selection under way. */
  from = 0;
  to = 0;
  readonly markers: number[] = [];
  private start = 0;
  private end = 0;
  private readonly dropPositions: number[] = [];
  /** Positions below this one have been looked at for drops. */
  private dropsKnown = 0;

  constructor(labels: Readonly<Record<string, string>>, key: string) {
    this.labels = labels;
    this.key = key;
  }

  append(timeSeconds: number, value: number, isStale: boolean, keepAfterSeconds: number): void {
    if (this.end === this.times.length) this.makeRoom(keepAfterSeconds);
    if (isStale) this.markers.push(this.end);
    this.times[this.end] = timeSeconds;
    this.values[this.end] = value;
    this.stale[this.end++] = isStale ? 1 : 0;
  }

  /** Sets the window to (afterSeconds, untilSeconds]; false when it is empty. */
  open(afterSeconds: number, untilSeconds: number): boolean {
    this.from = this.firstAfter(afterSeconds);
    this.to = this.firstAfter(untilSeconds);
    return this.from < this.to;
  }

  /** Looked for when asked: gauges, which fall all the time, are not asked about. */
  drops(): readonly number[] {
    const { values, dropPositions } = this;
    for (let i = Math.max(this.dropsKnown, this.start + 1); i < this.end; i++) {
      if ((values[i] as number) < (values[i - 1] as number)) dropPositions.push(i);
    }
    this.dropsKnown = this.end;
    return dropPositions;
  }

  get newestSeconds(): number {
    return this.end === this.start ? Number.NEGATIVE_INFINITY : (this.times[this.end - 1] as number);
  }

  save(): readonly [Float64Array, Float64Array, Uint8Array] {
    return [this.times.slice(this.start, this.end), this.values.slice(this.start, this.end), this.stale.slice(this.start, this.end)];
  }

  restore([times, values, stale]: readonly [Float64Array, Float64Array, Uint8Array]): void {
    times.forEach((time, i) => {
      this.append(time, values[i] as number, stale[i] === 1, Number.NEGATIVE_INFINITY);
    });
  }

  /** Position of the first sample after a time. */
  private firstAfter(timeSeconds: number): number {
    const { times, start, end } = this;
    // nearly every query looks at the newest sample, or at all there are
    if (end === start || (times[end - 1] as number) <= timeSeconds) return end;
    const first = times[start] as number;
    if (first > timeSeconds) return start;
    // scrapes are evenly spaced but for gaps: where the line through the ends says, it mostly is
    const share = (timeSeconds - first) / ((times[end - 1] as number) - first);
    const guess = start + 1 + Math.floor(share * (end - 1 - start));
    if (guess < end && (times[guess] as number) > timeSeconds && (times[guess - 1] as number) <= timeSeconds) return guess;
    return this.searchAfter(timeSeconds);
  }

  private searchAfter(timeSeconds: number): number {
    let low = this.start;
    let high = this.end;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.times[middle] as number) > timeSeconds) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  private makeRoom(keepAfterSeconds: number): void {
    this.start = this.firstAfter(keepAfterSeconds);
    const kept = this.end - this.start;
    if (kept * 2 > this.times.length) {
      const capacity = this.times.length * 2;
      this.times = grown(this.times, new Float64Array(capacity));
      this.values = grown(this.values, new Float64Array(capacity));
      this.stale = grown(this.stale, new Uint8Array(capacity));
    }
    for (const column of [this.times, this.values, this.stale]) column.copyWithin(0, this.start, this.end);
    moveDown(this.markers, this.start);
    moveDown(this.dropPositions, this.start);
    this.dropsKnown = Math.max(0, this.dropsKnown - this.start);
    this.start = 0;
    this.end = kept;
  }
}

/** Positions after the storage has lost its first `by` places. */
function moveDown(positions: number[], by: number): void {
  let kept = 0;
  for (const position of positions) if (position >= by) positions[kept++] = position - by;
  positions.length = kept;
}

function grown<A extends Float64Array | Uint8Array>(from: A, to: A): A {
  to.set(from);
  return to;
}

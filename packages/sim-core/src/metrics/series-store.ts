import type { LabelMatcher, SeriesReader, SeriesSlice } from "../domain/series-reader.ts";

/** One time series; its storage grows at the end and forgets what is older than the retention. */
class Series implements SeriesSlice {
  readonly labels: Readonly<Record<string, string>>;
  /** The labels as one string. */
  readonly key: string;
  times: Float64Array = new Float64Array(32);
  values: Float64Array = new Float64Array(32);
  stale: Uint8Array = new Uint8Array(32);
  /** The window of the selection under way. */
  from = 0;
  to = 0;
  private start = 0;
  private end = 0;

  constructor(labels: Readonly<Record<string, string>>, key: string) {
    this.labels = labels;
    this.key = key;
  }

  append(timeSeconds: number, value: number, isStale: boolean, keepAfterSeconds: number): void {
    if (this.end === this.times.length) this.makeRoom(keepAfterSeconds);
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

  private firstAfter(timeSeconds: number): number {
    // nearly every query looks at the newest sample, or at all there are
    if (this.end === this.start || (this.times[this.end - 1] as number) <= timeSeconds) return this.end;
    if ((this.times[this.start] as number) > timeSeconds) return this.start;
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
    this.start = 0;
    this.end = kept;
  }
}

function grown<A extends Float64Array | Uint8Array>(from: A, to: A): A {
  to.set(from);
  return to;
}

export type { Series };

export interface SeriesStoreState {
  readonly series: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly samples: readonly [Float64Array, Float64Array, Uint8Array];
  }[];
  /** Positions of the series that have ended for good. */
  readonly ended: readonly number[];
}

/** Scraped series, kept for a while. */
export class SeriesStore implements SeriesReader {
  private readonly retentionSeconds: number;
  private all: Series[] = [];
  private readonly byName = new Map<string, Series[]>();
  private readonly byKey = new Map<string, Series>();
  /** Series that will not begin again, oldest end first. */
  private ended: Series[] = [];
  private generation = 0;
  private readonly selections = new WeakMap<readonly LabelMatcher[], { generation: number; series: Series[] }>();

  /** @param retentionSeconds age beyond which samples may be forgotten */
  constructor(retentionSeconds: number) {
    this.retentionSeconds = retentionSeconds;
  }

  /** The series of these labels (`__name__` included), made when new. */
  series(labels: Readonly<Record<string, string>>): Series {
    const key = keyOf(labels);
    const known = this.byKey.get(key);
    if (known !== undefined) return known;
    const created = new Series(labels, key);
    this.adopt(created);
    return created;
  }

  append(series: Series, timeSeconds: number, value: number): void {
    series.append(timeSeconds, value, false, timeSeconds - this.retentionSeconds);
  }

  /**
   * Marks that the series has ended: instant queries no longer see it. `isFinal`: it will not begin again and may be
   * forgotten once its samples are old, because pods come and go for as long as the run lasts.
   */
  endSeries(series: Series, timeSeconds: number, isFinal: boolean): void {
    series.append(timeSeconds, Number.NaN, true, timeSeconds - this.retentionSeconds);
    if (isFinal) this.ended.push(series);
  }

  forgetEnded(nowSeconds: number): void {
    const limit = nowSeconds - this.retentionSeconds;
    if (this.ended.length === 0 || (this.ended[0] as Series).newestSeconds >= limit) return;
    const old = new Set(this.ended.filter((series) => series.newestSeconds < limit));
    const isKept = (series: Series): boolean => !old.has(series);
    this.ended = this.ended.filter(isKept);
    this.all = this.all.filter(isKept);
    for (const { key } of old) this.byKey.delete(key);
    for (const name of new Set([...old].map(nameOf))) this.byName.set(name, (this.byName.get(name) ?? []).filter(isKept));
    this.generation++;
  }

  select(matchers: readonly LabelMatcher[], afterSeconds: number, untilSeconds: number): readonly SeriesSlice[] {
    const found: SeriesSlice[] = [];
    for (const series of this.matching(matchers)) if (series.open(afterSeconds, untilSeconds)) found.push(series);
    return found;
  }

  save(): SeriesStoreState {
    return {
      series: this.all.map((series) => ({ labels: series.labels, samples: series.save() })),
      ended: this.ended.map((series) => this.all.indexOf(series)),
    };
  }

  restore(state: SeriesStoreState): void {
    const all = state.series.map(({ labels, samples }) => {
      const series = new Series(labels, keyOf(labels));
      series.restore(samples);
      return series;
    });
    this.adoptAll(all);
    this.ended = state.ended.map((position) => all[position] as Series);
  }

  private adoptAll(all: readonly Series[]): void {
    this.all = [];
    this.byName.clear();
    this.byKey.clear();
    for (const series of all) this.adopt(series);
  }

  private adopt(series: Series): void {
    const name = nameOf(series);
    this.byKey.set(series.key, series);
    this.all.push(series);
    const named = this.byName.get(name);
    if (named === undefined) this.byName.set(name, [series]);
    else named.push(series);
    this.generation++;
  }

  /** A parsed query hands in the same matchers each time: the series they match change only when series come or go. */
  private matching(matchers: readonly LabelMatcher[]): readonly Series[] {
    const cached = this.selections.get(matchers);
    if (cached !== undefined && cached.generation === this.generation) return cached.series;
    const name = matchers.find((matcher) => matcher.name === "__name__" && matcher.op === "=");
    const candidates = name === undefined ? this.all : (this.byName.get(name.value) ?? []);
    const tests = matchers.map(testOf);
    const series = candidates.filter((candidate) => tests.every((test) => test(candidate.labels)));
    this.selections.set(matchers, { generation: this.generation, series });
    return series;
  }
}

const nameOf = ({ labels }: Series): string => labels["__name__"] as string;

function testOf({ name, op, value }: LabelMatcher): (labels: Readonly<Record<string, string>>) => boolean {
  const isEqual = op === "=" || op === "!=";
  const isWanted = op === "=" || op === "=~";
  const pattern = isEqual ? undefined : new RegExp(`^(?:${value})$`, "su");
  return (labels) => {
    const actual = labels[name] ?? "";
    return (pattern === undefined ? actual === value : pattern.test(actual)) === isWanted;
  };
}

function keyOf(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

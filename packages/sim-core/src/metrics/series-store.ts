import type { LabelMatcher, SeriesHistory, SeriesReader, SeriesSlice } from "../domain/series-reader.ts";
import { LabelIndex } from "./label-index.ts";
import { Series } from "./series.ts";

export type { Series };

export interface SeriesStoreState {
  readonly series: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly samples: readonly [Float64Array, Float64Array, Uint8Array];
  }[];
  /** Positions of the series that have ended for good. */
  readonly ended: readonly number[];
}

/** What some matchers have selected, and how far they have looked. */
interface Selection {
  readonly candidates: readonly Series[];
  readonly tests: readonly LabelTest[];
  readonly series: Series[];
  /** Candidates looked at: a list only grows, or is replaced. */
  seen: number;
}

type LabelTest = (labels: Readonly<Record<string, string>>) => boolean;

/** Scraped series, kept for a while. */
export class SeriesStore implements SeriesReader {
  history: SeriesHistory & { version: number; newestSeconds: number } = { version: 0, newestSeconds: Number.NEGATIVE_INFINITY };
  private readonly retentionSeconds: number;
  private readonly index = new LabelIndex();
  private readonly byKey = new Map<string, Series>();
  /** Series that will not begin again, oldest end first. */
  private ended: Series[] = [];
  private readonly selections = new WeakMap<readonly LabelMatcher[], Selection>();

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
    this.note(timeSeconds);
    series.append(timeSeconds, value, false, timeSeconds - this.retentionSeconds);
  }

  /**
   * Marks that the series has ended: instant queries no longer see it. `isFinal`: it will not begin again and may be
   * forgotten once its samples are old, because pods come and go for as long as the run lasts.
   */
  endSeries(series: Series, timeSeconds: number, isFinal: boolean): void {
    this.note(timeSeconds);
    series.append(timeSeconds, Number.NaN, true, timeSeconds - this.retentionSeconds);
    if (isFinal) this.ended.push(series);
  }

  forgetEnded(nowSeconds: number): void {
    const limit = nowSeconds - this.retentionSeconds;
    if (this.ended.length === 0 || (this.ended[0] as Series).newestSeconds >= limit) return;
    const old = new Set(this.ended.filter((series) => series.newestSeconds < limit));
    this.ended = this.ended.filter((series) => !old.has(series));
    for (const { key } of old) this.byKey.delete(key);
    this.index.remove(old);
    this.history.version++;
  }

  select(matchers: readonly LabelMatcher[], afterSeconds: number, untilSeconds: number): readonly SeriesSlice[] {
    const found: SeriesSlice[] = [];
    for (const series of this.matching(matchers)) if (series.open(afterSeconds, untilSeconds)) found.push(series);
    return found;
  }

  save(): SeriesStoreState {
    const { series: all } = this.index;
    const positions = new Map(all.map((series, position) => [series, position]));
    return {
      series: all.map((series) => ({ labels: series.labels, samples: series.save() })),
      ended: this.ended.map((series) => positions.get(series) as number),
    };
  }

  restore(state: SeriesStoreState): void {
    this.index.clear();
    this.byKey.clear();
    const all = state.series.map(({ labels, samples }) => {
      const series = new Series(labels, keyOf(labels));
      series.restore(samples);
      this.adopt(series);
      return series;
    });
    this.ended = state.ended.map((position) => all[position] as Series);
    const newestSeconds = all.reduce((newest, series) => Math.max(newest, series.newestSeconds), Number.NEGATIVE_INFINITY);
    this.history = { version: 0, newestSeconds };
  }

  private note(timeSeconds: number): void {
    const { history } = this;
    history.version++;
    if (timeSeconds > history.newestSeconds) history.newestSeconds = timeSeconds;
  }

  private adopt(series: Series): void {
    this.byKey.set(series.key, series);
    this.index.add(series);
    this.history.version++;
  }

  /** A parsed query hands in the same matchers each time: of the series, only those that came since have to be looked at. */
  private matching(matchers: readonly LabelMatcher[]): readonly Series[] {
    let selection = this.selections.get(matchers);
    const candidates = this.index.candidates(matchers);
    if (candidates === undefined) return [];
    if (selection?.candidates !== candidates) {
      selection = { candidates, tests: matchers.map(testOf), series: [], seen: 0 };
      this.selections.set(matchers, selection);
    }
    for (; selection.seen < candidates.length; selection.seen++) {
      const candidate = candidates[selection.seen] as Series;
      if (selection.tests.every((test) => test(candidate.labels))) selection.series.push(candidate);
    }
    return selection.series;
  }
}

function testOf({ name, op, value }: LabelMatcher): LabelTest {
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

import type { LabelMatcher, Labels, SeriesHistory, SeriesReader, SeriesSlice } from "../series.ts";

class GrowingSeries implements SeriesSlice {
  readonly labels: Labels;
  times: Float64Array = new Float64Array(2048);
  values: Float64Array = new Float64Array(2048);
  stale: Uint8Array = new Uint8Array(2048);
  from = 0;
  to = 0;
  end = 0;
  readonly markers: number[] = [];
  isEnded = false;

  constructor(labels: Labels) {
    this.labels = labels;
  }

  append(timeSeconds: number, value: number | "stale"): void {
    this.times[this.end] = timeSeconds;
    this.values[this.end] = value === "stale" ? Number.NaN : value;
    if (value === "stale") this.markers.push(this.end);
    this.stale[this.end++] = value === "stale" ? 1 : 0;
  }

  drops(): readonly number[] {
    const positions = Array.from({ length: this.end }, (_, i) => i);
    return positions.filter((i) => i > 0 && (this.values[i] as number) < (this.values[i - 1] as number));
  }
}

/** Series that grow while queries are asked about them, for tests. */
export class GrowingWorld implements SeriesReader {
  history: SeriesHistory & { version: number; newestSeconds: number } = { version: 0, newestSeconds: Number.NEGATIVE_INFINITY };
  private readonly byKey = new Map<string, GrowingSeries>();

  append(labels: Labels, timeSeconds: number, value: number | "stale"): void {
    const key = JSON.stringify(labels);
    const series = this.byKey.get(key) ?? new GrowingSeries(labels);
    this.byKey.set(key, series);
    series.append(timeSeconds, value);
    this.history.version++;
    this.history.newestSeconds = timeSeconds;
  }

  select(matchers: readonly LabelMatcher[], afterSeconds: number, untilSeconds: number): SeriesSlice[] {
    const found: SeriesSlice[] = [];
    for (const series of this.byKey.values()) {
      if (!matchers.every(({ name, op, value }) => ((series.labels[name] ?? "") === value) === (op === "="))) continue;
      series.from = firstAfter(series, afterSeconds);
      series.to = firstAfter(series, untilSeconds);
      if (series.from < series.to) found.push(series);
    }
    return found;
  }
}

function firstAfter({ times, end }: GrowingSeries, timeSeconds: number): number {
  let position = 0;
  while (position < end && (times[position] as number) <= timeSeconds) position++;
  return position;
}

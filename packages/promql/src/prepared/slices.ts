import type { VectorSelector } from "../ast.ts";
import type { Evaluation } from "../evaluation.ts";
import { hasMarkers } from "../selectors.ts";
import type { Labels, SeriesSlice } from "../series.ts";

/** Selects a selector's series; what its regular expressions say of a series is remembered by its place. */
export class SliceReader {
  private readonly selector: VectorSelector;
  private readonly judged: Labels[] = [];
  private readonly verdicts: boolean[] = [];

  constructor(selector: VectorSelector) {
    this.selector = selector;
  }

  select(afterSeconds: number, untilSeconds: number, { query, reader }: Evaluation): readonly SeriesSlice[] {
    const compiled = query.selectors.get(this.selector);
    if (!compiled) throw new Error("selector of another query");
    return reader.select(compiled.equalities, afterSeconds, untilSeconds);
  }

  /** Whether the regular expressions accept the series at this place. */
  accepts(slice: SeriesSlice, place: number, { query }: Evaluation): boolean {
    const test = query.selectors.get(this.selector)?.matchesPatterns;
    if (test === undefined) return true;
    if (this.judged[place] === slice.labels) return this.verdicts[place] === true;
    const verdict = test(slice.labels);
    this.judged[place] = slice.labels;
    this.verdicts[place] = verdict;
    return verdict;
  }
}

/** Whether there is a staleness marker in the window. */
export function isMarked(slice: SeriesSlice): boolean {
  const { markers, from, to } = slice;
  if (markers === undefined) return hasMarkers(slice);
  for (let i = markers.length - 1; i >= 0; i--) {
    const position = markers[i] as number;
    if (position < from) return false;
    if (position < to) return true;
  }
  return false;
}

/** Number of drops between samples of the window, and what the series had reached before them, added up in order. */
export function dropsWithin(slice: SeriesSlice, into: { count: number; dropped: number }): void {
  const { values, from, to } = slice;
  into.count = 0;
  into.dropped = 0;
  const drops = slice.drops?.() ?? [];
  let first = drops.length;
  while (first > 0 && (drops[first - 1] as number) > from) first--;
  for (let i = first; i < drops.length; i++) {
    const position = drops[i] as number;
    if (position >= to) return;
    into.count++;
    into.dropped += values[position - 1] as number;
  }
}

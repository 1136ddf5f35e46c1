import type { RangeSelector, Subquery, TimeShift, VectorSelector } from "./ast.ts";
import type { Evaluation } from "./evaluation.ts";
import type { Labels, SeriesSlice } from "./series.ts";
import { fromEpochMilliseconds, snapSeconds, toEpochMilliseconds } from "./time.ts";
import { emptyVector, push, type Vector, type Window } from "./value.ts";

/** Receives one series of a range vector; the window is valid only during the call. */
export type VisitWindow = (labels: Labels, window: Window) => void;

/** The instant a selector or subquery looks at: `@` first, then the offset. */
export function shiftTime({ at, offsetSeconds }: TimeShift, timeSeconds: number, evaluation: Evaluation): number {
  let time = timeSeconds;
  if (at === "evaluation") time = evaluation.timeSeconds;
  else if (at) time = fromEpochMilliseconds(Math.round(at.epochSeconds * 1000), evaluation.clock);
  return offsetSeconds === undefined ? time : snapSeconds(time - offsetSeconds);
}

/** The newest sample of each matching series within the lookback, unless it is a staleness marker. */
export function readInstant(selector: VectorSelector, timeSeconds: number, evaluation: Evaluation): Vector {
  return readNewest(selector, timeSeconds, evaluation, (slice, index) => slice.values[index] ?? Number.NaN);
}

/** As {@link readInstant}, but with the samples' times, seconds since the start of the run, for values. */
export function readInstantTimes(selector: VectorSelector, timeSeconds: number, evaluation: Evaluation): Vector {
  return readNewest(selector, timeSeconds, evaluation, (slice, index) => slice.times[index] ?? Number.NaN);
}

function readNewest(
  selector: VectorSelector,
  timeSeconds: number,
  evaluation: Evaluation,
  read: (slice: SeriesSlice, index: number) => number,
): Vector {
  const until = shiftTime(selector, timeSeconds, evaluation);
  const vector = emptyVector();
  for (const slice of select(selector, snapSeconds(until - evaluation.lookbackSeconds), until, evaluation)) {
    const index = slice.to - 1;
    if (index < slice.from || slice.stale[index] === 1) continue;
    noteSample(slice.times[index], evaluation);
    push(vector, slice.labels, read(slice, index));
  }
  return vector;
}

/** Hands every series with samples in the range to `visit`. */
export function visitWindows(expression: RangeSelector | Subquery, timeSeconds: number, evaluation: Evaluation, visit: VisitWindow): void {
  const endSeconds = shiftTime(expression, timeSeconds, evaluation);
  const startSeconds = snapSeconds(endSeconds - expression.rangeSeconds);
  const window: Window = { times: [], values: [], from: 0, to: 0, startSeconds, endSeconds };
  if (expression.kind === "subquery") visitSubquery(expression, window, evaluation, visit);
  else visitRange(expression.selector, window, evaluation, visit);
}

function visitRange(selector: VectorSelector, window: Window, evaluation: Evaluation, visit: VisitWindow): void {
  for (const slice of select(selector, window.startSeconds, window.endSeconds, evaluation)) {
    if (hasMarkers(slice)) copyWithoutMarkers(slice, window);
    else {
      window.times = slice.times;
      window.values = slice.values;
      window.from = slice.from;
      window.to = slice.to;
    }
    if (window.to === window.from) continue;
    noteSample(window.times[window.to - 1], evaluation);
    visit(slice.labels, window);
  }
}

export function hasMarkers({ stale, from, to }: SeriesSlice): boolean {
  for (let index = from; index < to; index++) if (stale[index] === 1) return true;
  return false;
}

export function copyWithoutMarkers({ times, values, stale, from, to }: SeriesSlice, window: Window): void {
  const keptTimes: number[] = [];
  const keptValues: number[] = [];
  for (let index = from; index < to; index++) {
    if (stale[index] === 1) continue;
    keptTimes.push(times[index] ?? Number.NaN);
    keptValues.push(values[index] ?? Number.NaN);
  }
  window.times = keptTimes;
  window.values = keptValues;
  window.from = 0;
  window.to = keptTimes.length;
}

/** Evaluates the inner expression at the multiples of the step, counted from the epoch, that lie in the range. */
function visitSubquery(subquery: Subquery, window: Window, evaluation: Evaluation, visit: VisitWindow): void {
  const step = Math.round((subquery.stepSeconds ?? evaluation.subqueryStepSeconds) * 1000);
  const start = toEpochMilliseconds(window.startSeconds, evaluation.clock);
  const end = toEpochMilliseconds(window.endSeconds, evaluation.clock);
  const collected = new Map<Labels, { readonly times: number[]; readonly values: number[] }>();
  for (let grid = (Math.floor(start / step) + 1) * step; grid <= end; grid += step) {
    const time = fromEpochMilliseconds(grid, evaluation.clock);
    const { labels, values } = evaluation.inside(subquery, time);
    for (let element = 0; element < labels.length; element++) {
      const key = evaluation.query.store.intern(labels[element] ?? {});
      let series = collected.get(key);
      if (!series) {
        series = { times: [], values: [] };
        collected.set(key, series);
      }
      series.times.push(time);
      series.values.push(values[element] ?? Number.NaN);
    }
  }
  for (const [labels, { times, values }] of collected) {
    window.times = times;
    window.values = values;
    window.from = 0;
    window.to = times.length;
    visit(labels, window);
  }
}

function select(selector: VectorSelector, afterSeconds: number, untilSeconds: number, evaluation: Evaluation): readonly SeriesSlice[] {
  const compiled = evaluation.query.selectors.get(selector);
  if (!compiled) throw new Error("selector of another query");
  const slices = evaluation.reader.select(compiled.equalities, afterSeconds, untilSeconds);
  const { matchesPatterns } = compiled;
  return matchesPatterns ? slices.filter((slice) => matchesPatterns(slice.labels)) : slices;
}

export function noteSample(time: number | undefined, evaluation: Evaluation): void {
  if (time !== undefined && time > evaluation.newestSampleSeconds) evaluation.newestSampleSeconds = time;
}

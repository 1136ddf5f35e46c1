import type { Call, RangeSelector } from "../ast.ts";
import type { Evaluation } from "../evaluation.ts";
import { requireFactors, scalarArguments } from "../functions/call.ts";
import { NAME_KEEPING, RANGE_FUNCTIONS, type RangeContext, type RangeFunction } from "../functions/range-functions.ts";
import { extrapolate, type RateKind } from "../functions/rate.ts";
import { copyWithoutMarkers, noteSample, shiftTime } from "../selectors.ts";
import type { SeriesSlice } from "../series.ts";
import { snapSeconds } from "../time.ts";
import type { Vector, Window } from "../value.ts";
import { VectorBuffer } from "./buffer.ts";
import { SlidingExtreme } from "./extreme.ts";
import { UnnamedLabels } from "./mapping.ts";
import type { Part } from "./part.ts";
import { dropsWithin, isMarked, SliceReader } from "./slices.ts";

const COUNTERS: ReadonlyMap<string, RateKind> = new Map([
  ["rate", { counter: true, perSecond: true }],
  ["increase", { counter: true, perSecond: false }],
]);

/** A function of the samples in a range, series by series. */
export class RangePart implements Part {
  private readonly call: Call;
  private readonly range: RangeSelector;
  private readonly apply: RangeFunction;
  private readonly counter: RateKind | undefined;
  private readonly extreme: SlidingExtreme | undefined;
  private readonly slices: SliceReader;
  private readonly buffer = new VectorBuffer();
  private readonly unnamed = new UnnamedLabels();
  private readonly window: Window = { times: [], values: [], from: 0, to: 0, startSeconds: 0, endSeconds: 0 };
  private readonly drops = { count: 0, dropped: 0 };

  constructor(call: Call, range: RangeSelector) {
    const apply = RANGE_FUNCTIONS.get(call.name);
    if (apply === undefined) throw new Error(`no range function: ${call.name}`);
    this.call = call;
    this.range = range;
    this.apply = apply;
    this.counter = COUNTERS.get(call.name);
    const isExtreme = call.name === "max_over_time" || call.name === "min_over_time";
    this.extreme = isExtreme ? new SlidingExtreme(call.name === "max_over_time") : undefined;
    this.slices = new SliceReader(range.selector);
  }

  evaluate(timeSeconds: number, evaluation: Evaluation): Vector {
    const { call, buffer, window, slices } = this;
    const scalars = scalarArguments(call, timeSeconds, evaluation);
    if (call.name === "double_exponential_smoothing") requireFactors(call, scalars);
    const context = { scalars, timeSeconds, clock: evaluation.clock };
    window.endSeconds = shiftTime(this.range, timeSeconds, evaluation);
    window.startSeconds = snapSeconds(window.endSeconds - this.range.rangeSeconds);
    const selected = slices.select(window.startSeconds, window.endSeconds, evaluation);
    buffer.begin();
    for (let place = 0; place < selected.length; place++) {
      const slice = selected[place];
      if (slice === undefined || !slices.accepts(slice, place, evaluation)) continue;
      const value = this.valueOf(slice, place, context, evaluation);
      if (value !== undefined) buffer.push(slice.labels, value);
    }
    const { labels, values } = buffer.finish();
    if (NAME_KEEPING.has(call.name)) return { labels, values };
    return { labels: this.unnamed.of(labels, call, evaluation), values };
  }

  private valueOf(slice: SeriesSlice, place: number, context: RangeContext, evaluation: Evaluation): number | undefined {
    const { window } = this;
    const marked = isMarked(slice);
    if (marked) copyWithoutMarkers(slice, window);
    else {
      window.times = slice.times;
      window.values = slice.values;
      window.from = slice.from;
      window.to = slice.to;
    }
    if (window.to === window.from) return undefined;
    noteSample(window.times[window.to - 1], evaluation);
    if (marked) return this.apply(window, context);
    if (this.counter !== undefined && slice.drops !== undefined) {
      dropsWithin(slice, this.drops);
      return extrapolate(window, this.counter, this.drops.dropped);
    }
    if (this.extreme !== undefined && evaluation.reader.history !== undefined) return this.extreme.read(slice, place, window);
    return this.apply(window, context);
  }
}

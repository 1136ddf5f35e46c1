import { type Clock, toEpochSeconds } from "../time.ts";
import type { Window } from "../value.ts";
import { extremeIndex, medianDeviation, samplesOf, sumOverTime } from "./over-time.ts";
import { quantileOf } from "./quantile.ts";
import { countChanges, countResets, extrapolatedChange, lastChange } from "./rate.ts";
import { fitLine, smoothTwice } from "./regression.ts";
import { meanOf } from "./sums.ts";
import { varianceOverTime } from "./variance.ts";

/** What a range function may use beside the samples. */
export interface RangeContext {
  /** The function's scalar arguments, in order. */
  readonly scalars: readonly number[];
  /** The instant the function is evaluated at, seconds since the start of the run. */
  readonly timeSeconds: number;
  readonly clock: Clock;
}

/** A function of one series' samples in a range, at least one; undefined when the result has no element for it. */
export type RangeFunction = (window: Window, context: RangeContext) => number | undefined;

/** Functions that give each series its own result, by name. */
export const RANGE_FUNCTIONS: ReadonlyMap<string, RangeFunction> = new Map<string, RangeFunction>([
  ["rate", (window) => extrapolatedChange(window, { counter: true, perSecond: true })],
  ["increase", (window) => extrapolatedChange(window, { counter: true, perSecond: false })],
  ["delta", (window) => extrapolatedChange(window, { counter: false, perSecond: false })],
  ["irate", (window) => lastChange(window, true)],
  ["idelta", (window) => lastChange(window, false)],
  ["changes", countChanges],
  ["resets", countResets],
  ["deriv", (window) => fitLine(window, window.times[window.from] ?? Number.NaN)?.slope],
  ["predict_linear", predictLinear],
  [
    "double_exponential_smoothing",
    (window, { scalars: [smoothing = Number.NaN, trend = Number.NaN] }) => smoothTwice(window, { smoothing, trend }),
  ],
  ["avg_over_time", ({ values, from, to }) => meanOf(values, from, to)],
  ["sum_over_time", sumOverTime],
  ["count_over_time", ({ from, to }) => to - from],
  ["min_over_time", (window) => window.values[extremeIndex(window, false)]],
  ["max_over_time", (window) => window.values[extremeIndex(window, true)]],
  ["last_over_time", ({ values, to }) => values[to - 1]],
  ["first_over_time", ({ values, from }) => values[from]],
  ["present_over_time", () => 1],
  ["stddev_over_time", ({ values, from, to }) => Math.sqrt(varianceOverTime(values, from, to))],
  ["stdvar_over_time", ({ values, from, to }) => varianceOverTime(values, from, to)],
  ["quantile_over_time", (window, { scalars }) => quantileOf(scalars[0] ?? Number.NaN, samplesOf(window))],
  ["mad_over_time", medianDeviation],
  ["ts_of_min_over_time", (window, { clock }) => epochOf(window, extremeIndex(window, false), clock)],
  ["ts_of_max_over_time", (window, { clock }) => epochOf(window, extremeIndex(window, true), clock)],
  ["ts_of_first_over_time", (window, { clock }) => epochOf(window, window.from, clock)],
  ["ts_of_last_over_time", (window, { clock }) => epochOf(window, window.to - 1, clock)],
]);

/** Range functions whose results keep the metric name. */
export const NAME_KEEPING: ReadonlySet<string> = new Set(["last_over_time", "first_over_time"]);

function predictLinear(window: Window, { scalars, timeSeconds }: RangeContext): number | undefined {
  const line = fitLine(window, timeSeconds);
  return line && line.slope * (scalars[0] ?? Number.NaN) + line.intercept;
}

function epochOf({ times }: Window, index: number, clock: Clock): number {
  return toEpochSeconds(times[index] ?? Number.NaN, clock);
}

/** A gauge's values as steps: each holds until the next. Times in seconds, ascending. */
export type Steps = readonly (readonly [seconds: number, value: number])[];

export type AggregationFunction = "mean" | "max" | "min";

/** Times are kept to hundredths of a second. @see ray python/ray/serve/_private/metrics_utils.py */
const HUNDREDTHS = 100;

/**
 * The sum of several gauges at every moment. A single one stays as it is.
 * @see ray 2.60 python/ray/serve/_private/metrics_utils.py, merge_instantaneous_total
 */
export function mergeInstantaneousTotal(series: readonly Steps[]): Steps {
  const active = series.filter((steps) => steps.length > 0);
  if (active.length <= 1) return active[0] ?? [];
  const points = active.flatMap((steps, source) => steps.map(([seconds, value]) => ({ seconds, value, source })));
  points.sort((a, b) => a.seconds - b.seconds || a.source - b.source);
  const current = new Array<number>(active.length).fill(0);
  const merged: [number, number][] = [];
  let total = 0;
  for (const { seconds, value, source } of points) {
    const old = current[source] as number;
    if (value === old) continue;
    current[source] = value;
    total += value - old;
    const at = rounded(seconds);
    const last = merged.at(-1);
    if (last?.[0] === at) last[1] = total;
    else merged.push([at, total]);
  }
  return merged;
}

/** Steps from a moment on, reduced to what does not change while the last one lasts. */
export type Reduced = {
  /** Σ value × seconds up to the last step, and those seconds. */
  readonly weighted: number;
  readonly seconds: number;
  readonly lastSeconds: number;
  readonly lastValue: number;
  /** Extremes of the steps that begin in the window; null: none does. */
  readonly largest: number | null;
  readonly smallest: number | null;
};

/** @returns undefined without steps. @param fromSeconds - start of the window. @see metrics_utils.py, time_weighted_average */
export function reduceSteps(steps: Steps, fromSeconds: number): Reduced | undefined {
  if (steps.length === 0) return undefined;
  let lastValue = 0;
  let lastSeconds = fromSeconds;
  let weighted = 0;
  let seconds = 0;
  let largest: number | null = null;
  let smallest: number | null = null;
  for (const [at, value] of steps) {
    if (at > lastSeconds) {
      weighted += lastValue * (at - lastSeconds);
      seconds += at - lastSeconds;
      lastSeconds = at;
    }
    lastValue = value;
    if (at < fromSeconds) continue;
    largest = Math.max(largest ?? value, value);
    smallest = Math.min(smallest ?? value, value);
  }
  return { weighted, seconds, lastSeconds, lastValue, largest, smallest };
}

/** The window's load when the last step has lasted up to a moment; undefined for an empty window. */
export function aggregate(reduced: Reduced, how: AggregationFunction, endSeconds: number): number | undefined {
  if (how !== "mean") return (how === "max" ? reduced.largest : reduced.smallest) ?? undefined;
  const rest = Math.max(0, endSeconds - reduced.lastSeconds);
  const seconds = reduced.seconds + rest;
  return seconds > 0 ? (reduced.weighted + reduced.lastValue * rest) / seconds : undefined;
}

/** To hundredths, halves upwards. */
function rounded(seconds: number): number {
  return Math.floor(seconds * HUNDREDTHS + 0.5) / HUNDREDTHS;
}

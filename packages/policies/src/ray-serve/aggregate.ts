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

/** What the steps are from a moment on. @param startSeconds - undefined: the first step @param lastSeconds - how long the last step lasts */
export function aggregateSteps(
  steps: Steps,
  how: AggregationFunction,
  { startSeconds, lastSeconds }: { readonly startSeconds?: number | undefined; readonly lastSeconds: number },
): number | undefined {
  const [first, last] = [steps[0], steps.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const from = startSeconds ?? first[0];
  const end = last[0] + lastSeconds;
  if (how === "mean") return timeWeightedAverage(steps, from, end);
  let value: number | undefined;
  const better = (other: number): boolean => value === undefined || (how === "max" ? other > value : other < value);
  for (const [seconds, one] of steps) {
    if (seconds < from) continue;
    if (better(one)) value = one;
  }
  return value;
}

/** @returns undefined for an empty window. @see metrics_utils.py, time_weighted_average */
export function timeWeightedAverage(steps: Steps, fromSeconds: number, endSeconds: number): number | undefined {
  let value = 0;
  let since = fromSeconds;
  let weighted = 0;
  let duration = 0;
  const close = (until: number): void => {
    if (until <= since) return;
    weighted += value * (until - since);
    duration += until - since;
    since = until;
  };
  for (const [seconds, next] of steps) {
    if (seconds > fromSeconds) {
      if (seconds >= endSeconds) break;
      close(seconds);
    }
    value = next;
  }
  close(endSeconds);
  return duration > 0 ? weighted / duration : undefined;
}

/** To hundredths, halves upwards. */
function rounded(seconds: number): number {
  return Math.floor(seconds * HUNDREDTHS + 0.5) / HUNDREDTHS;
}

import type { DeploymentCapacity, WorkWeights } from "./capacity-table.ts";
import type { StepSeries } from "./result.ts";

/** Replicas required over time: each entry holds from its time (integer microseconds since the start) until the next. Starts at 0. */
export type RequiredSteps = readonly (readonly [fromMicroseconds: number, replicas: number])[];

export interface RequiredOptions {
  /** Work of first attempts that arrived in each second of the run, in requests of mean work; bin s covers [s, s + 1). */
  readonly offeredWork: Float64Array;
  /** Length of the run, seconds > 0; the last bin may be a part of a second. */
  readonly durationSeconds: number;
  /** Width of the centred window of λ, seconds > 0; cut at the ends of the run. */
  readonly windowSeconds: number;
  readonly capacity: DeploymentCapacity;
}

const MICROSECONDS = 1_000_000;

/** Work of one request in units of the mean of its mix. @see {@link WorkWeights} */
export function requestWork(weights: WorkWeights, promptTokens: number, outputTokens: number): number {
  return (
    weights.perRequest +
    weights.perPromptToken * promptTokens +
    weights.perOutputToken * outputTokens +
    weights.perPromptTokenSquared * promptTokens * promptTokens +
    weights.perContextToken * outputTokens * (promptTokens + outputTokens / 2)
  );
}

/**
 * λ at the middle of each second: the work offered in a window centred there ÷ the part of the window that lies
 * within the run. Work counts as spread evenly over its bin; a window that touches no work gives exactly 0.
 *
 * @returns requests of mean work per second, one value per started second of the run
 */
export function offeredLoad({ offeredWork, durationSeconds, windowSeconds }: Omit<RequiredOptions, "capacity">): Float64Array {
  const bins = Math.ceil(durationSeconds);
  const work = new Float64Array(bins + 1);
  const busy = new Int32Array(bins + 1);
  for (let s = 0; s < bins; s++) {
    const offered = offeredWork[s] ?? 0;
    work[s + 1] = (work[s] as number) + offered;
    busy[s + 1] = (busy[s] as number) + (offered > 0 ? 1 : 0);
  }
  const load = new Float64Array(bins);
  for (let s = 0; s < bins; s++) {
    const middle = (s + Math.min(s + 1, durationSeconds)) / 2;
    const from = Math.max(0, middle - windowSeconds / 2);
    const to = Math.min(durationSeconds, middle + windowSeconds / 2);
    // Counting busy bins keeps the rounding of a difference of sums from posing as load.
    if (busy[Math.ceil(to)] === busy[Math.floor(from)]) continue;
    load[s] = (cumulative(work, to, durationSeconds) - cumulative(work, from, durationSeconds)) / (to - from);
  }
  return load;
}

/** Work offered in [0, at), linear within a bin; the last bin ends with the run. */
function cumulative(work: Float64Array, at: number, durationSeconds: number): number {
  const bin = Math.min(Math.floor(at), work.length - 2);
  const before = work[bin] as number; // bin is within the array by the line above
  const width = Math.min(1, durationSeconds - bin);
  return before + ((work[bin + 1] as number) - before) * ((at - bin) / width);
}

/** κ(n): linear between the computed points, constant before the first and beyond the last; 0 without points. */
export function capacityPerReplica(points: DeploymentCapacity["points"], replicas: number): number {
  const last = points.at(-1);
  if (last === undefined) return 0;
  const next = points.findIndex((point) => point.replicas >= replicas);
  if (next < 0) return last.requestsPerSecond;
  const above = points[next] as (typeof points)[number]; // found
  const below = points[next - 1];
  if (below === undefined) return above.requestsPerSecond;
  const share = (replicas - below.replicas) / (above.replicas - below.replicas);
  return below.requestsPerSecond + (above.requestsPerSecond - below.requestsPerSecond) * share;
}

/**
 * required(t): the smallest n with n·κ(n) ≥ λ(t), 0 when nothing is offered. When no number of replicas carries the
 * load (an objective that even an idle replica misses), it is the largest n that κ was computed for.
 */
export function requiredReplicas(options: RequiredOptions): RequiredSteps {
  const smallest = smallestCarrying(options.capacity.points);
  const steps: (readonly [number, number])[] = [];
  offeredLoad(options).forEach((load, second) => {
    const replicas = load === 0 ? 0 : smallest(load);
    if (steps.at(-1)?.[1] !== replicas) steps.push([second * MICROSECONDS, replicas]);
  });
  return steps;
}

/** The smallest n with n·κ(n) ≥ a load, requests per second; 0 for no load. Policies that know a load size their fleet by the score's own rule. */
export function replicasFor(points: DeploymentCapacity["points"], load: number): number {
  return load > 0 ? smallestCarrying(points)(load) : 0;
}

/** The same steps in seconds, as results show them. */
export function requiredSeries(steps: RequiredSteps): StepSeries {
  return steps.map(([fromMicroseconds, replicas]) => [fromMicroseconds / MICROSECONDS, replicas]);
}

/**
 * Smallest n with n·κ(n) ≥ load, by binary search on the most that any number up to n carries. That running maximum
 * first reaches the load where n·κ(n) does, also where κ falls so fast that a further replica carries less in total.
 */
function smallestCarrying(points: DeploymentCapacity["points"]): (load: number) => number {
  const last = points.at(-1);
  if (last === undefined) return () => 0;
  const most = new Float64Array(last.replicas + 1);
  for (let n = 1; n <= last.replicas; n++) most[n] = Math.max(most[n - 1] as number, n * capacityPerReplica(points, n));
  const reached = most[last.replicas] as number;
  return (load) => {
    if (load > reached) return last.requestsPerSecond > 0 ? smallestMultiple(last.requestsPerSecond, load) : last.replicas;
    let low = 1;
    let high = last.replicas;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((most[middle] as number) >= load) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}

/** Smallest n with n·unit ≥ total as doubles compute it: the rounding of the division must not ask for one too many or too few. */
function smallestMultiple(unit: number, total: number): number {
  const guess = Math.ceil(total / unit);
  if ((guess - 1) * unit >= total) return guess - 1;
  return guess * unit >= total ? guess : guess + 1;
}

import type { StepSeries } from "@replicast/sim-core";

/** One moment and the value of every series from then on. */
export type StepRow<Name extends string> = { readonly seconds: number } & { readonly [K in Name]: number };

/**
 * Several step series on common moments, at most about `maxRows` of them: where there are more changes than that, each of
 * a number of equal buckets keeps the least and the greatest value of each series and what it ends with, so that peaks and
 * dips survive. The last row is the end of the run.
 * @param durationSeconds length of the run, > 0
 */
export function alignSteps<Name extends string>(
  series: Readonly<Record<Name, StepSeries>>,
  durationSeconds: number,
  maxRows: number,
): readonly StepRow<Name>[] {
  const names = Object.keys(series) as Name[];
  let times = momentsOf(
    names.map((name) => changes(series[name], durationSeconds)),
    durationSeconds,
  );
  for (let buckets = maxRows; times.length > maxRows && buckets >= 8; buckets = Math.floor(buckets / 2)) {
    times = momentsOf(
      names.map((name) => thin(changes(series[name], durationSeconds), durationSeconds / buckets)),
      durationSeconds,
    );
  }
  const readers = names.map((name) => stepReader(series[name]));
  return times.map((seconds) => {
    const row: Record<string, number> = { seconds };
    names.forEach((name, index) => {
      row[name] = readers[index]?.(seconds) ?? 0;
    });
    return row as StepRow<Name>;
  });
}

/** Entries within the run that change the value; the last entry of a moment counts. */
function changes(series: StepSeries, durationSeconds: number): StepSeries {
  const kept: (readonly [number, number])[] = [];
  for (const entry of series) {
    if (entry[0] > durationSeconds) break;
    if (kept.at(-1)?.[0] === entry[0]) kept.pop();
    if (kept.at(-1)?.[1] !== entry[1]) kept.push(entry);
  }
  return kept;
}

function thin(series: StepSeries, bucketSeconds: number): StepSeries {
  const kept: (readonly [number, number])[] = [];
  let start = 0;
  while (start < series.length) {
    const bucket = Math.floor((series[start]?.[0] ?? 0) / bucketSeconds);
    let end = start;
    let least = start;
    let greatest = start;
    while (end < series.length && Math.floor((series[end]?.[0] ?? 0) / bucketSeconds) === bucket) {
      if ((series[end]?.[1] ?? 0) < (series[least]?.[1] ?? 0)) least = end;
      if ((series[end]?.[1] ?? 0) > (series[greatest]?.[1] ?? 0)) greatest = end;
      end++;
    }
    for (const index of [...new Set([least, greatest, end - 1])].sort((a, b) => a - b)) {
      const entry = series[index];
      if (entry !== undefined) kept.push(entry);
    }
    start = end;
  }
  return kept;
}

function momentsOf(all: readonly StepSeries[], durationSeconds: number): readonly number[] {
  const moments = new Set<number>([0, durationSeconds]);
  for (const series of all) for (const [seconds] of series) moments.add(seconds);
  return [...moments].sort((a, b) => a - b);
}

/** Value at ascending moments; 0 before the first entry. */
function stepReader(series: StepSeries): (seconds: number) => number {
  let next = 0;
  let value = 0;
  return (seconds) => {
    for (let entry = series[next]; entry !== undefined && entry[0] <= seconds; entry = series[++next]) value = entry[1];
    return value;
  };
}

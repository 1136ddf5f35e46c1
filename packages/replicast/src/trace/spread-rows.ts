import { createStreams, type TraceRow } from "@replicast/sim-core";

/**
 * Spreads rows with equal stamps over the time that a stamp stands for, drawn uniformly, so that bulk stamps do not look like bulk
 * arrivals. A stamp never reaches beyond the next one. Lengths keep their order in the file.
 *
 * @param stepSeconds what a stamp stands for
 * @param seed of the stream `trace-spread`
 */
export function* spreadRows(rows: Iterable<TraceRow>, stepSeconds: number, seed: string): Generator<TraceRow> {
  const stream = createStreams(seed).get("trace-spread");
  let group: TraceRow[] = [];
  const spread = (untilSeconds: number): readonly TraceRow[] => {
    const [first] = group;
    if (first === undefined) return [];
    const widthSeconds = Math.min(stepSeconds, untilSeconds - first.seconds);
    const times = group.map(({ seconds }) => seconds + widthSeconds * stream.uniform()).sort((a, b) => a - b);
    return group.map((row, index) => ({ ...row, seconds: times[index] as number }));
  };
  for (const row of rows) {
    if (group[0] !== undefined && row.seconds > group[0].seconds) {
      yield* spread(row.seconds);
      group = [];
    }
    group.push(row);
  }
  yield* spread(Number.POSITIVE_INFINITY);
}

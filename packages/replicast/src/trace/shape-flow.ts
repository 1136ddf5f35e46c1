import { createStreams, type TraceRow } from "@replicast/sim-core";
import { BATCH_ROWS, TRACE_MARKS, type TraceFlow } from "./trace-flow.ts";

/** What of a trace is kept, and how it is stretched; applied in this order. */
export interface FlowShape {
  /** Rows from this time of the trace on, seconds; it becomes time 0. Default 0: times stay as they are. */
  readonly fromSeconds?: number;
  /** Rows before this time of the trace, seconds. Default: all. */
  readonly toSeconds?: number;
  /** So many requests for each one, ≥ 0, in the same time. Default 1. */
  readonly scaleRate?: number;
  /** Every time is multiplied by this, > 0: 2 takes twice as long, at half the rate. Default 1. */
  readonly scaleTime?: number;
  /** Of the stream `trace-scale`. Default "1". */
  readonly seed?: string;
}

/** A flow with its shape applied. */
export function shapeFlow(flow: TraceFlow, shape: FlowShape): TraceFlow {
  const { fromSeconds = 0, toSeconds = Number.POSITIVE_INFINITY, scaleRate = 1, scaleTime = 1, seed = "1" } = shape;
  let { batches } = flow;
  if (fromSeconds > 0 || toSeconds < Number.POSITIVE_INFINITY) batches = sliced(batches, fromSeconds, toSeconds);
  if (scaleRate !== 1) batches = scaledRate(batches, scaleRate, seed);
  if (scaleTime !== 1) batches = mapped(batches, (row) => ({ ...row, seconds: row.seconds * scaleTime }));
  return { ...flow, batches };
}

/** All rows get a tenant, unless they have one. */
export function withTenant(flow: TraceFlow, tenant: string): TraceFlow {
  const marks = TRACE_MARKS.filter((mark) => mark === "tenant" || flow.marks.includes(mark));
  return { ...flow, marks, batches: mapped(flow.batches, (row) => ({ ...row, tenant: row.tenant ?? tenant })) };
}

async function* mapped(
  batches: AsyncIterable<readonly TraceRow[]>,
  change: (row: TraceRow) => TraceRow,
): AsyncGenerator<readonly TraceRow[]> {
  for await (const batch of batches) yield batch.map(change);
}

async function* sliced(
  batches: AsyncIterable<readonly TraceRow[]>,
  fromSeconds: number,
  toSeconds: number,
): AsyncGenerator<readonly TraceRow[]> {
  for await (const batch of batches) {
    const kept = batch.filter(({ seconds }) => seconds >= fromSeconds && seconds < toSeconds);
    if (kept.length > 0) yield kept.map((row) => ({ ...row, seconds: row.seconds - fromSeconds }));
    // rows are sorted: nothing that comes later is wanted
    if (batch.some(({ seconds }) => seconds >= toSeconds)) return;
  }
}

/**
 * Each row stands for `factor` rows: the whole part for certain, the rest by chance. Copies fall anywhere between the row and the next
 * one, so that they add to the load and not to its bursts; their sessions are new ones.
 */
async function* scaledRate(batches: AsyncIterable<readonly TraceRow[]>, factor: number, seed: string): AsyncGenerator<readonly TraceRow[]> {
  const stream = createStreams(seed).get("trace-scale");
  const whole = Math.floor(factor);
  let held: TraceRow | undefined;
  const copies = (row: TraceRow, nextSeconds: number): readonly TraceRow[] => {
    const count = whole + (stream.uniform() < factor - whole ? 1 : 0);
    if (count <= 1) return count === 1 ? [row] : [];
    const times = Array.from({ length: count - 1 }, () => row.seconds + (nextSeconds - row.seconds) * stream.uniform()).sort(
      (a, b) => a - b,
    );
    return [row, ...times.map((seconds, index) => copyOf(row, seconds, index + 2))];
  };
  for await (const batch of batches) {
    const scaled: TraceRow[] = [];
    for (const row of batch) {
      if (held !== undefined) scaled.push(...copies(held, row.seconds));
      held = row;
    }
    if (scaled.length > 0) yield scaled;
  }
  if (held !== undefined) yield copies(held, held.seconds);
}

function copyOf(row: TraceRow, seconds: number, number: number): TraceRow {
  return row.session === undefined ? { ...row, seconds } : { ...row, seconds, session: `${row.session}#${number}` };
}

/** Several flows as one, in order of arrival; at one instant in the order in which they are given. Marks are those of any. */
export function mergeFlows(flows: readonly TraceFlow[]): TraceFlow {
  const [only] = flows;
  if (only !== undefined && flows.length === 1) return only;
  const marks = TRACE_MARKS.filter((mark) => flows.some((flow) => flow.marks.includes(mark)));
  return { format: only?.format ?? "csv", marks, batches: merged(flows.map(({ batches }) => new Cursor(batches))) };
}

async function* merged(cursors: readonly Cursor[]): AsyncGenerator<readonly TraceRow[]> {
  for (const cursor of cursors) await cursor.fill();
  let batch: TraceRow[] = [];
  for (;;) {
    let first: Cursor | undefined;
    for (const cursor of cursors) {
      if (cursor.row !== undefined && (first?.row === undefined || cursor.row.seconds < first.row.seconds)) first = cursor;
    }
    if (first?.row === undefined) break;
    batch.push(first.row);
    if (first.advance()) await first.fill();
    if (batch.length < BATCH_ROWS) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** The next row of one flow. */
class Cursor {
  row: TraceRow | undefined;
  #batch: readonly TraceRow[] = [];
  #at = 0;
  readonly #batches: AsyncIterator<readonly TraceRow[]>;

  constructor(batches: AsyncIterable<readonly TraceRow[]>) {
    this.#batches = batches[Symbol.asyncIterator]();
  }

  /** Goes on by a row. @returns whether a batch must be filled first */
  advance(): boolean {
    this.row = this.#batch[++this.#at];
    return this.row === undefined;
  }

  async fill(): Promise<void> {
    this.#at = 0;
    do {
      const next = await this.#batches.next();
      if (next.done === true) {
        this.row = undefined;
        return;
      }
      this.#batch = next.value;
    } while (this.#batch.length === 0);
    this.row = this.#batch[0];
  }
}

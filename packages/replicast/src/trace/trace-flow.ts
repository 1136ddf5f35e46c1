import type { Issue, TraceColumns, TraceReader, TraceRow } from "@replicast/sim-core";

/** What a row may say besides its time and its lengths. */
export type TraceMark = "model" | "session" | "tenant" | "priority" | "complexity" | "hashIds";

/** All marks, in the order in which their columns are written. */
export const TRACE_MARKS: readonly TraceMark[] = ["model", "session", "tenant", "priority", "complexity", "hashIds"];

/** Formats that are read; told by the content of a file. */
export const TRACE_FORMATS = ["azure", "burstgpt", "mooncake", "csv", "jsonl", "parquet", "vllm-log", "prometheus", "servegen"] as const;
export type TraceFormat = (typeof TRACE_FORMATS)[number];

/** Random access to the bytes of a file; what Parquet needs, as its table of contents stands at the end. */
export interface TraceBytes {
  readonly byteLength: number;
  slice(start: number, end?: number): ArrayBuffer | Promise<ArrayBuffer>;
}

/** A file as its owner hands it in. */
export interface TraceInput {
  /** What issues call it. */
  readonly name: string;
  /** Opens its text, inflated, from the beginning. */
  readonly text: () => TraceReader;
  /** Its bytes; needed for Parquet only. */
  readonly bytes?: TraceBytes;
}

/** Requests in order of arrival, a batch at a time, so that a trace is never held as a whole. Rows belong to who takes them. */
export interface TraceFlow {
  readonly format: TraceFormat;
  /** Marks that rows may have. */
  readonly marks: readonly TraceMark[];
  readonly batches: AsyncIterable<readonly TraceRow[]>;
}

/** Takes issues; throwing ends the reading. */
export type ReportIssue = (issue: Issue) => void;

/** Rows of a batch: enough that waiting for each costs nothing. */
export const BATCH_ROWS = 4096;

/** The rows of an iterator in batches. */
export async function* inBatches(rows: Iterable<TraceRow>): AsyncGenerator<readonly TraceRow[]> {
  let batch: TraceRow[] = [];
  for (const row of rows) {
    batch.push(row);
    if (batch.length < BATCH_ROWS) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** All rows of a flow, held at once: for tests and for what needs two looks. */
export async function collectRows({ batches }: Pick<TraceFlow, "batches">): Promise<readonly TraceRow[]> {
  const rows: TraceRow[] = [];
  for await (const batch of batches) for (const row of batch) rows.push(row);
  return rows;
}

/** A row to be filled. */
export function emptyRow(): TraceRow {
  return { line: 0, seconds: 0, promptTokens: 0, outputTokens: 0 };
}

/** Marks that a file has columns for. */
export function marksOf(columns: TraceColumns | undefined): readonly TraceMark[] {
  return columns === undefined ? [] : TRACE_MARKS.filter((mark) => columns[mark] !== undefined);
}

/** A trace that is held in memory: for notebooks, browsers and tests. */
export function memoryTrace(name: string, content: string | Uint8Array): TraceInput {
  if (typeof content === "string") return { name, text: () => textReader(content) };
  const buffer = content.slice().buffer;
  // only the first bytes are looked at as text
  const head = String.fromCharCode(...content.subarray(0, 4));
  return {
    name,
    text: () => textReader(head),
    bytes: { byteLength: buffer.byteLength, slice: (start, end) => buffer.slice(start, end) },
  };
}

function textReader(text: string): TraceReader {
  let at = 0;
  return {
    read(maxCharacters) {
      const piece = text.slice(at, at + maxCharacters);
      at += piece.length;
      return piece;
    },
  };
}

import type { Json } from "../errors.ts";
import type { TraceColumn } from "./trace-columns.ts";

/** Why a record cannot be read. */
export interface RecordProblem {
  readonly code: string;
  readonly data: { readonly [key: string]: Json };
}

/** One record as found: numbers that are none are NaN, and ranges are not checked. */
export interface RawRow {
  /** 1-based line in the file; of the last line, when the record spans several. */
  line: number;
  seconds: number;
  promptTokens: number;
  outputTokens: number;
  /** Undefined: the file has none. */
  priority?: number | undefined;
  complexity?: number | undefined;
  /** As found in the file; undefined: it has none. */
  hashIds?: unknown;
  /** Undefined: the file has none; empty: the row has none. */
  model?: string | undefined;
  session?: string | undefined;
  tenant?: string | undefined;
  problem: RecordProblem | undefined;
}

/** Reads the records of one block. */
export interface RecordParser {
  /** Fills `row` with the next record; false at the end of the block. */
  next(row: RawRow): boolean;
  /** A field of the record read last, as written. */
  fieldText(column: TraceColumn): string;
  /** Line on which the next block begins; known at the end of the block. */
  readonly nextLine: number;
}

/** The JSON array a field of a CSV file holds; the text itself when it holds none. */
export function idsIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A block of text: text[start, end), the first character on line `line`. */
export interface Block {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly line: number;
}

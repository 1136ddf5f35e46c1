import { InputError, type TraceRow, TraceRows } from "@replicast/sim-core";
import { type FileMetaData, parquetMetadataAsync, parquetReadObjects } from "hyparquet/src/index.js";
import {
  BATCH_ROWS,
  emptyRow,
  marksOf,
  type ReportIssue,
  type TraceBytes,
  type TraceFlow,
  type TraceInput,
  type TraceMark,
} from "./trace-flow.ts";

/** Rows decoded at once, at most: a row group may be the whole file. */
const ROWS_AT_ONCE = 65_536;

/** The rows of a Parquet file, under the names and rules of JSON lines; an issue's line is the number of its row, from 1. */
export async function parquetFlow(input: TraceInput, report: ReportIssue): Promise<TraceFlow> {
  const { bytes: file, name } = input;
  if (file === undefined)
    throw new InputError([{ code: "trace_parquet_unread", path: [], file: name, data: { reason: "its bytes were not given" } }]);
  const metadata = await explaining(name, () => parquetMetadataAsync(file));
  const source = { file, metadata, name, report };
  const firstText = await readText(source, 0, 1);
  const { rows, marks } = parse(firstText, name, report, 0, 0);
  return {
    format: "parquet",
    marks,
    batches: rows.length === 0 ? inOrder(none(), name, report) : inOrder(groups(source, firstText), name, report),
  };
}

interface Source {
  readonly file: TraceBytes;
  readonly metadata: FileMetaData;
  readonly name: string;
  readonly report: ReportIssue;
}

async function* none(): AsyncGenerator<readonly TraceRow[]> {}

/** The first row stands before every part, so that dates count from it everywhere. */
async function* groups(source: Source, firstText: string): AsyncGenerator<readonly TraceRow[]> {
  let start = 0;
  for (const group of source.metadata.row_groups) {
    const groupEnd = start + Number(group.num_rows);
    while (start < groupEnd) {
      const end = Math.min(groupEnd, start + ROWS_AT_ONCE);
      const text = await readText(source, start, end);
      yield start === 0
        ? parse(text, source.name, source.report, 0, 0).rows
        : parse(firstText + text, source.name, source.report, 1, start - 1).rows;
      start = end;
    }
  }
}

/** Parts are parsed apart: only here can be seen that one begins before the last one ends. */
async function* inOrder(parts: AsyncIterable<readonly TraceRow[]>, file: string, report: ReportIssue): AsyncGenerator<readonly TraceRow[]> {
  let previousSeconds = Number.NEGATIVE_INFINITY;
  for await (const part of parts) {
    const sorted = part.filter(({ seconds, line }) => {
      if (seconds < previousSeconds) report({ code: "trace_unsorted", path: [], file, line, data: { previousSeconds, seconds } });
      else previousSeconds = seconds;
      return seconds >= previousSeconds;
    });
    for (let at = 0; at < sorted.length; at += BATCH_ROWS) yield sorted.slice(at, at + BATCH_ROWS);
  }
}

async function readText({ file, metadata, name }: Source, rowStart: number, rowEnd: number): Promise<string> {
  const objects = await explaining(name, () => parquetReadObjects({ file, metadata, rowStart, rowEnd }));
  return objects.map((each) => `${JSON.stringify(each, plainValue)}\n`).join("");
}

/** 64-bit numbers come as BigInt; ids that were written as text are lists again; what is null is not there. */
function plainValue(key: string, value: unknown): unknown {
  if (value === null) return undefined;
  if (key === "hash_ids" && typeof value === "string") return listIn(value);
  return typeof value === "bigint" ? Number(value) : value;
}

function listIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function parse(
  text: string,
  name: string,
  report: ReportIssue,
  skipped: number,
  lineOffset: number,
): { readonly rows: readonly TraceRow[]; readonly marks: readonly TraceMark[] } {
  let at = 0;
  const reader = new TraceRows(
    () => ({
      read: (maxCharacters) => {
        const piece = text.slice(at, at + maxCharacters);
        at += piece.length;
        return piece;
      },
    }),
    name,
    (issue) => {
      if (skipped === 0 || issue.line !== 1) report(issue.line === undefined ? issue : { ...issue, line: issue.line + lineOffset });
    },
  );
  const rows: TraceRow[] = [];
  for (let row = emptyRow(); reader.next(row); row = emptyRow()) {
    if (row.line <= skipped) continue;
    row.line += lineOffset;
    rows.push(row);
  }
  return { rows, marks: marksOf(reader.columns) };
}

async function explaining<T>(file: string, read: () => Promise<T> | T): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new InputError([{ code: "trace_parquet_unread", path: [], file, data: { reason: error.message } }]);
  }
}

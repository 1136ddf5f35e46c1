import { InputError } from "@replicast/sim-core";
import { textLines } from "./text-lines.ts";
import type { TraceInput } from "./trace-flow.ts";

/** A row of a table that is not a trace. */
export interface TableRow {
  readonly line: number;
  readonly text: (column: string) => string;
  /** @throws InputError `trace_bad_number` when it is none, or negative */
  readonly number: (column: string) => number;
}

/**
 * A small table: CSV without quotes, with a header.
 * @throws InputError `trace_missing_column` and `trace_column_count`
 */
export function readTable({ name: file, text }: TraceInput, needed: readonly string[]): readonly TableRow[] {
  const rows: TableRow[] = [];
  let header: readonly string[] | undefined;
  for (const { text: lineText, line } of textLines(text())) {
    if (lineText === "") continue;
    const fields = lineText.split(",").map((field) => field.trim());
    if (header === undefined) {
      header = fields;
      const missing = needed.filter((column) => !fields.includes(column));
      if (missing.length > 0) {
        const issues = missing.map((column) => ({
          code: "trace_missing_column",
          path: [],
          file,
          line,
          data: { role: column, found: [...fields], accepted: [column] },
        }));
        throw new InputError(issues);
      }
      continue;
    }
    if (fields.length !== header.length) {
      throw new InputError([
        { code: "trace_column_count", path: [], file, line, data: { expected: header.length, actual: fields.length } },
      ]);
    }
    rows.push(rowOf(header, fields, file, line));
  }
  return rows;
}

function rowOf(header: readonly string[], fields: readonly string[], file: string, line: number): TableRow {
  const text = (column: string): string => fields[header.indexOf(column)] ?? "";
  return {
    line,
    text,
    number: (column) => {
      const value = Number(text(column));
      if (text(column) !== "" && Number.isFinite(value) && value >= 0) return value;
      throw new InputError([{ code: "trace_bad_number", path: [], file, line, data: { column, value: text(column) } }]);
    },
  };
}

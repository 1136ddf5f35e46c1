import { InputError, type Issue } from "@replicast/sim-core";
import { type CsvError, parse } from "csv-parse/browser/esm/sync";

/** A file of numbers with a header, as texts. */
export interface NumberTable {
  readonly file: string;
  readonly header: readonly string[];
  readonly rows: readonly TableRow[];
}

export interface TableRow {
  /** 1-based, in the file. */
  readonly line: number;
  readonly values: readonly string[];
}

interface RecordWithInfo {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/**
 * Reads CSV with a header line.
 * @throws InputError `table_bad_csv`, `table_no_rows`
 */
export function readNumberTable(text: string, file: string): NumberTable {
  const records = parseRecords(text, file);
  const [head, ...body] = records;
  if (head === undefined || body.length === 0) throw new InputError([{ code: "table_no_rows", path: [], file }]);
  const rows = body.map(({ record, info }) => ({ line: info.lines, values: record }));
  return { file, header: head.record.map((name) => name.trim()), rows };
}

function parseRecords(text: string, file: string): readonly RecordWithInfo[] {
  try {
    return parse(text, {
      bom: true,
      info: true,
      skip_empty_lines: true,
      relax_column_count: false,
    }) as unknown as readonly RecordWithInfo[];
  } catch (error) {
    const { code, message, lines } = error as CsvError & { readonly lines?: number };
    if (typeof code !== "string" || !code.startsWith("CSV_")) throw error;
    throw new InputError([
      { code: "table_bad_csv", path: [], file, ...(lines === undefined ? {} : { line: lines }), data: { reason: message } },
    ]);
  }
}

/** Issues shown of one file, at most; a file of the wrong kind has one in every row. */
const MAX_ISSUES = 20;

/** Reads columns of numbers by name, and remembers every value that is none. */
export class ColumnReader {
  readonly #table: NumberTable;
  readonly #issues: Issue[] = [];
  #more = 0;

  constructor(table: NumberTable) {
    this.#table = table;
  }

  has(name: string): boolean {
    return this.#table.header.includes(name);
  }

  /** The first of these columns that the file has; an issue when it has none. */
  require(role: string, names: readonly string[]): string | undefined {
    const found = names.find((name) => this.has(name));
    if (found === undefined)
      this.#add({
        code: "table_missing_column",
        path: [],
        file: this.#table.file,
        line: 1,
        data: { role, accepted: names, found: this.#table.header },
      });
    return found;
  }

  /** A number of a row; what is none, or below the minimum, is an issue. */
  number(row: TableRow, name: string, minimum: number): number {
    const text = row.values[this.#table.header.indexOf(name)] ?? "";
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (!(Number.isFinite(value) && value >= minimum)) this.refuse(row, { column: name, actual: text, minimum });
    return value;
  }

  /** What stands in a column. */
  text(row: TableRow, name: string): string {
    return (row.values[this.#table.header.indexOf(name)] ?? "").trim();
  }

  /** Refuses a row for what stands in one of its columns. */
  refuse(row: TableRow, data: { readonly column: string; readonly actual: string; readonly minimum: number }): void {
    this.#add({ code: "table_bad_number", path: [], file: this.#table.file, line: row.line, data });
  }

  /** @throws InputError with what was found, the first 20 of it */
  throwAny(): void {
    if (this.#issues.length === 0) return;
    const more: readonly Issue[] =
      this.#more > 0 ? [{ code: "table_more_issues", path: [], file: this.#table.file, data: { count: this.#more } }] : [];
    throw new InputError([...this.#issues, ...more]);
  }

  #add(issue: Issue): void {
    if (this.#issues.length < MAX_ISSUES) this.#issues.push(issue);
    else this.#more++;
  }
}

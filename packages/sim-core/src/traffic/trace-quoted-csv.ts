import { type CsvError, parse } from "csv-parse/browser/esm/sync";
import type { ArrivalReader, TraceColumn, TraceColumns } from "./trace-columns.ts";
import { parseDecimal } from "./trace-numbers.ts";
import { type Block, idsIn, type RawRow, type RecordParser, type RecordProblem } from "./trace-records.ts";

const LINE_ENDS = ["\r\n", "\n"];

interface CsvRecord {
  readonly record: readonly string[];
  readonly line: number;
  readonly problem?: RecordProblem;
}

/** Any CSV, by csv-parse: quoted fields, doubled quotes, line ends inside quotes. */
export class QuotedCsvParser implements RecordParser {
  readonly nextLine: number;
  readonly #records: readonly CsvRecord[];
  readonly #columns: TraceColumns;
  readonly #arrival: ArrivalReader;
  #index = -1;

  constructor(block: Block, columns: TraceColumns, arrival: ArrivalReader) {
    const text = block.text.slice(block.start, block.end);
    this.#records = parseCsv(text, block.line);
    this.#columns = columns;
    this.#arrival = arrival;
    this.nextLine = block.line + text.split("\n").length - 1;
  }

  next(row: RawRow): boolean {
    const found = this.#records[++this.#index];
    if (found === undefined) return false;
    const { arrival, promptTokens, outputTokens, priority, hashIds, model, complexity, session, tenant, count } = this.#columns;
    const { record } = found;
    row.line = found.line;
    row.problem =
      found.problem ??
      (record.length === count ? undefined : { code: "trace_column_count", data: { expected: count, actual: record.length } });
    if (row.problem !== undefined) return true;
    const arrivalText = record[arrival.index] as string;
    const promptText = record[promptTokens.index] as string;
    const outputText = record[outputTokens.index] as string;
    row.seconds = this.#arrival.read(arrivalText, 0, arrivalText.length);
    row.promptTokens = parseDecimal(promptText, 0, promptText.length);
    row.outputTokens = parseDecimal(outputText, 0, outputText.length);
    const priorityText = priority === undefined ? undefined : (record[priority.index] as string);
    row.hashIds = hashIds === undefined ? undefined : idsIn(record[hashIds.index] as string);
    row.model = model === undefined ? undefined : (record[model.index] as string);
    row.session = session === undefined ? undefined : (record[session.index] as string);
    row.tenant = tenant === undefined ? undefined : (record[tenant.index] as string);
    const complexityText = complexity === undefined ? undefined : (record[complexity.index] as string);
    row.complexity =
      complexityText === undefined || complexityText === "" ? undefined : parseDecimal(complexityText, 0, complexityText.length);
    row.priority = priorityText === undefined ? undefined : parseDecimal(priorityText, 0, priorityText.length);
    return true;
  }

  fieldText({ index }: TraceColumn): string {
    return this.#records[this.#index]?.record[index] ?? "";
  }
}

/** All records of a text, malformed ones too, in order of their lines. */
function parseCsv(text: string, firstLine: number): readonly CsvRecord[] {
  const records: CsvRecord[] = [];
  const refuse = (error: CsvError): void => {
    const line = firstLine + ((error as { readonly lines?: number }).lines ?? 1) - 1;
    const last = records[records.length - 1];
    // csv-parse may complain of every quote of a record; one issue a line is enough
    if (last?.problem !== undefined && last.line === line) return;
    records.push({ record: [], line, problem: { code: "trace_bad_csv", data: { reason: error.code } } });
  };
  try {
    parse(text, {
      relax_column_count: true,
      skip_empty_lines: true,
      record_delimiter: LINE_ENDS,
      skip_records_with_error: true,
      on_skip: (error) => {
        if (error !== undefined) refuse(error);
      },
      on_record: (record: string[], { lines }) => {
        records.push({ record, line: firstLine + lines - 1 });
        return null;
      },
    });
  } catch (error) {
    // only what csv-parse says about the text; anything else is a defect of ours
    if (!(error instanceof Error && "code" in error && String(error.code).startsWith("CSV_"))) throw error;
    refuse(error as CsvError);
  }
  return records;
}

/** Names of the columns: the fields of one CSV record, blanks around them taken off. */
export function parseHeader(text: string): readonly string[] {
  // csv-parse's browser build needs `__proto__`, which Deno takes away; only what has quotes should need csv-parse.
  if (!text.includes('"')) return plainFields(text).map((name) => name.trim());
  const record = parseCsv(text, 1)[0]?.record ?? [];
  return record.map((name) => name.trim());
}

function plainFields(text: string): readonly string[] {
  return (
    text
      .split(/\r?\n/)
      .find((line) => line !== "")
      ?.split(",") ?? []
  );
}

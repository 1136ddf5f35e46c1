import type { ArrivalReader, TraceColumn, TraceColumns } from "./trace-columns.ts";
import { parseDecimal } from "./trace-numbers.ts";
import type { Block, RawRow, RecordParser } from "./trace-records.ts";

/** One JSON object a line. Only `name` of the columns counts. */
export class JsonLinesParser implements RecordParser {
  readonly #block: Block;
  readonly #columns: TraceColumns;
  readonly #arrival: ArrivalReader;
  #at: number;
  #line: number;
  #record: { readonly [key: string]: unknown } = {};

  constructor(block: Block, columns: TraceColumns, arrival: ArrivalReader) {
    this.#block = block;
    this.#columns = columns;
    this.#arrival = arrival;
    this.#at = block.start;
    this.#line = block.line;
  }

  get nextLine(): number {
    return this.#line;
  }

  next(row: RawRow): boolean {
    const { text, end } = this.#block;
    while (this.#at < end) {
      const found = text.indexOf("\n", this.#at);
      const lineEnd = found < 0 || found >= end ? end : found;
      const line = text.slice(this.#at, lineEnd);
      row.line = this.#line;
      if (lineEnd < end) this.#line++;
      this.#at = lineEnd + 1;
      if (line.trim() === "") continue;
      this.#fill(row, line);
      return true;
    }
    return false;
  }

  fieldText({ name }: TraceColumn): string {
    return JSON.stringify(this.#record[name]) ?? "";
  }

  #fill(row: RawRow, line: string): void {
    const record = parseObject(line);
    if (record === undefined) {
      row.problem = { code: "trace_bad_json", data: {} };
      return;
    }
    this.#record = record;
    const { arrival, promptTokens, outputTokens, priority, hashIds, model, complexity, session, tenant } = this.#columns;
    const missing = [arrival, promptTokens, outputTokens].filter(({ name }) => record[name] === undefined).map(({ name }) => name);
    row.problem = missing.length === 0 ? undefined : { code: "trace_missing_field", data: { missing, found: Object.keys(record) } };
    const arrivalText = textOf(record[arrival.name]);
    row.seconds = this.#arrival.read(arrivalText, 0, arrivalText.length);
    row.promptTokens = numberOf(record[promptTokens.name]);
    row.outputTokens = numberOf(record[outputTokens.name]);
    const priorityFound = priority === undefined ? undefined : record[priority.name];
    row.priority = priorityFound === undefined ? undefined : numberOf(priorityFound);
    const complexityFound = complexity === undefined ? undefined : record[complexity.name];
    row.complexity = complexityFound === undefined ? undefined : numberOf(complexityFound);
    row.hashIds = hashIds === undefined ? undefined : record[hashIds.name];
    row.model = model === undefined ? undefined : nameOf(record[model.name]);
    row.session = session === undefined ? undefined : nameOf(record[session.name]);
    row.tenant = tenant === undefined ? undefined : nameOf(record[tenant.name]);
  }
}

/** The object a line holds; undefined when it holds none. */
export function parseObject(line: string): { readonly [key: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as { readonly [key: string]: unknown })
      : undefined;
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

function numberOf(value: unknown): number {
  if (typeof value === "number") return value;
  const text = textOf(value);
  return parseDecimal(text, 0, text.length);
}

/** A name or a number as one; empty for null and for nothing. */
function nameOf(value: unknown): string {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : textOf(value);
}

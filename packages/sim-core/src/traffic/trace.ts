import type { Issue, Json } from "../errors.ts";
import type { OpenTrace } from "./config.ts";
import { firstRecord, RecordBlocks } from "./record-blocks.ts";
import { ArrivalReader, resolveColumns, type TraceColumn, type TraceColumns } from "./trace-columns.ts";
import { JsonLinesParser, parseObject } from "./trace-json-lines.ts";
import { PlainCsvParser } from "./trace-plain-csv.ts";
import { parseHeader, QuotedCsvParser } from "./trace-quoted-csv.ts";
import type { Block, RawRow, RecordParser, RecordProblem } from "./trace-records.ts";

/** Token counts are kept in 32 bits. */
const TOKENS_MAX = 2_147_483_647;

/** A checked row of a trace. Readers fill the same object again and again. */
export interface TraceRow {
  /** 1-based line in the file. */
  line: number;
  /** Time of arrival: since the first row for dates, as the file says for numbers. Never decreasing. */
  seconds: number;
  /** ≥ 1 */
  promptTokens: number;
  /** ≥ 1 */
  outputTokens: number;
  /** Lower goes first; undefined: the file has none. */
  priority?: number | undefined;
  /** How hard it is to answer, 0…1; undefined: the file does not say. */
  complexity?: number | undefined;
  /** Ids of the prompt's units of text; undefined: the file has none. */
  hashIds?: readonly number[] | undefined;
  /** Model it names; undefined: none. */
  model?: string | undefined;
  /** Session it belongs to; undefined: none. */
  session?: string | undefined;
  /** Who sends it; undefined: the file does not say. */
  tenant?: string | undefined;
}

/**
 * Reads the rows of a trace, CSV or JSON lines, block by block. Rows that cannot be used are reported and left out.
 * Codes: `trace_empty`, `trace_no_rows`, `trace_not_text`, `trace_separator`, `trace_missing_column`, `trace_duplicate_column`, `trace_column_count`, `trace_missing_field`,
 * `trace_bad_csv`, `trace_bad_json`, `trace_bad_arrival`, `trace_bad_tokens`, `trace_bad_priority`, `trace_bad_complexity`, `trace_bad_hash_ids`, `trace_unsorted`, `trace_truncated`,
 * `trace_record_too_long`.
 */
export class TraceRows {
  readonly #file: string;
  readonly #report: (issue: Issue) => void;
  readonly #blocks: RecordBlocks;
  readonly #raw: RawRow = { line: 0, seconds: 0, promptTokens: 0, outputTokens: 0, problem: undefined };
  #columns: TraceColumns | undefined;
  #arrival: ArrivalReader | undefined;
  #parser: RecordParser | undefined;
  #line = 1;
  #lastSeconds = Number.NEGATIVE_INFINITY;
  #hasRows = false;
  #isOver = false;

  constructor(openTrace: OpenTrace, file: string, report: (issue: Issue) => void) {
    this.#file = file;
    this.#report = report;
    this.#blocks = new RecordBlocks(openTrace(file));
  }

  /** Columns of the file, once the first row was asked for and the header was good. */
  get columns(): TraceColumns | undefined {
    return this.#columns;
  }

  /** Fills `row` with the next good row; false at the end of the file. */
  next(row: TraceRow): boolean {
    while (!this.#isOver) {
      const parser = this.#parser;
      if (parser === undefined || !parser.next(this.#raw)) {
        this.#nextBlock();
        continue;
      }
      this.#hasRows = true;
      if (!this.#isGood(parser)) continue;
      const raw = this.#raw;
      row.line = raw.line;
      row.seconds = raw.seconds;
      row.promptTokens = raw.promptTokens;
      row.outputTokens = raw.outputTokens;
      row.priority = raw.priority;
      row.complexity = raw.complexity;
      row.hashIds = raw.hashIds as readonly number[] | undefined; // checked
      row.model = raw.model === "" ? undefined : raw.model;
      row.session = raw.session === "" ? undefined : raw.session;
      row.tenant = raw.tenant === "" ? undefined : raw.tenant;
      return true;
    }
    return false;
  }

  #nextBlock(): void {
    this.#line = this.#parser?.nextLine ?? this.#line;
    if (this.#blocks.next()) this.#openBlock();
    else this.#finish();
  }

  #openBlock(): void {
    const { text, end, format } = this.#blocks;
    if (format === undefined) return; // nothing but blanks so far; they hold no record
    const start = this.#columns !== undefined ? 0 : format === "csv" ? this.#readCsvHeader(text, end) : this.#readJsonKeys(text, end);
    if (this.#columns === undefined) return;
    this.#parser = this.#createParser({ text, start, end, line: this.#line }, this.#columns, this.#arrival as ArrivalReader);
  }

  #createParser(block: Block, columns: TraceColumns, arrival: ArrivalReader): RecordParser {
    if (this.#blocks.format === "jsonLines") return new JsonLinesParser(block, columns, arrival);
    const quote = block.text.indexOf('"', block.start);
    return quote < 0 || quote >= block.end ? new PlainCsvParser(block, columns, arrival) : new QuotedCsvParser(block, columns, arrival);
  }

  /** Returns where the first row starts. */
  #readCsvHeader(text: string, end: number): number {
    const header = firstRecord(text, end);
    this.#resolve(parseHeader(text.slice(header.start, header.end)), this.#line + header.lines - 1);
    this.#line += header.lines;
    return header.end;
  }

  /** The first object names the columns, and is the first row too. */
  #readJsonKeys(text: string, end: number): number {
    const start = text.search(/\S/);
    const lineEnd = text.indexOf("\n", start);
    const line = this.#line + text.slice(0, start).split("\n").length - 1;
    const first = parseObject(text.slice(start, lineEnd < 0 ? end : Math.min(lineEnd, end)));
    if (first === undefined) {
      this.#report({ code: "trace_bad_json", path: [], file: this.#file, line, data: {} });
      this.#isOver = true;
    } else {
      this.#resolve(Object.keys(first), line);
    }
    return 0;
  }

  #resolve(found: readonly string[], line: number): void {
    const columns = resolveColumns(found, { file: this.#file, line });
    if ("count" in columns) {
      this.#columns = columns;
      this.#arrival = new ArrivalReader(columns.arrivalFormat);
    } else {
      for (const issue of columns) this.#report(issue);
      this.#isOver = true;
    }
  }

  #finish(): void {
    this.#isOver = true;
    if (this.#blocks.isTooLong) this.#issue("trace_record_too_long", this.#line, {});
    else if (this.#columns === undefined) this.#issue("trace_empty", 1, {});
    else if (!this.#hasRows) this.#issue("trace_no_rows", this.#line, {});
  }

  #isGood(parser: RecordParser): boolean {
    const raw = this.#raw;
    const problem = raw.problem ?? this.#problemOf(raw, parser);
    if (problem !== undefined) {
      this.#issue(problem.code, raw.line, problem.data);
      return false;
    }
    const previousSeconds = this.#lastSeconds;
    this.#lastSeconds = raw.seconds;
    if (raw.seconds >= previousSeconds) return true;
    this.#issue("trace_unsorted", raw.line, { previousSeconds, seconds: raw.seconds });
    return false;
  }

  /** Most rows are good: what a bad one needs is made only for it. */
  #problemOf(
    { seconds, promptTokens, outputTokens, priority, complexity, hashIds }: RawRow,
    parser: RecordParser,
  ): RecordProblem | undefined {
    const columns = this.#columns as TraceColumns;
    // dates before the first row are unsorted, not negative
    if (!(Number.isFinite(seconds) && (seconds >= 0 || columns.arrivalFormat === "dateTime"))) {
      return bad("trace_bad_arrival", columns.arrival, parser);
    }
    if (!isTokenCount(promptTokens)) return bad("trace_bad_tokens", columns.promptTokens, parser);
    if (!isTokenCount(outputTokens)) return bad("trace_bad_tokens", columns.outputTokens, parser);
    if (priority !== undefined && !isPriority(priority)) return bad("trace_bad_priority", columns.priority as TraceColumn, parser);
    if (complexity !== undefined && !(complexity >= 0 && complexity <= 1))
      return bad("trace_bad_complexity", columns.complexity as TraceColumn, parser);
    return hashIds === undefined || isHashIds(hashIds) ? undefined : bad("trace_bad_hash_ids", columns.hashIds as TraceColumn, parser);
  }

  /** What is wrong with a last line that no line end ends is that the file was cut off. */
  #issue(code: string, line: number, data: { readonly [key: string]: Json }): void {
    const isCutOff = this.#blocks.isCutOff && this.#hasRows && line === this.#lastLine() && code !== "trace_unsorted";
    this.#report({
      code: isCutOff ? "trace_truncated" : code,
      path: [],
      file: this.#file,
      line,
      data: isCutOff ? { ...data, reason: code } : data,
    });
  }

  /** Line of the record that ends the file without a line end. */
  #lastLine(): number {
    return this.#parser?.nextLine ?? 0;
  }
}

function bad(code: string, column: TraceColumn, parser: RecordParser): RecordProblem {
  return { code, data: { column: column.name, value: parser.fieldText(column) } };
}

function isTokenCount(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= TOKENS_MAX;
}

function isPriority(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) <= TOKENS_MAX;
}

function isHashIds(value: unknown): boolean {
  return Array.isArray(value) && value.every((id) => Number.isSafeInteger(id) && (id as number) >= 0);
}

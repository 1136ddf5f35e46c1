import { NumericRows } from "./numeric-rows.ts";
import type { ArrivalReader, TraceColumn, TraceColumns } from "./trace-columns.ts";
import { parseDecimal } from "./trace-numbers.ts";
import { type Block, idsIn, type RawRow, type RecordParser } from "./trace-records.ts";

const NEWLINE = 10;
const RETURN = 13;
const COMMA = 44;

/** CSV without quotes, which is what traces are made of: one pass over the characters, no strings cut out. */
export class PlainCsvParser implements RecordParser {
  readonly #block: Block;
  readonly #columns: TraceColumns;
  readonly #arrival: ArrivalReader;
  /** Where each column of the current record starts; one more entry for where the next would. */
  readonly #starts: Int32Array;
  readonly #numeric: NumericRows | undefined;
  /** Row of `#numeric` that comes next. */
  #row = 0;
  /** Start of the row read last, when `#numeric` had it; −1 otherwise. */
  #numericStart = -1;
  #at: number;
  #line: number;

  constructor(block: Block, columns: TraceColumns, arrival: ArrivalReader) {
    this.#block = block;
    this.#columns = columns;
    this.#arrival = arrival;
    this.#starts = new Int32Array(columns.count + 1);
    this.#numeric = NumericRows.of(columns);
    this.#at = block.start;
    this.#line = block.line;
  }

  get nextLine(): number {
    return this.#line;
  }

  next(row: RawRow): boolean {
    const numeric = this.#numeric;
    if (numeric === undefined) return this.#nextCarefully(row);
    if (this.#row >= numeric.count) {
      numeric.decode(this.#block.text, this.#at, this.#block.end);
      this.#row = 0;
      if (numeric.count === 0) return this.#nextCarefully(row);
    }
    this.#numericStart = this.#at;
    const index = this.#row++;
    row.problem = undefined;
    row.line = this.#line++;
    row.seconds = numeric.seconds[index] as number;
    row.promptTokens = numeric.promptTokens[index] as number;
    row.outputTokens = numeric.outputTokens[index] as number;
    this.#at = numeric.ends[index] as number;
    return true;
  }

  /** Any row, with what is wrong with it. */
  #nextCarefully(row: RawRow): boolean {
    this.#numericStart = -1;
    for (;;) {
      if (this.#at >= this.#block.end) return false;
      const start = this.#at;
      row.line = this.#line;
      const count = this.#split();
      const last = this.#starts[Math.min(count, this.#columns.count)] as number;
      if (count === 1 && last - 1 === start) continue; // an empty line
      this.#fill(row, count);
      return true;
    }
  }

  fieldText({ index }: TraceColumn): string {
    if (this.#numericStart >= 0) this.#splitAgain(this.#numericStart);
    return this.#block.text.slice(this.#starts[index], (this.#starts[index + 1] as number) - 1);
  }

  /** Finds the columns of a row that was decoded without looking for them. */
  #splitAgain(start: number): void {
    const [at, line] = [this.#at, this.#line];
    this.#at = start;
    this.#split();
    this.#at = at;
    this.#line = line;
    this.#numericStart = -1;
  }

  /** Passes over one line; returns how many columns it has. */
  #split(): number {
    const { text, end } = this.#block;
    const starts = this.#starts;
    const expected = this.#columns.count;
    let count = 0;
    let at = this.#at;
    let code = 0;
    starts[0] = at;
    for (; at < end; at++) {
      code = text.charCodeAt(at);
      if (code === COMMA) {
        count++;
        if (count <= expected) starts[count] = at + 1;
      } else if (code === NEWLINE) break;
    }
    count++;
    const lineEnd = at > (starts[0] as number) && text.charCodeAt(at - 1) === RETURN ? at - 1 : at;
    if (count <= expected) starts[count] = lineEnd + 1;
    if (at < end) this.#line++;
    this.#at = at + 1;
    return count;
  }

  #fill(row: RawRow, count: number): void {
    const { arrival, promptTokens, outputTokens, priority, hashIds, model, complexity, session, tenant, count: expected } = this.#columns;
    if (count !== expected) {
      row.problem = { code: "trace_column_count", data: { expected, actual: count } };
      return;
    }
    const text = this.#block.text;
    const starts = this.#starts;
    row.problem = undefined;
    row.seconds = this.#arrival.read(text, starts[arrival.index] as number, (starts[arrival.index + 1] as number) - 1);
    row.promptTokens = parseDecimal(text, starts[promptTokens.index] as number, (starts[promptTokens.index + 1] as number) - 1);
    row.outputTokens = parseDecimal(text, starts[outputTokens.index] as number, (starts[outputTokens.index + 1] as number) - 1);
    if (priority !== undefined)
      row.priority = parseDecimal(text, starts[priority.index] as number, (starts[priority.index + 1] as number) - 1);
    if (complexity !== undefined) {
      const [from, to] = [starts[complexity.index] as number, (starts[complexity.index + 1] as number) - 1];
      row.complexity = from < to ? parseDecimal(text, from, to) : undefined;
    }
    if (hashIds !== undefined) row.hashIds = idsIn(this.fieldText(hashIds));
    if (model !== undefined) row.model = this.fieldText(model);
    if (session !== undefined) row.session = this.fieldText(session);
    if (tenant !== undefined) row.tenant = this.fieldText(tenant);
  }
}

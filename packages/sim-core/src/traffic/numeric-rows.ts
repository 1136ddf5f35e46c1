import type { TraceColumns } from "./trace-columns.ts";
import { EXACT_DIGITS, POWERS_OF_TEN } from "./trace-numbers.ts";

const NEWLINE = 10;
const RETURN = 13;
const POINT = 46;
const COMMA = 44;
const ZERO = 48;
const TOKENS_MAX = 2_147_483_647;

/** Rows decoded at a time. */
const ROWS = 512;
/** What a column is used for: arrival, prompt, answer, or nothing. */
const ARRIVAL = 0;
const UNUSED = 3;

/**
 * Rows of plain digits, which is what nearly all rows of nearly all traces are, decoded many at a time in one loop.
 * It accepts only what it is sure of and stops before anything else: the careful parser then looks at that row.
 */
export class NumericRows {
  /** Rows decoded last. */
  count = 0;
  readonly seconds: Float64Array = new Float64Array(ROWS);
  readonly promptTokens: Int32Array = new Int32Array(ROWS);
  readonly outputTokens: Int32Array = new Int32Array(ROWS);
  /** Where each row's line ends, the line end included. */
  readonly ends: Int32Array = new Int32Array(ROWS);
  private readonly uses: Uint8Array;
  private readonly unitsPerSecond: number;

  /** Undefined for files whose arrival times are no numbers, and for those that say more of a request than its lengths. */
  static of(columns: TraceColumns): NumericRows | undefined {
    const { arrivalFormat, priority, hashIds, model, complexity, session, tenant } = columns;
    const saysMore = [priority, hashIds, model, complexity, session, tenant].some((column) => column !== undefined);
    return arrivalFormat === "dateTime" || saysMore ? undefined : new NumericRows(columns);
  }

  private constructor({ arrival, promptTokens, outputTokens, count, arrivalFormat }: TraceColumns) {
    this.uses = new Uint8Array(count).fill(UNUSED);
    [arrival, promptTokens, outputTokens].forEach(({ index }, use) => {
      this.uses[index] = use;
    });
    this.unitsPerSecond = arrivalFormat === "milliseconds" ? 1000 : 1;
  }

  /** Decodes rows from text[start, end) until the first it is not sure of. */
  decode(text: string, start: number, end: number): void {
    let at = start;
    this.count = 0;
    while (this.count < ROWS && at < end) {
      const next = this.decodeRow(text, at, end);
      if (next < 0) return;
      this.ends[this.count++] = next;
      at = next;
    }
  }

  /** @returns where the next row starts, −1 when this one is not plain */
  private decodeRow(text: string, start: number, end: number): number {
    const { uses, count: row } = this;
    const columns = uses.length;
    let column = 0;
    let mantissa = 0;
    let digits = 0;
    let point = -1;
    for (let at = start; at < end; at++) {
      const code = text.charCodeAt(at);
      const digit = code - ZERO;
      if (digit >= 0 && digit <= 9) {
        mantissa = mantissa * 10 + digit;
        digits++;
        continue;
      }
      const use = uses[column] as number;
      if (code === POINT && use === ARRIVAL && point < 0) {
        point = digits;
        continue;
      }
      const isReturn = code === RETURN && at + 1 < end && text.charCodeAt(at + 1) === NEWLINE;
      if (code === COMMA || code === NEWLINE || isReturn) {
        if (use !== UNUSED && !this.keep(row, use, mantissa, digits, point)) return -1;
        column++;
        if (code !== COMMA) return column === columns ? at + (isReturn ? 2 : 1) : -1;
        if (column === columns) return -1;
        mantissa = 0;
        digits = 0;
        point = -1;
      } else if (use !== UNUSED) return -1;
    }
    return -1; // the line is not ended: perhaps it was cut off
  }

  private keep(row: number, use: number, mantissa: number, digits: number, point: number): boolean {
    if (digits === 0 || digits > EXACT_DIGITS) return false;
    if (use === ARRIVAL) {
      const units = point < 0 ? mantissa : mantissa / (POWERS_OF_TEN[digits - point] as number);
      this.seconds[row] = this.unitsPerSecond === 1 ? units : units / this.unitsPerSecond;
      return true;
    }
    if (mantissa < 1 || mantissa > TOKENS_MAX) return false;
    if (use === 1) this.promptTokens[row] = mantissa;
    else this.outputTokens[row] = mantissa;
    return true;
  }
}

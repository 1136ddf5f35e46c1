import type { TraceReader } from "./config.ts";

const BLOCK_CHARACTERS = 65_536;
/** A record longer than this is a quote that was never closed. */
const RECORD_CHARACTERS_MAX = 4 * 1024 * 1024;
const NEWLINE = 10;
const QUOTE = 34;
const BYTE_ORDER_MARK = 0xfeff;

/**
 * The text of a trace in blocks of whole records: `text` up to `end`. A record ends at a line end, in CSV at one that
 * no quotes surround. The file is never held as a whole.
 */
export class RecordBlocks {
  text = "";
  end = 0;
  /** The block ends the file, and no line end ends the block. */
  isCutOff = false;
  /** A record longer than any that makes sense; what follows cannot be read. */
  isTooLong = false;
  /** Told by the first character that is not blank; undefined while there is none. */
  format: "csv" | "jsonLines" | undefined;

  readonly #reader: TraceReader;
  #hasBegun = false;
  #hasBlock = false;
  #isOver = false;

  constructor(reader: TraceReader) {
    this.#reader = reader;
  }

  /** The next block; false when there is none. */
  next(): boolean {
    let text = this.text.slice(this.end);
    this.end = 0;
    while (!this.#isOver) {
      const piece = this.#reader.read(BLOCK_CHARACTERS);
      this.#isOver = piece === "";
      text += this.#begin(piece);
      this.format ??= formatOf(text);
      this.end = this.#endOfBlock(text);
      if (this.end > 0) break;
      if (text.length > RECORD_CHARACTERS_MAX) {
        this.isTooLong = true;
        return false;
      }
    }
    this.text = text;
    this.isCutOff = this.#isOver && this.end > 0 && text.charCodeAt(this.end - 1) !== NEWLINE;
    return this.end > 0;
  }

  /** The first block reaches beyond the blank lines that a file may begin with, so that it holds the header. */
  #endOfBlock(text: string): number {
    if (this.#isOver) return text.length;
    if (this.format === undefined) return 0;
    const end = lastRecordEnd(text, this.format === "csv");
    if (!this.#hasBlock && text.slice(0, end).trim() === "") return 0;
    this.#hasBlock = true;
    return end;
  }

  #begin(piece: string): string {
    if (this.#hasBegun || piece === "") return piece;
    this.#hasBegun = true;
    return piece.charCodeAt(0) === BYTE_ORDER_MARK ? piece.slice(1) : piece;
  }
}

/** Position after the first record of a block of CSV that is not empty, and how many lines it and the empty ones take. */
export function firstRecord(text: string, end: number): { readonly start: number; readonly end: number; readonly lines: number } {
  let start = 0;
  let lines = 1;
  while (start < end && (text.charCodeAt(start) === NEWLINE || (text.charCodeAt(start) === 13 && text.charCodeAt(start + 1) === NEWLINE))) {
    if (text.charCodeAt(start) === NEWLINE) lines++;
    start++;
  }
  let isQuoted = false;
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) isQuoted = !isQuoted;
    if (code !== NEWLINE) continue;
    if (!isQuoted) return { start, end: i + 1, lines };
    lines++;
  }
  return { start, end, lines };
}

function formatOf(text: string): "csv" | "jsonLines" | undefined {
  const first = text.search(/\S/);
  if (first < 0) return undefined;
  return text[first] === "{" ? "jsonLines" : "csv";
}

/** Position after the last line end that ends a record; 0 when there is none. A doubled quote closes and opens, so only parity counts. */
function lastRecordEnd(text: string, hasQuotes: boolean): number {
  if (!hasQuotes || !text.includes('"')) return text.lastIndexOf("\n") + 1;
  let isQuoted = false;
  let last = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) isQuoted = !isQuoted;
    else if (code === NEWLINE && !isQuoted) last = i + 1;
  }
  return last;
}

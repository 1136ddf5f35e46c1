import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";
import { type CellRow, cellAt, type SweepDesign } from "replicast";

const NEWLINE = 10;
const PIECE_BYTES = 1 << 20;

/**
 * The finished cells of a sweep, one line each, in the order in which they were finished. Lines are only ever added, each batch by one
 * write: whatever ends the process, all but the last line can be trusted, and that one says itself whether it is whole. Where a line
 * begins is kept in memory, the line is not.
 */
export class CellLog {
  private readonly file: number;
  private readonly design: SweepDesign;
  private readonly begins: Float64Array;
  private readonly lengths: Uint32Array;
  private readonly failures: Uint8Array;
  private end = 0;
  private doneCount = 0;
  private failedCount = 0;

  /** @param mode `read` leaves the file as it is */
  constructor(path: string, design: SweepDesign, mode: "read" | "append") {
    this.file = openSync(path, mode === "read" ? "r" : "a+");
    this.design = design;
    this.begins = new Float64Array(design.header.cells).fill(-1);
    this.lengths = new Uint32Array(design.header.cells);
    this.failures = new Uint8Array(design.header.cells);
    this.scan();
    if (mode === "append" && fstatSync(this.file).size > this.end) ftruncateSync(this.file, this.end);
  }

  /** Cells with a line, failed ones included. */
  get done(): number {
    return this.doneCount;
  }

  /** Cells whose last line says that they failed. */
  get failed(): number {
    return this.failedCount;
  }

  has(index: number): boolean {
    return this.begins[index] !== -1;
  }

  hasFailed(index: number): boolean {
    return this.failures[index] === 1;
  }

  append(rows: readonly CellRow[]): void {
    const lines = rows.map((row) => Buffer.from(`${JSON.stringify(row)}\n`));
    writeWhole(this.file, Buffer.concat(lines));
    rows.forEach((row, at) => {
      this.note(row, this.end, (lines[at] as Buffer).length);
      this.end += (lines[at] as Buffer).length;
    });
  }

  /** @throws Error when the cell is not there */
  read(index: number): CellRow {
    const begin = this.begins[index];
    if (begin === undefined || begin < 0) throw new Error(`cell ${index} is not finished`);
    const bytes = Buffer.allocUnsafe(this.lengths[index] as number);
    readSync(this.file, bytes, 0, bytes.length, begin);
    return JSON.parse(bytes.toString("utf8")) as CellRow;
  }

  /** Rows in the order of the sweep; those that are not there are passed over. */
  *rows(): Generator<CellRow> {
    for (let index = 0; index < this.design.header.cells; index++) if (this.has(index)) yield this.read(index);
  }

  close(): void {
    closeSync(this.file);
  }

  private note({ index, error }: CellRow, begin: number, length: number): void {
    if (!this.has(index)) this.doneCount++;
    const failed = error === null ? 0 : 1;
    this.failedCount += failed - (this.failures[index] as number);
    this.failures[index] = failed;
    this.begins[index] = begin;
    this.lengths[index] = length;
  }

  private scan(): void {
    const piece = Buffer.allocUnsafe(PIECE_BYTES);
    let rest: Buffer = Buffer.alloc(0);
    for (let at = 0; ; ) {
      const count = readSync(this.file, piece, 0, PIECE_BYTES, at);
      if (count === 0) return;
      at += count;
      rest = this.scanLines(Buffer.concat([rest, piece.subarray(0, count)]));
    }
  }

  /** @returns what follows the last whole line */
  private scanLines(bytes: Buffer): Buffer {
    let begin = 0;
    for (let newline = bytes.indexOf(NEWLINE); newline >= 0; newline = bytes.indexOf(NEWLINE, begin)) {
      const length = newline + 1 - begin;
      const row = parseRow(bytes.toString("utf8", begin, newline));
      if (row !== undefined && this.isOurs(row)) this.note(row, this.end, length);
      this.end += length;
      begin = newline + 1;
    }
    return Buffer.from(bytes.subarray(begin));
  }

  private isOurs({ index, id }: CellRow): boolean {
    return Number.isInteger(index) && index >= 0 && index < this.design.header.cells && cellAt(this.design, index).id === id;
  }
}

/** A system call may write less than it was given. */
function writeWhole(file: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}

/** Undefined for a line that a power cut left in pieces: its cell is run again. */
function parseRow(line: string): CellRow | undefined {
  try {
    return JSON.parse(line) as CellRow;
  } catch {
    return undefined;
  }
}

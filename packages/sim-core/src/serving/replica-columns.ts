import { RECORD_BITS, RECORD_CELLS, viewColumns, viewLists } from "./records.ts";
import type { RequestTable } from "./request-table.ts";
import { SlotLists } from "./slot-lists.ts";

const FLOAT_COLUMNS = [
  "nextSeconds",
  "anchorSeconds",
  "firstSeconds",
  "growthSeconds",
  "tokens",
  "stepStartSeconds",
  "stepEndSeconds",
  "generatedTokens",
  "promptTokens",
  "promptGenerated",
  "queriedTokens",
  "hitTokens",
  "rateUnits",
  "lineEndStep",
  "linkFreeSeconds",
] as const;
const HOT_COLUMNS = [
  "phase",
  "nextPriority",
  "inFlight",
  "step",
  "targetStep",
  "anchorStep",
  "isOpen",
  "sequences",
  "unfinished",
  "abortedRunning",
  "admitted",
  "index",
  "pinned",
  "abortedReceived",
] as const;
const COLD_COLUMNS = ["preemptions"] as const;
const FIRST_RECORDS = 8;
/** Sequences per replica that there is room for before the first resize of a list. */
const FIRST_ENTRIES = 8;
/** Of an entry in a heap of completions: step, order of admission, slot; the fourth keeps entries from straddling cache lines. */
export const HEAP_CELLS = 4;

const NO_FLOATS: Float64Array = new Float64Array(0);
const NO_INTS: Int32Array = new Int32Array(0);

/** Plain-data copy of one replica's record. */
export interface ReplicaRecord {
  readonly floats: Float64Array;
  readonly hot: Int32Array;
  readonly cold: Int32Array;
  readonly lists: readonly (readonly [head: number, tail: number, count: number])[];
  readonly residues: Int32Array;
  /** Entries in use. */
  readonly unfinished: Int32Array;
  readonly completions: Int32Array;
}

/**
 * The state of all replicas of a deployment. Between two events of one replica all others have theirs, and push it out of the cache: so
 * what belongs to a replica lies side by side in few cache lines, and not in objects. Read and written as columns like
 * the request table: a row is the place of a replica's record, a multiple of its size.
 */
export class ReplicaColumns {
  nextSeconds: Float64Array = NO_FLOATS;
  /** Of the series of decode-only steps: see `DecodeSeries`. */
  anchorSeconds: Float64Array = NO_FLOATS;
  firstSeconds: Float64Array = NO_FLOATS;
  growthSeconds: Float64Array = NO_FLOATS;
  /** Tokens in the cache of all decoding sequences; with speculation in 1/1024. */
  tokens: Float64Array = NO_FLOATS;
  /** Of the single step under way. */
  stepStartSeconds: Float64Array = NO_FLOATS;
  stepEndSeconds: Float64Array = NO_FLOATS;
  /** Tokens of decode steps; with speculation only those of sequences that have left. */
  generatedTokens: Float64Array = NO_FLOATS;
  promptTokens: Float64Array = NO_FLOATS;
  /** Tokens that ended a prompt. */
  promptGenerated: Float64Array = NO_FLOATS;
  /** Prompt tokens looked up in the prefix cache at first admissions, and those of them that were found. */
  queriedTokens: Float64Array = NO_FLOATS;
  hitTokens: Float64Array = NO_FLOATS;
  /** With speculation: tokens per step of all sequences, in 1/1024. */
  rateUnits: Float64Array = NO_FLOATS;
  /** Step from which the latency model's line no longer holds, and the series needs a new anchor; Infinity: it holds for ever. */
  lineEndStep: Float64Array = NO_FLOATS;
  /** When the replica's link has brought what was asked for. */
  linkFreeSeconds: Float64Array = NO_FLOATS;
  phase: Int32Array = NO_INTS;
  nextPriority: Int32Array = NO_INTS;
  /** Attempts it holds, in whatever state. */
  inFlight: Int32Array = NO_INTS;
  /** Steps it has computed, at the last boundary that was handled. */
  step: Int32Array = NO_INTS;
  targetStep: Int32Array = NO_INTS;
  anchorStep: Int32Array = NO_INTS;
  isOpen: Int32Array = NO_INTS;
  /** Sequences that decode. */
  sequences: Int32Array = NO_INTS;
  /** Running sequences whose prompt is not finished. */
  unfinished: Int32Array = NO_INTS;
  abortedRunning: Int32Array = NO_INTS;
  admitted: Int32Array = NO_INTS;
  /** Number of the replica, as its listener knows it. */
  index: Int32Array = NO_INTS;
  /** Blocks of sequences outside the batch: held for other replicas, or being filled by them. 0: there is no such sequence. */
  pinned: Int32Array = NO_INTS;
  /** Of `received`, those whose client has left. */
  abortedReceived: Int32Array = NO_INTS;
  preemptions: Int32Array = NO_INTS;

  /** On their way through the front end, in the engine's queue, and in the batch in order of admission. */
  readonly ingress: SlotLists;
  readonly waiting: SlotLists;
  readonly running: SlotLists;
  /** Prompts computed here, to be read by other replicas; in order of their ends. */
  readonly held: SlotLists;
  /** Held no longer, their blocks are free from the next step on. */
  readonly parting: SlotLists;
  /** Prompts on their way here, in order of arrival. */
  readonly receiving: SlotLists;
  /** Here, to be admitted; in order of arrival. */
  readonly received: SlotLists;

  /** Per replica: decoding sequences by length modulo the block size. */
  readonly residues: RowRanges;
  /** Per replica: slots whose prompt is not finished, in order of admission. */
  readonly unfinishedSlots: RowRanges;
  /** Per replica: a heap, see `CompletionHeap`. */
  readonly completions: RowRanges;

  private floats = NO_FLOATS;
  private hot = NO_INTS;
  private cold = NO_INTS;
  private batchCells = NO_INTS;
  private handoverCells = NO_INTS;
  private readonly batchLists: readonly SlotLists[];
  private readonly handoverLists: readonly SlotLists[];
  private size = 0;
  private readonly free: number[] = [];

  constructor(table: RequestTable, blockTokens: number) {
    this.ingress = new SlotLists(table);
    this.waiting = new SlotLists(table);
    this.running = new SlotLists(table);
    this.held = new SlotLists(table);
    this.parting = new SlotLists(table);
    this.receiving = new SlotLists(table);
    this.received = new SlotLists(table);
    this.batchLists = [this.ingress, this.waiting, this.running];
    this.handoverLists = [this.held, this.parting, this.receiving, this.received];
    this.residues = new RowRanges(blockTokens);
    this.unfinishedSlots = new RowRanges(FIRST_ENTRIES);
    this.completions = new RowRanges(FIRST_ENTRIES * HEAP_CELLS);
    this.resize(FIRST_RECORDS * RECORD_CELLS);
  }

  /** A row for a replica, idle and empty. */
  take(index: number): number {
    const row = this.free.pop() ?? this.size;
    if (row === this.size) {
      if (row === this.hot.length) this.resize(row * 2);
      this.size += RECORD_CELLS;
    }
    const end = row + RECORD_CELLS;
    this.floats.fill(0, row, end);
    this.hot.fill(0, row, end);
    this.cold.fill(0, row, end);
    this.residues.clear(row);
    for (const list of this.lists()) list.restore(row, [-1, -1, 0]);
    this.nextSeconds[row] = Number.POSITIVE_INFINITY;
    this.index[row] = index;
    return row;
  }

  release(row: number): void {
    this.free.push(row);
  }

  save(row: number): ReplicaRecord {
    const end = row + RECORD_CELLS;
    return {
      floats: this.floats.slice(row, end),
      hot: this.hot.slice(row, end),
      cold: this.cold.slice(row, end),
      lists: this.lists().map((list) => list.save(row)),
      residues: this.residues.save(row, this.residues.length),
      unfinished: this.unfinishedSlots.save(row, this.unfinished[row] as number),
      completions: this.completions.save(row, (this.sequences[row] as number) * HEAP_CELLS),
    };
  }

  restore(row: number, record: ReplicaRecord): void {
    this.floats.set(record.floats, row);
    this.hot.set(record.hot, row);
    this.cold.set(record.cold, row);
    this.lists().forEach((list, i) => {
      list.restore(row, record.lists[i] as readonly [number, number, number]);
    });
    this.residues.restore(row, record.residues);
    this.unfinishedSlots.restore(row, record.unfinished);
    this.completions.restore(row, record.completions);
  }

  private lists(): readonly SlotLists[] {
    return [...this.batchLists, ...this.handoverLists];
  }

  private resize(cells: number): void {
    this.floats = grown(Float64Array, this.floats, cells);
    this.hot = grown(Int32Array, this.hot, cells);
    this.cold = grown(Int32Array, this.cold, cells);
    this.batchCells = grown(Int32Array, this.batchCells, cells);
    this.handoverCells = grown(Int32Array, this.handoverCells, cells);
    viewColumns(this, FLOAT_COLUMNS, this.floats);
    viewColumns(this, HOT_COLUMNS, this.hot);
    viewColumns(this, COLD_COLUMNS, this.cold);
    viewLists(this.batchLists, this.batchCells);
    viewLists(this.handoverLists, this.handoverCells);
    for (const ranges of [this.residues, this.unfinishedSlots, this.completions]) ranges.makeRows(cells / RECORD_CELLS);
  }
}

/** One range of whole numbers per row, all of one length. */
export class RowRanges {
  values: Int32Array = NO_INTS;
  length: number;
  private rows = 0;

  constructor(length: number) {
    this.length = length;
  }

  /** Where the range of a row begins. */
  start(row: number): number {
    return (row >> RECORD_BITS) * this.length;
  }

  clear(row: number): void {
    this.values.fill(0, this.start(row), this.start(row) + this.length);
  }

  /** Makes every range at least so long. */
  reserve(length: number): void {
    if (length <= this.length) return;
    const { values, rows } = this;
    const before = this.length;
    while (this.length < length) this.length *= 2;
    this.values = new Int32Array(rows * this.length);
    for (let i = 0; i < rows; i++) this.values.set(values.subarray(i * before, (i + 1) * before), i * this.length);
  }

  makeRows(rows: number): void {
    this.values = grown(Int32Array, this.values, rows * this.length);
    this.rows = rows;
  }

  save(row: number, count: number): Int32Array {
    return this.values.slice(this.start(row), this.start(row) + count);
  }

  restore(row: number, values: Int32Array): void {
    this.reserve(values.length);
    this.values.set(values, this.start(row));
  }
}

type Cells = Float64Array | Int32Array;

function grown<A extends Cells>(type: new (length: number) => A, from: A, length: number): A {
  const to = new type(length);
  to.set(from);
  return to;
}

import type { AleaState, Stream } from "./streams.ts";

/** Lowest bit of a number with 32 random bits. */
const UNIT_32 = 2.3283064365386963e-10;
/** Lowest bit of a number with 53 random bits. */
const UNIT_53 = 1.1102230246251565e-16;
const HIGH_21_BITS = 0x200000;

/** Plain-data copy of the columns. */
export interface StreamColumnsState {
  readonly columns: readonly Float64Array[];
}

/**
 * Many streams, one row each, in columns: for entities that come and go by the million. A row yields what the stream of the name
 * it was seeded with does.
 * @see Baagøe, "Better random numbers for JavaScript", 2010 (Alea)
 */
export class StreamColumns implements Stream {
  readonly name: string;
  /** The row that `uniform` draws from. */
  row = 0;
  private c = new Float64Array(16);
  private s0 = new Float64Array(16);
  private s1 = new Float64Array(16);
  private s2 = new Float64Array(16);

  constructor(name: string) {
    this.name = name;
  }

  /** Puts a row at the beginning of a stream. */
  seed(row: number, { c, s0, s1, s2 }: AleaState): void {
    while (row >= this.c.length) this.resize(this.c.length * 2);
    this.c[row] = c;
    this.s0[row] = s0;
    this.s1[row] = s1;
    this.s2[row] = s2;
  }

  uniform(): number {
    const high = this.next();
    return high + ((this.next() * HIGH_21_BITS) | 0) * UNIT_53;
  }

  private next(): number {
    const { row } = this;
    const t = 2091639 * (this.s0[row] as number) + (this.c[row] as number) * UNIT_32;
    const c = t | 0;
    this.s0[row] = this.s1[row] as number;
    this.s1[row] = this.s2[row] as number;
    this.s2[row] = t - c;
    this.c[row] = c;
    return t - c;
  }

  save(): StreamColumnsState {
    return { columns: [this.c.slice(), this.s0.slice(), this.s1.slice(), this.s2.slice()] };
  }

  restore({ columns }: StreamColumnsState): void {
    const [c, s0, s1, s2] = columns as [Float64Array, Float64Array, Float64Array, Float64Array];
    this.resize(c.length);
    this.c.set(c);
    this.s0.set(s0);
    this.s1.set(s1);
    this.s2.set(s2);
  }

  private resize(rows: number): void {
    const grown = (column: Float64Array): Float64Array<ArrayBuffer> => {
      const copy = new Float64Array(rows);
      copy.set(column.subarray(0, rows));
      return copy;
    };
    this.c = grown(this.c);
    this.s0 = grown(this.s0);
    this.s1 = grown(this.s1);
    this.s2 = grown(this.s2);
  }
}

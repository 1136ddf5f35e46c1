import type { ReplicaColumns } from "./replica-columns.ts";

/**
 * KV blocks of the decoding sequences, without a loop over them: a sequence of `length` tokens holds
 * ⌈length / blockTokens⌉ blocks, every step adds one token to each, and a sequence's length modulo the block size
 * relative to the step counter never changes while it decodes. So counts per residue are enough.
 */
export class DecodeBlocks {
  private readonly columns: ReplicaColumns;
  private readonly blockTokens: number;

  constructor(columns: ReplicaColumns, blockTokens: number) {
    this.columns = columns;
    this.blockTokens = blockTokens;
  }

  /** `lengthOffset`: length minus step counter. */
  add(row: number, lengthOffset: number): void {
    this.count(row, lengthOffset, 1);
    const { tokens, step } = this.columns;
    tokens[row] = (tokens[row] as number) + lengthOffset + (step[row] as number);
  }

  remove(row: number, lengthOffset: number): void {
    this.count(row, lengthOffset, -1);
    const { tokens, step } = this.columns;
    tokens[row] = (tokens[row] as number) - lengthOffset - (step[row] as number);
  }

  /** Lets every sequence grow by `steps` tokens. */
  advance(row: number, steps: number): void {
    const { tokens, sequences } = this.columns;
    tokens[row] = (tokens[row] as number) + steps * (sequences[row] as number);
  }

  /** Blocks held once `ahead` more steps are computed. */
  used(row: number, ahead: number): number {
    const { blockTokens } = this;
    const { residues, step, tokens, sequences } = this.columns;
    if (sequences[row] === 0) return 0;
    const start = residues.start(row);
    // padding of residue r is (−(r + step + ahead)) mod blockTokens: it falls by one from residue to residue
    let padding = 0;
    let pad = (blockTokens - (((step[row] as number) + ahead) % blockTokens)) % blockTokens;
    for (let residue = 0; residue < blockTokens; residue++) {
      padding += (residues.values[start + residue] as number) * pad;
      pad = pad === 0 ? blockTokens - 1 : pad - 1;
    }
    return ((tokens[row] as number) + ahead * (sequences[row] as number) + padding) / blockTokens;
  }

  /** No fewer blocks than {@link DecodeBlocks.used} gives, at the price of one multiplication. */
  usedAtMost(row: number, ahead: number): number {
    const { tokens, sequences } = this.columns;
    return Math.ceil(((tokens[row] as number) + (ahead + this.blockTokens - 1) * (sequences[row] as number)) / this.blockTokens);
  }

  /** Most further steps, at most `limit`, that fit into `blocks`; the next one must fit. */
  stepsThatFit(row: number, limit: number, blocks: number): number {
    const { blockTokens } = this;
    const sequences = this.columns.sequences[row] as number;
    const most = (this.columns.tokens[row] as number) + limit * sequences + (blockTokens - 1) * sequences;
    if (most <= blockTokens * blocks) return limit;
    // blockTokens steps cost exactly one block a sequence: leap whole blocks, then look step by step
    const spare = blocks - this.used(row, 1);
    let steps = Math.min(limit, 1 + blockTokens * Math.floor(spare / sequences));
    while (steps < limit && this.used(row, steps + 1) <= blocks) steps++;
    return steps;
  }

  private count(row: number, lengthOffset: number, by: number): void {
    const { residues } = this.columns;
    // told to be whole numbers, or the processor divides them as fractions, many times slower
    const remainder = (lengthOffset | 0) % (this.blockTokens | 0);
    const cell = residues.start(row) + (remainder < 0 ? remainder + this.blockTokens : remainder);
    residues.values[cell] = (residues.values[cell] as number) + by;
  }
}

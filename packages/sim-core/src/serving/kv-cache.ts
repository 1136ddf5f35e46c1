/**
 * KV blocks of the decoding sequences, without a loop over them: a sequence of `length` tokens holds
 * ⌈length / blockTokens⌉ blocks, every step adds one token to each, and a sequence's length modulo the block size
 * relative to the step counter never changes while it decodes. So counts per residue are enough.
 */
export class DecodeBlocks {
  /** D */
  sequences = 0;
  /** Σ length, tokens in the cache at the current step. */
  tokens = 0;
  private readonly blockTokens: number;
  private readonly byResidue: Int32Array;

  constructor(blockTokens: number) {
    this.blockTokens = blockTokens;
    this.byResidue = new Int32Array(blockTokens);
  }

  /** `lengthOffset`: length minus step counter. */
  add(lengthOffset: number, step: number): void {
    const residue = this.residue(lengthOffset);
    this.byResidue[residue] = (this.byResidue[residue] as number) + 1;
    this.sequences++;
    this.tokens += lengthOffset + step;
  }

  remove(lengthOffset: number, step: number): void {
    const residue = this.residue(lengthOffset);
    this.byResidue[residue] = (this.byResidue[residue] as number) - 1;
    this.sequences--;
    this.tokens -= lengthOffset + step;
  }

  /** Lets every sequence grow by `steps` tokens. */
  advance(steps: number): void {
    this.tokens += steps * this.sequences;
  }

  /** Blocks held once `ahead` more steps are computed, counted from step counter `step`. */
  used(step: number, ahead: number): number {
    const { blockTokens, byResidue } = this;
    if (this.sequences === 0) return 0;
    // padding of residue r is (−(r + step + ahead)) mod blockTokens: it falls by one from residue to residue
    let padding = 0;
    let pad = (blockTokens - ((step + ahead) % blockTokens)) % blockTokens;
    for (let residue = 0; residue < blockTokens; residue++) {
      padding += (byResidue[residue] as number) * pad;
      pad = pad === 0 ? blockTokens - 1 : pad - 1;
    }
    return (this.tokens + ahead * this.sequences + padding) / blockTokens;
  }

  /** No fewer blocks than {@link DecodeBlocks.used} gives, at the price of one multiplication. */
  usedAtMost(ahead: number): number {
    return Math.ceil((this.tokens + (ahead + this.blockTokens - 1) * this.sequences) / this.blockTokens);
  }

  /** Most further steps, at most `limit`, that fit into `blocks`; the next one must fit. */
  stepsThatFit(step: number, limit: number, blocks: number): number {
    const { blockTokens, sequences } = this;
    const most = this.tokens + limit * sequences + (blockTokens - 1) * sequences;
    if (most <= blockTokens * blocks) return limit;
    // blockTokens steps cost exactly one block a sequence: leap whole blocks, then look step by step
    const spare = blocks - this.used(step, 1);
    let steps = Math.min(limit, 1 + blockTokens * Math.floor(spare / sequences));
    while (steps < limit && this.used(step, steps + 1) <= blocks) steps++;
    return steps;
  }

  save(): readonly number[] {
    return [this.sequences, this.tokens, ...this.byResidue];
  }

  restore(state: readonly number[]): void {
    this.sequences = state[0] as number;
    this.tokens = state[1] as number;
    this.byResidue.set(state.slice(2));
  }

  private residue(lengthOffset: number): number {
    const remainder = lengthOffset % this.blockTokens;
    return remainder < 0 ? remainder + this.blockTokens : remainder;
  }
}

import { CompletionHeap } from "./completion-heap.ts";
import type { Decoding, DecodingState } from "./decoding-batch.ts";
import type { RequestTable } from "./request-table.ts";

/** Tokens per step are kept in units of 1/1024: sums of them are exact, in whatever order they are made. */
export const STEP_TOKEN_UNITS = 1024;

/**
 * Decoding with speculation: each sequence gets its own number of tokens per step on average, ≥ 1, drawn once. After
 * j steps it has emitted ⌊j × rate⌋ more tokens, so the n-th token after the first comes with step ⌈n ÷ rate⌉ and the
 * context, on average, still grows by the same amount each step. How many tokens a single step brings is not drawn.
 */
export class SpeculativeBatch implements Decoding {
  step = 0;
  /** Tokens per step and in the cache, of all sequences, in 1/1024. */
  private rateUnits = 0;
  private tokenUnits = 0;
  private generatedTokens = 0;
  private readonly table: RequestTable;
  private readonly blockTokens: number;
  private readonly completions: CompletionHeap;

  constructor(table: RequestTable, blockTokens: number) {
    this.table = table;
    this.blockTokens = blockTokens;
    this.completions = new CompletionHeap(table);
  }

  get sequences(): number {
    return this.completions.size;
  }

  get tokensPerStep(): number {
    return this.rateUnits / STEP_TOKEN_UNITS;
  }

  get contextTokens(): number {
    return (this.tokenUnits + this.rateUnits) / STEP_TOKEN_UNITS;
  }

  join(slot: number): void {
    const { table, step } = this;
    const rate = table.stepTokens[slot] as number;
    const tokens = (table.outputTokens[slot] as number) - (table.emittedTokens[slot] as number);
    table.joinStep[slot] = step;
    table.finishStep[slot] = step + stepsFor(tokens, rate);
    this.rateUnits += rate;
    this.tokenUnits += (table.computedTokens[slot] as number) * STEP_TOKEN_UNITS;
    this.completions.push(slot);
  }

  leave(slot: number): void {
    const { table, step } = this;
    const rate = table.stepTokens[slot] as number;
    const steps = step - (table.joinStep[slot] as number);
    const emitted = this.emitted(slot, step);
    this.rateUnits -= rate;
    this.tokenUnits -= (table.computedTokens[slot] as number) * STEP_TOKEN_UNITS + rate * steps;
    this.generatedTokens += emitted;
    table.emittedTokens[slot] = (table.emittedTokens[slot] as number) + emitted;
    this.completions.remove(slot);
  }

  advance(steps: number): void {
    this.step += steps;
    this.tokenUnits += steps * this.rateUnits;
  }

  lengthOf(slot: number): number {
    return (this.table.computedTokens[slot] as number) + this.emitted(slot, this.step);
  }

  generated(ahead: number): number {
    const { completions } = this;
    let tokens = this.generatedTokens;
    for (let i = 0; i < completions.size; i++) tokens += this.emitted(completions.at(i), this.step + ahead);
    return tokens;
  }

  get finished(): number {
    const { completions } = this;
    return completions.size > 0 && completions.topStep === this.step ? completions.top : -1;
  }

  /** Looks at every sequence: to be asked only where {@link SpeculativeBatch.usedAtMost} does not decide. */
  usedBlocks(ahead: number): number {
    const { completions } = this;
    const { computedTokens } = this.table;
    let blocks = 0;
    for (let i = 0; i < completions.size; i++) {
      const slot = completions.at(i);
      blocks += Math.ceil(((computedTokens[slot] as number) + this.emitted(slot, this.step + ahead)) / this.blockTokens);
    }
    return blocks;
  }

  get usedNextAtMost(): number {
    return this.usedAtMost(1);
  }

  stepsToChange(kvBlocks: number): number {
    const limit = this.completions.topStep - this.step;
    if (this.usedAtMost(limit) <= kvBlocks) return limit;
    // blocks never become fewer from step to step; the next one fits
    let fits = 1;
    let tooFar = limit + 1;
    while (tooFar - fits > 1) {
      const middle = (fits + tooFar) >> 1;
      if (this.usedBlocks(middle) <= kvBlocks) fits = middle;
      else tooFar = middle;
    }
    return fits;
  }

  save(): DecodingState {
    const { step, generatedTokens, rateUnits, tokenUnits } = this;
    return { step, generated: generatedTokens, blocks: [rateUnits, tokenUnits], completions: this.completions.save() };
  }

  restore(state: DecodingState): void {
    this.step = state.step;
    this.generatedTokens = state.generated;
    [this.rateUnits, this.tokenUnits] = state.blocks as [number, number];
    this.completions.restore(state.completions);
  }

  private usedAtMost(ahead: number): number {
    const tokens = (this.tokenUnits + ahead * this.rateUnits) / STEP_TOKEN_UNITS + (this.blockTokens - 1) * this.completions.size;
    return Math.ceil(tokens / this.blockTokens);
  }

  /** Tokens a sequence has emitted at a step since it began to decode. */
  private emitted(slot: number, step: number): number {
    const { table } = this;
    const steps = step - (table.joinStep[slot] as number);
    const left = (table.outputTokens[slot] as number) - (table.emittedTokens[slot] as number);
    return emittedAfter(steps, table.stepTokens[slot] as number, left);
  }
}

/** Tokens after so many steps, of `tokens` in all. @param rateUnits tokens per step in 1/1024 */
export function emittedAfter(steps: number, rateUnits: number, tokens: number): number {
  return Math.min(tokens, Math.floor((steps * rateUnits) / STEP_TOKEN_UNITS));
}

/** Steps until so many tokens are there. */
export function stepsFor(tokens: number, rateUnits: number): number {
  return Math.ceil((tokens * STEP_TOKEN_UNITS) / rateUnits);
}

import { CompletionHeap } from "./completion-heap.ts";
import type { Decoding } from "./decoding-batch.ts";
import type { ReplicaColumns } from "./replica-columns.ts";
import type { RequestTable } from "./request-table.ts";

/** Tokens per step are kept in units of 1/1024: sums of them are exact, in whatever order they are made. */
export const STEP_TOKEN_UNITS = 1024;

/**
 * Decoding with speculation: each sequence gets its own number of tokens per step on average, ≥ 1, drawn once. After
 * j steps it has emitted ⌊j × rate⌋ more tokens, so the n-th token after the first comes with step ⌈n ÷ rate⌉ and the
 * context, on average, still grows by the same amount each step. How many tokens a single step brings is not drawn.
 */
export class SpeculativeBatch implements Decoding {
  private readonly table: RequestTable;
  private readonly columns: ReplicaColumns;
  private readonly blockTokens: number;
  private readonly completions: CompletionHeap;

  constructor(table: RequestTable, columns: ReplicaColumns, blockTokens: number) {
    this.table = table;
    this.columns = columns;
    this.blockTokens = blockTokens;
    this.completions = new CompletionHeap(table, columns);
  }

  tokensPerStep(row: number): number {
    return (this.columns.rateUnits[row] as number) / STEP_TOKEN_UNITS;
  }

  contextTokens(row: number): number {
    return ((this.columns.tokens[row] as number) + (this.columns.rateUnits[row] as number)) / STEP_TOKEN_UNITS;
  }

  join(row: number, slot: number): void {
    const { table } = this;
    const { rateUnits, tokens } = this.columns;
    const step = this.columns.step[row] as number;
    const rate = table.stepTokens[slot] as number;
    table.joinStep[slot] = step;
    table.finishStep[slot] = step + stepsFor((table.outputTokens[slot] as number) - (table.emittedTokens[slot] as number), rate);
    rateUnits[row] = (rateUnits[row] as number) + rate;
    tokens[row] = (tokens[row] as number) + (table.computedTokens[slot] as number) * STEP_TOKEN_UNITS;
    this.completions.push(row, slot);
  }

  leave(row: number, slot: number): void {
    const { table } = this;
    const { rateUnits, tokens, generatedTokens } = this.columns;
    const step = this.columns.step[row] as number;
    const rate = table.stepTokens[slot] as number;
    const steps = step - (table.joinStep[slot] as number);
    const emitted = this.emitted(slot, step);
    rateUnits[row] = (rateUnits[row] as number) - rate;
    tokens[row] = (tokens[row] as number) - ((table.computedTokens[slot] as number) * STEP_TOKEN_UNITS + rate * steps);
    generatedTokens[row] = (generatedTokens[row] as number) + emitted;
    table.emittedTokens[slot] = (table.emittedTokens[slot] as number) + emitted;
    this.completions.remove(row, slot);
  }

  advance(row: number, steps: number): void {
    const { step, rateUnits, tokens } = this.columns;
    step[row] = (step[row] as number) + steps;
    tokens[row] = (tokens[row] as number) + steps * (rateUnits[row] as number);
  }

  lengthOf(row: number, slot: number, ahead = 0): number {
    return (this.table.computedTokens[slot] as number) + this.emitted(slot, (this.columns.step[row] as number) + ahead);
  }

  generated(row: number, ahead: number): number {
    const step = (this.columns.step[row] as number) + ahead;
    let tokens = this.columns.generatedTokens[row] as number;
    for (let i = 0; i < (this.columns.sequences[row] as number); i++) tokens += this.emitted(this.completions.at(row, i), step);
    return tokens;
  }

  finished(row: number): number {
    return this.completions.endingWith(row, this.columns.step[row] as number);
  }

  /** Looks at every sequence: to be asked only where {@link SpeculativeBatch.usedAtMost} does not decide. */
  usedBlocks(row: number, ahead: number): number {
    const { computedTokens } = this.table;
    const step = (this.columns.step[row] as number) + ahead;
    let blocks = 0;
    for (let i = 0; i < (this.columns.sequences[row] as number); i++) {
      const slot = this.completions.at(row, i);
      blocks += Math.ceil(((computedTokens[slot] as number) + this.emitted(slot, step)) / this.blockTokens);
    }
    return blocks;
  }

  usedNextAtMost(row: number): number {
    return this.usedAtMost(row, 1);
  }

  stepsToChange(row: number, kvBlocks: number): number {
    const limit = this.completions.topStep(row) - (this.columns.step[row] as number);
    if (this.usedAtMost(row, limit) <= kvBlocks) return limit;
    // blocks never become fewer from step to step; the next one fits
    let fits = 1;
    let tooFar = limit + 1;
    while (tooFar - fits > 1) {
      const middle = (fits + tooFar) >> 1;
      if (this.usedBlocks(row, middle) <= kvBlocks) fits = middle;
      else tooFar = middle;
    }
    return fits;
  }

  private usedAtMost(row: number, ahead: number): number {
    const { tokens, rateUnits, sequences } = this.columns;
    const most = ((tokens[row] as number) + ahead * (rateUnits[row] as number)) / STEP_TOKEN_UNITS;
    return Math.ceil((most + (this.blockTokens - 1) * (sequences[row] as number)) / this.blockTokens);
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

import { CompletionHeap } from "./completion-heap.ts";
import { DecodeBlocks } from "./kv-cache.ts";
import type { RequestTable } from "./request-table.ts";

/**
 * The sequences that decode, one token each per step, and the replica's step counter. Nothing here loops over them:
 * their last tokens are ordered on the step counter, their KV blocks counted by residue.
 */
export class DecodingBatch {
  /** Steps the replica has computed, at the last boundary that was handled. */
  step = 0;
  private readonly table: RequestTable;
  private readonly blocks: DecodeBlocks;
  private readonly completions: CompletionHeap;

  constructor(table: RequestTable, blockTokens: number) {
    this.table = table;
    this.blocks = new DecodeBlocks(blockTokens);
    this.completions = new CompletionHeap(table);
  }

  /** D */
  get sequences(): number {
    return this.blocks.sequences;
  }

  /** K: context tokens of the next step, the token being computed included. */
  get contextTokens(): number {
    return this.blocks.tokens + this.blocks.sequences;
  }

  /** A sequence whose prompt is done decodes from the next step on; its slot's token counts are up to date. */
  join(slot: number): void {
    const { table, step } = this;
    table.finishStep[slot] = step + (table.outputTokens[slot] as number) - (table.emittedTokens[slot] as number);
    table.lengthOffset[slot] = (table.computedTokens[slot] as number) - step;
    this.blocks.add(table.lengthOffset[slot] as number, step);
    this.completions.push(slot);
  }

  /** Takes a sequence out and brings its token count up to date. */
  leave(slot: number): void {
    const { table, step } = this;
    table.emittedTokens[slot] = (table.outputTokens[slot] as number) - ((table.finishStep[slot] as number) - step);
    this.blocks.remove(table.lengthOffset[slot] as number, step);
    this.completions.remove(slot);
  }

  advance(steps: number): void {
    this.step += steps;
    this.blocks.advance(steps);
  }

  /** The oldest sequence whose last token came with the last step, −1: none. */
  get finished(): number {
    const { completions } = this;
    return completions.size > 0 && this.table.finishStep[completions.top] === this.step ? completions.top : -1;
  }

  /** Blocks held once `ahead` more steps are computed. */
  usedBlocks(ahead: number): number {
    return this.blocks.used(this.step, ahead);
  }

  /** No fewer blocks than the next step needs, without counting them. */
  get usedNextAtMost(): number {
    return this.blocks.usedAtMost(1);
  }

  /** Steps until a sequence ends or the next one would not fit into `kvBlocks`; only while some sequence decodes. */
  stepsToChange(kvBlocks: number): number {
    const steps = (this.table.finishStep[this.completions.top] as number) - this.step;
    return this.blocks.stepsThatFit(this.step, steps, kvBlocks);
  }

  save(): { readonly step: number; readonly blocks: readonly number[]; readonly completions: Int32Array } {
    return { step: this.step, blocks: this.blocks.save(), completions: this.completions.save() };
  }

  restore(state: ReturnType<DecodingBatch["save"]>): void {
    this.step = state.step;
    this.blocks.restore(state.blocks);
    this.completions.restore(state.completions);
  }
}

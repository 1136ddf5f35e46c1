import { createStepComposition, type StepComposition } from "./latency/model.ts";

/** The prompt chunks of one step, and the composition they make for the latency model. */
export class PromptChunks {
  readonly composition: StepComposition;
  readonly slots: Int32Array;
  private readonly blockTokens: number;

  constructor(maxChunks: number, blockTokens: number) {
    this.composition = createStepComposition(maxChunks);
    this.slots = new Int32Array(maxChunks);
    this.blockTokens = blockTokens;
  }

  get count(): number {
    return this.composition.chunks;
  }

  /** Prompt tokens of the step so far. */
  get tokens(): number {
    return this.composition.promptTokens;
  }

  clear(): void {
    this.composition.chunks = 0;
    this.composition.promptTokens = 0;
    this.composition.promptTokenContext = 0;
  }

  /** @param context tokens already in the cache @param target tokens the prompt phase must reach */
  add(slot: number, tokens: number, context: number, target: number): void {
    const { composition } = this;
    const i = composition.chunks++;
    this.slots[i] = slot;
    composition.chunkTokens[i] = tokens;
    composition.chunkContext[i] = context;
    composition.chunkPrompt[i] = target;
    composition.promptTokens += tokens;
    composition.promptTokenContext += tokens * (context + tokens * 0.5);
  }

  /** Tokens of the i-th chunk's sequence in the cache once the step is done. */
  computed(i: number): number {
    return (this.composition.chunkContext[i] as number) + (this.composition.chunkTokens[i] as number);
  }

  isPromptDone(i: number): boolean {
    return this.computed(i) === this.composition.chunkPrompt[i];
  }

  /** KV blocks of all sequences with a chunk, this step's included. */
  blocks(): number {
    let blocks = 0;
    for (let i = 0; i < this.count; i++) blocks += Math.ceil(this.computed(i) / this.blockTokens);
    return blocks;
  }

  save(): { readonly slots: Int32Array; readonly columns: readonly Float64Array[] } {
    const { chunkTokens, chunkContext, chunkPrompt } = this.composition;
    const count = this.count;
    return { slots: this.slots.slice(0, count), columns: [chunkTokens, chunkContext, chunkPrompt].map((column) => column.slice(0, count)) };
  }

  restore(slots: Int32Array, columns: readonly Float64Array[]): void {
    const { chunkTokens, chunkContext, chunkPrompt } = this.composition;
    this.slots.set(slots);
    [chunkTokens, chunkContext, chunkPrompt].forEach((column, i) => {
      column.set(columns[i] as Float64Array);
    });
    this.composition.chunks = slots.length;
  }
}

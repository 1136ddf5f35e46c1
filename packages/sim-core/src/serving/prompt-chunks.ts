import { createStepComposition, type StepComposition } from "./latency/model.ts";

/** The prompt chunks of the step being put together, as the latency model sees them. */
export class PromptChunks {
  readonly composition: StepComposition;

  constructor(maxChunks: number) {
    this.composition = createStepComposition(maxChunks);
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
  add(tokens: number, context: number, target: number): void {
    const { composition } = this;
    const i = composition.chunks++;
    composition.chunkTokens[i] = tokens;
    composition.chunkContext[i] = context;
    composition.chunkPrompt[i] = target;
    composition.promptTokens += tokens;
    composition.promptTokenContext += tokens * (context + tokens * 0.5);
  }
}

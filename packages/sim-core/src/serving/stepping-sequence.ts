import type { StepComposition } from "./latency/model.ts";
import type { SteppingBlock } from "./stepping-blocks.ts";

/** Tokens per step are kept in these parts of a token. */
export const PARTS = 1024;

/** One sequence of the reference. */
export interface Sequence {
  readonly slot: number;
  /** Tokens in the KV cache. */
  length: number;
  /** Tokens the prompt phase must compute: prompt, plus what had been generated before a preemption. */
  target: number;
  emitted: number;
  blocks: SteppingBlock[];
  /** Leading blocks that others can share. */
  named: number;
  /** Prompt tokens this step computes; 0 while decoding. */
  chunk: number;
  /** Tokens this step adds to the cache. */
  grows: number;
  /** Parts of a token that speculation is ahead, in 1/1024. */
  ahead: number;
}

/** Its prompt, or after a preemption prompt and answer so far, is in the cache. */
export function isDecoding(sequence: Sequence): boolean {
  return sequence.emitted > 0 && sequence.length >= sequence.target;
}

/** Tokens that a decode step adds to the context on average. @param rateOf tokens a sequence gets in a step, in 1/1024 */
export function tokensPerStep(running: readonly Sequence[], rateOf: (sequence: Sequence) => number): number {
  return running.reduce((sum, sequence) => sum + (isDecoding(sequence) ? rateOf(sequence) : 0), 0) / PARTS;
}

/** Context of the next decode step: what is in the cache, and the tokens it computes. */
export function decodeContext(running: readonly Sequence[], rateOf: (sequence: Sequence) => number): number {
  const parts = running.reduce(
    (sum, sequence) => (isDecoding(sequence) ? sum + sequence.length * PARTS + sequence.ahead + rateOf(sequence) : sum),
    0,
  );
  return parts / PARTS;
}

/** Puts the chunks of unfinished prompts into the composition of a step. */
export function fillComposition(composition: StepComposition, prompts: readonly Sequence[]): void {
  composition.chunks = prompts.length;
  composition.promptTokens = 0;
  composition.promptTokenContext = 0;
  prompts.forEach((sequence, i) => {
    composition.chunkTokens[i] = sequence.chunk;
    composition.chunkContext[i] = sequence.length;
    composition.chunkPrompt[i] = sequence.target;
    composition.promptTokens += sequence.chunk;
    composition.promptTokenContext += sequence.chunk * (sequence.length + sequence.chunk * 0.5);
  });
}

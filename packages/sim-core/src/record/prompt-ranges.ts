/** Prompts of more than `fromTokens` and at most `toTokens`; no upper end: null. */
export interface PromptRange {
  readonly fromTokens: number;
  readonly toTokens: number | null;
}

/** Four times longer from one to the next, so that a question, a page, a document and a book stay apart. */
export const PROMPT_RANGES: readonly PromptRange[] = [
  { fromTokens: 0, toTokens: 256 },
  { fromTokens: 256, toTokens: 1024 },
  { fromTokens: 1024, toTokens: 4096 },
  { fromTokens: 4096, toTokens: 16_384 },
  { fromTokens: 16_384, toTokens: null },
];

/** Position in {@link PROMPT_RANGES} of the range that holds a prompt. */
export function promptRangeOf(promptTokens: number): number {
  if (promptTokens <= 1024) return promptTokens <= 256 ? 0 : 1;
  if (promptTokens <= 4096) return 2;
  return promptTokens <= 16_384 ? 3 : 4;
}

import type { RunResult } from "@replicast/sim-core";

type TtftByPrompt = RunResult["ttftByPrompt"][number];

/** How reports call a range of prompt lengths: "up to 256", "256 to 1k", "over 16k" tokens. */
export function promptRangeName({ fromTokens, toTokens }: Pick<TtftByPrompt, "fromTokens" | "toTokens">): string {
  if (toTokens === null) return `over ${short(fromTokens)}`;
  return fromTokens === 0 ? `up to ${short(toTokens)}` : `${short(fromTokens)} to ${short(toTokens)}`;
}

/** Ranges that some run has prompts in, short prompts first. */
export function promptRangesUsed(runs: readonly RunResult[]): readonly string[] {
  const used = new Set(runs.flatMap(({ ttftByPrompt }) => ttftByPrompt.filter(({ ttft }) => ttft.count > 0).map(promptRangeName)));
  return (runs[0]?.ttftByPrompt ?? []).map(promptRangeName).filter((name) => used.has(name));
}

/** What a run says of a range; undefined when it has no prompt there. */
export function ttftIn(run: RunResult, range: string): TtftByPrompt["ttft"] | undefined {
  const found = run.ttftByPrompt.find((each) => promptRangeName(each) === range)?.ttft;
  return found === undefined || found.count === 0 ? undefined : found;
}

function short(tokens: number): string {
  return tokens >= 1024 ? `${tokens / 1024}k` : String(tokens);
}

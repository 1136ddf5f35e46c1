import { createSampler } from "../random/distributions.ts";
import type { SpeculativeConfig } from "./config.ts";
import { STEP_TOKEN_UNITS } from "./speculative-batch.ts";

/** Tokens per step of a request by its quantile, in whole units of 1/{@link STEP_TOKEN_UNITS}; a step brings one token at least, and all drafted ones and one more at most. */
export function stepTokensOf(config: SpeculativeConfig): (quantile: number) => number {
  const sampler = createSampler(config.tokensPerStep);
  const most = (config.draftTokens + 1) * STEP_TOKEN_UNITS;
  return (quantile) => Math.min(most, Math.max(STEP_TOKEN_UNITS, Math.round(sampler.quantile(quantile) * STEP_TOKEN_UNITS)));
}

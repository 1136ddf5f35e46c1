import { createSampler } from "../random/distributions.ts";
import type { SpeculativeConfig } from "./config.ts";
import { STEP_TOKEN_UNITS } from "./speculative-batch.ts";

/** Tokens per step of a request by its quantile, in whole units of 1/{@link STEP_TOKEN_UNITS}; a step brings one token at least. */
export function stepTokensOf(config: SpeculativeConfig): (quantile: number) => number {
  const sampler = createSampler(config.tokensPerStep);
  return (quantile) => Math.max(STEP_TOKEN_UNITS, Math.round(sampler.quantile(quantile) * STEP_TOKEN_UNITS));
}

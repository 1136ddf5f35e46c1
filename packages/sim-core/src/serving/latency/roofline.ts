import { exp, ln } from "../../random/real.ts";
import type { LatencyConfig } from "../config.ts";
import type { LatencyModel } from "./contract.ts";

/**
 * Smooth roofline with p = 4: a step takes the 4-norm of its compute and weight-read times, plus overhead and
 * linear terms. For mixtures of experts the weights read grow with the share of distinct experts the step's tokens
 * touch: experts × (1 − (1 − k/E)^tokens).
 */
export function createRooflineModel(config: Extract<LatencyConfig, { kind: "roofline" }>): LatencyModel {
  const { stepOverheadSeconds, perTokenComputeSeconds, perDecodeSequenceSeconds, perContextTokenSeconds, perPromptTokenContextSeconds } =
    config;
  const perPromptTokenSeconds = config.perPromptTokenSeconds ?? 0;
  const missLogarithm = config.experts === undefined ? 0 : ln(1 - config.experts.perToken / config.experts.total);

  const weightSeconds = (tokens: number): number =>
    config.expertReadSeconds === 0 || config.experts === undefined
      ? config.weightReadSeconds
      : config.weightReadSeconds + config.expertReadSeconds * (1 - exp(missLogarithm * tokens));

  const batchSeconds = (tokens: number): number => {
    const compute = perTokenComputeSeconds * tokens;
    const weights = weightSeconds(tokens);
    const computeSquared = compute * compute;
    const weightsSquared = weights * weights;
    return stepOverheadSeconds + Math.sqrt(Math.sqrt(computeSquared * computeSquared + weightsSquared * weightsSquared));
  };

  return {
    requestOverheadSeconds: config.requestOverheadSeconds,
    perContextTokenSeconds,
    decodeBaseSeconds: (decodeSequences) => batchSeconds(decodeSequences) + perDecodeSequenceSeconds * decodeSequences,
    stepSeconds: (step) =>
      batchSeconds(step.promptTokens + step.decodeSequences) +
      perPromptTokenSeconds * step.promptTokens +
      perDecodeSequenceSeconds * step.decodeSequences +
      perContextTokenSeconds * step.contextTokens +
      perPromptTokenContextSeconds * step.promptTokenContext,
  };
}

import type { LatencyConfig } from "../config.ts";
import type { LatencyModel } from "./contract.ts";

/** Step time linear in prompt tokens, decoding sequences and their context. Enough when calibrated on the very server, with a saturated run. */
export function createLinearModel(config: Extract<LatencyConfig, { kind: "linear" }>): LatencyModel {
  const { stepSeconds, perPromptTokenSeconds, perDecodeSequenceSeconds, perContextTokenSeconds, perPromptTokenContextSeconds } = config;
  return {
    requestOverheadSeconds: config.requestOverheadSeconds,
    perContextTokenSeconds,
    decodeBaseSeconds: (decodeSequences) => stepSeconds + perDecodeSequenceSeconds * decodeSequences,
    stepSeconds: (step) =>
      stepSeconds +
      perDecodeSequenceSeconds * step.decodeSequences +
      perContextTokenSeconds * step.contextTokens +
      perPromptTokenSeconds * step.promptTokens +
      perPromptTokenContextSeconds * step.promptTokenContext,
  };
}

import type { LatencyConfig } from "@replicast/sim-core";

/** A start for fitting the linear form: what a roofline says of a step that reads all weights and computes little. */
export function linearStart(roofline: Extract<LatencyConfig, { kind: "roofline" }>): Extract<LatencyConfig, { kind: "linear" }> {
  return {
    kind: "linear",
    stepSeconds: roofline.stepOverheadSeconds + roofline.weightReadSeconds + roofline.expertReadSeconds,
    perPromptTokenSeconds: roofline.perTokenComputeSeconds + (roofline.perPromptTokenSeconds ?? 0),
    perDecodeSequenceSeconds: roofline.perDecodeSequenceSeconds,
    perContextTokenSeconds: roofline.perContextTokenSeconds,
    perPromptTokenContextSeconds: roofline.perPromptTokenContextSeconds,
    requestOverheadSeconds: roofline.requestOverheadSeconds,
  };
}

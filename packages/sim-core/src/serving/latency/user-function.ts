import { InputError } from "../../errors.ts";
import type { LatencyModel, StepComposition, UserLatency } from "./contract.ts";

/** The engine's view of a latency model in code; what it answers is checked. */
export function createFunctionModel(latency: UserLatency): LatencyModel {
  const { name, perContextTokenSeconds, requestOverheadSeconds = 0 } = latency;
  const stepSeconds = (step: StepComposition): number => {
    const seconds = latency.stepSeconds(step);
    if (!(seconds > 0 && seconds < Number.POSITIVE_INFINITY))
      throw new InputError([
        {
          code: "latency_function_result",
          path: [],
          data: { name, actual: String(seconds), decodeSequences: step.decodeSequences, promptTokens: step.promptTokens },
        },
      ]);
    return seconds;
  };
  const bases: number[] = [];
  const none = new Float64Array(0);
  // An affine function tells its base when asked with no context at all.
  const baseOf = (decodeSequences: number): number =>
    stepSeconds({
      decodeSequences,
      contextTokens: 0,
      chunks: 0,
      promptTokens: 0,
      promptTokenContext: 0,
      chunkTokens: none,
      chunkContext: none,
      chunkPrompt: none,
    });
  return {
    requestOverheadSeconds,
    perContextTokenSeconds,
    decodeBaseSeconds: (decodeSequences) => (bases[decodeSequences] ??= baseOf(decodeSequences)),
    stepSeconds,
  };
}

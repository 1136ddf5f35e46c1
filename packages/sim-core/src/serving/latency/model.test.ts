import { describe, expect, it } from "vitest";
import type { LatencyConfig } from "../config.ts";
import { createLatencyModel, createStepComposition } from "./model.ts";

const ROOFLINE: LatencyConfig = {
  kind: "roofline",
  stepOverheadSeconds: 0.004,
  perTokenComputeSeconds: 5e-5,
  weightReadSeconds: 0.012,
  expertReadSeconds: 0,
  perDecodeSequenceSeconds: 2e-5,
  perContextTokenSeconds: 3e-8,
  perPromptTokenContextSeconds: 1e-9,
  requestOverheadSeconds: 0.02,
};
const MIXTURE: LatencyConfig = { ...ROOFLINE, weightReadSeconds: 0.0005, expertReadSeconds: 0.015, experts: { total: 8, perToken: 2 } };

function step(decodeSequences: number, contextTokens: number, promptTokens = 0, promptTokenContext = 0) {
  return {
    ...createStepComposition(1),
    decodeSequences,
    contextTokens,
    chunks: promptTokens > 0 ? 1 : 0,
    promptTokens,
    promptTokenContext,
  };
}

describe("latency models", () => {
  it("take the 4-norm of compute and weight read, plus the linear terms", () => {
    const compute = 5e-5 * (1000 + 10);
    const expected = 0.004 + (compute ** 4 + 0.012 ** 4) ** 0.25 + 2e-5 * 10 + 3e-8 * 5000 + 1e-9 * 500_000;
    expect(createLatencyModel(ROOFLINE).stepSeconds(step(10, 5000, 1000, 500_000))).toBeCloseTo(expected, 12);
  });

  it("add what a prompt token costs beside the norm, and nothing for tokens that are decoded", () => {
    const split = createLatencyModel({ ...ROOFLINE, perPromptTokenSeconds: 1e-5 });
    const whole = createLatencyModel(ROOFLINE);
    expect(split.stepSeconds(step(10, 5000, 1000, 500_000)) - whole.stepSeconds(step(10, 5000, 1000, 500_000))).toBeCloseTo(0.01, 12);
    expect(split.decodeBaseSeconds(10)).toBe(whole.decodeBaseSeconds(10));
  });

  it("read more experts the more tokens a step has: 1 − (1 − k/E)^tokens of them", () => {
    const expected = (tokens: number): number => 0.0005 + 0.015 * (1 - 0.75 ** tokens);
    const model = createLatencyModel(MIXTURE);
    for (const tokens of [1, 2, 8]) {
      const compute = 5e-5 * tokens;
      expect(model.decodeBaseSeconds(tokens)).toBeCloseTo(0.004 + (compute ** 4 + expected(tokens) ** 4) ** 0.25 + 2e-5 * tokens, 12);
    }
  });

  it.each([
    ["roofline", ROOFLINE],
    ["mixture of experts", MIXTURE],
    [
      "linear",
      {
        kind: "linear",
        stepSeconds: 0.01,
        perPromptTokenSeconds: 4e-5,
        perDecodeSequenceSeconds: 3e-5,
        perContextTokenSeconds: 4e-8,
        perPromptTokenContextSeconds: 1e-9,
        requestOverheadSeconds: 0.01,
      } as LatencyConfig,
    ],
  ])("are affine in the context while only decoding: %s", (_, config) => {
    const model = createLatencyModel(config);
    for (const sequences of [1, 16, 200]) {
      const closed = model.decodeBaseSeconds(sequences) + (model.perContextTokenSeconds as number) * 70_000;
      expect(model.stepSeconds(step(sequences, 70_000))).toBeCloseTo(closed, 14);
    }
  });
});

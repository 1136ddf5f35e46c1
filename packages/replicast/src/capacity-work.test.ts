import type { LatencyConfig, ServingConfig } from "@replicast/sim-core";
import { requestWork } from "@replicast/sim-core/score";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Lengths, loneSeconds, mixWork } from "./capacity-work.ts";

const LINEAR: LatencyConfig = {
  kind: "linear",
  stepSeconds: 0.01,
  perPromptTokenSeconds: 2e-5,
  perDecodeSequenceSeconds: 3e-5,
  perContextTokenSeconds: 4e-8,
  perPromptTokenContextSeconds: 5e-9,
  requestOverheadSeconds: 0.02,
};

const serving = (latency: LatencyConfig): ServingConfig => ({
  model: {
    name: "m",
    parameters: 1,
    activeParameters: 1,
    layers: 1,
    hiddenSize: 1,
    attentionHeads: 1,
    kvHeads: 1,
    headDimension: 1,
    weightBytes: 1,
    kvBytesPerToken: 1,
  },
  gpu: { name: "H100", memoryBytes: 1, bandwidthBytesPerSecond: 1, fp16Flops: 1, linkBytesPerSecond: 1 },
  gpusPerReplica: 1,
  latency,
  engine: {
    maxBatchedTokens: 2048,
    maxSequences: 64,
    kvBlocks: 1000,
    blockTokens: 16,
    maxModelTokens: 8192,
    warmUp: { factor: 1, requests: 1 },
  },
  gateway: { maxQueued: 1, queueTimeoutSeconds: 1, maxInFlightPerReplica: 1, routing: "leastRequests" },
  client: { timeoutSeconds: 1, patienceSeconds: 1, maxRetries: 0, backoffBaseSeconds: 1, backoffMaxSeconds: 1 },
});

const lengths: fc.Arbitrary<Lengths> = fc.record({
  promptTokens: fc.integer({ min: 1, max: 8000 }),
  outputTokens: fc.integer({ min: 1, max: 2000 }),
});

describe("mixWork", () => {
  it("finds the very coefficients of a linear model", () => {
    const { weights, secondsPerRequest } = mixWork(serving(LINEAR), [{ promptTokens: 1000, outputTokens: 200 }]);
    expect(weights.perRequest).toBe(0);
    expect(weights.perPromptToken * secondsPerRequest).toBeCloseTo(2e-5, 12);
    expect(weights.perOutputToken * secondsPerRequest).toBeCloseTo(3e-5, 12);
    expect(weights.perContextToken * secondsPerRequest).toBeCloseTo(4e-8, 14);
    expect(weights.perPromptTokenSquared * secondsPerRequest).toBeCloseTo(5e-9 / 2, 15);
    expect(secondsPerRequest).toBeCloseTo(2e-5 * 1000 + 3e-5 * 200 + (5e-9 / 2) * 1e6 + 4e-8 * 200 * 1100, 10);
  });

  it("scales the work of the mix to a mean of one", () => {
    fc.assert(
      fc.property(fc.array(lengths, { minLength: 1, maxLength: 50 }), (mix) => {
        const { weights } = mixWork(serving(LINEAR), mix);
        const mean =
          mix.reduce((sum, { promptTokens, outputTokens }) => sum + requestWork(weights, promptTokens, outputTokens), 0) / mix.length;
        expect(mean).toBeCloseTo(1, 9);
      }),
    );
  });

  it("weighs all requests the same when tokens cost nothing", () => {
    const free: LatencyConfig = {
      ...LINEAR,
      perPromptTokenSeconds: 0,
      perDecodeSequenceSeconds: 0,
      perContextTokenSeconds: 0,
      perPromptTokenContextSeconds: 0,
    };
    const { weights } = mixWork(serving(free), [{ promptTokens: 10, outputTokens: 10 }]);
    expect(requestWork(weights, 1, 1)).toBe(1);
    expect(requestWork(weights, 5000, 900)).toBe(1);
  });

  it("lets a memory-bound roofline weigh prompts by what they add beyond the weight read", () => {
    const roofline: LatencyConfig = {
      kind: "roofline",
      stepOverheadSeconds: 0.002,
      perTokenComputeSeconds: 2e-5,
      weightReadSeconds: 0.01,
      expertReadSeconds: 0,
      perDecodeSequenceSeconds: 3e-5,
      perContextTokenSeconds: 4e-8,
      perPromptTokenContextSeconds: 0,
      requestOverheadSeconds: 0,
    };
    const { weights, secondsPerRequest } = mixWork(serving(roofline), [{ promptTokens: 500, outputTokens: 100 }]);
    const compute = 532 * 2e-5;
    const decodeOnly = 32 * 2e-5;
    const norm = (x: number): number => (x ** 4 + 0.01 ** 4) ** 0.25;
    expect(weights.perPromptToken * secondsPerRequest).toBeCloseTo((norm(compute) - norm(decodeOnly)) / 500, 9);
    expect(weights.perPromptTokenSquared).toBe(0);
  });
});

describe("a request alone on a replica", () => {
  it("takes its overhead, its prompt in one step, and a step for each further token", () => {
    const prompt = 0.01 + 2e-5 * 1000 + 5e-9 * 1000 * 500;
    const token = 0.01 + 3e-5 + 4e-8 * 1100;
    expect(loneSeconds(serving(LINEAR), { promptTokens: 1000, outputTokens: 200 })).toBeCloseTo(0.02 + prompt + 199 * token, 12);
  });
});

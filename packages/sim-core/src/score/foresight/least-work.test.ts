import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LatencyConfig } from "../../serving/config.ts";
import { createLatencyModel, createStepComposition } from "../../serving/latency/model.ts";
import { SMALL_MODEL_LATENCY, tinyPlan } from "../../testing.ts";
import { leastSeconds, leastWork } from "./least-work.ts";

const LINEAR: LatencyConfig = {
  kind: "linear",
  stepSeconds: 0.01,
  perPromptTokenSeconds: 1e-5,
  perDecodeSequenceSeconds: 2e-5,
  perContextTokenSeconds: 1e-8,
  perPromptTokenContextSeconds: 1e-9,
  requestOverheadSeconds: 0,
};

const serving = (latency: LatencyConfig, engine: Parameters<typeof tinyPlan>[0] extends infer _ ? object : never = {}) =>
  tinyPlan({ deployments: [{ latency, engine }] }).deployments[0]?.serving as ReturnType<typeof tinyPlan>["deployments"][number]["serving"];

const means = { meanPromptTokens: 500, meanOutputTokens: 100, longestTokens: 1000, isPromptFree: false };

describe("the least work of a request", () => {
  it("never adds up to more than a step takes, whatever the step is made of", () => {
    fc.assert(
      fc.property(
        fc.record({
          latency: fc.constantFrom(LINEAR, SMALL_MODEL_LATENCY),
          prompt: fc.integer({ min: 0, max: 512 }),
          decodes: fc.integer({ min: 0, max: 32 }),
          context: fc.integer({ min: 1, max: 4000 }),
          meanOutputTokens: fc.integer({ min: 1, max: 2000 }),
          meanPromptTokens: fc.integer({ min: 1, max: 5000 }),
        }),
        ({ latency, prompt, decodes, context, ...mean }) => {
          fc.pre(prompt + decodes > 0 && prompt + decodes <= 512);
          const work = leastWork(serving(latency, { maxBatchedTokens: 512, maxSequences: 32 }), {
            ...mean,
            longestTokens: 6000,
            isPromptFree: false,
          });
          const step = createStepComposition(1);
          step.decodeSequences = decodes;
          step.contextTokens = decodes * context;
          step.promptTokens = prompt;
          step.chunks = prompt > 0 ? 1 : 0;
          step.promptTokenContext = (prompt * prompt) / 2;
          const charged =
            work.perPromptTokenSeconds * prompt +
            work.perPromptTokenSquaredSeconds * prompt * prompt +
            work.perDecodeSeconds * decodes +
            work.perContextTokenSeconds * decodes * context;
          expect(charged).toBeLessThanOrEqual(createLatencyModel(latency).stepSeconds(step) * (1 + 1e-12));
        },
      ),
    );
  });

  it("is larger where tokens may not take long, as batches are smaller then", () => {
    const mean = { ...means, isPromptFree: true };
    const free = leastWork(serving(LINEAR), mean);
    const bound = leastWork(serving(LINEAR), { ...mean, tokenSecondsMax: 0.01 + 8 * 2e-5 });
    // 10 ms of a step are shared by 256 sequences at most; with 10.16 ms a token, the fixed part alone may last no longer than that.
    expect(free.perDecodeSeconds).toBeCloseTo(0.01 / 256 + 2e-5, 9);
    expect(bound.perDecodeSeconds).toBeGreaterThanOrEqual(free.perDecodeSeconds);
    const roofline = (tokenSecondsMax: number) => leastWork(serving(SMALL_MODEL_LATENCY), { ...mean, tokenSecondsMax }).perDecodeSeconds;
    expect(roofline(0.0069)).toBeGreaterThan(roofline(1));
  });

  it("counts a token of the answer with the prompt, and every further one with its context", () => {
    const work = leastWork(serving(LINEAR), means);
    const more = leastSeconds(work, 500, 3) - leastSeconds(work, 500, 1);
    expect(more).toBeCloseTo(2 * work.perDecodeSeconds + work.perContextTokenSeconds * (501 + 501), 12);
  });

  it("asks nothing for prompts that may lie in a cache, nor for answers of models without a price per token", () => {
    const cached = leastWork(serving(SMALL_MODEL_LATENCY), { ...means, isPromptFree: true });
    // Its last token is computed in any case, and sends the first of the answer.
    expect(leastSeconds(cached, 9000, 1)).toBeCloseTo(leastSeconds(cached, 10, 1), 15);
    expect(leastSeconds(cached, 9000, 1)).toBeGreaterThan(0);
    const inCode: LatencyConfig = { kind: "function", latency: { name: "mine", stepSeconds: () => 0.01 } };
    expect(leastSeconds(leastWork(serving(inCode), means), 500, 100)).toBe(0);
  });

  it("asks for no more than a recomputed token where sequences may be preempted and found in a cache", () => {
    const work = (engine: object) => leastWork(serving(LINEAR, { maxSequences: 64, ...engine }), means);
    const roomy = work({ prefixCaching: true, kvBlocks: 64 * 64 });
    const tight = work({ prefixCaching: true, kvBlocks: 1000 });
    expect(roomy.perContextTokenSeconds).toBe(1e-8);
    expect(tight.perContextTokenSeconds).toBe(1e-9);
    expect(roomy.perDecodeSeconds - tight.perDecodeSeconds).toBeCloseTo(2e-5 - 1e-5, 12);
    // Without a cache the whole context is computed anew, which costs more than it saves.
    expect(work({ kvBlocks: 1000, maxBatchedTokens: 128 }).perContextTokenSeconds).toBe(1e-8);
  });

  it("shares the best batch of a model that answers in one pass among its instances", () => {
    const latency: LatencyConfig = {
      kind: "curve",
      points: [
        [1, 0.01],
        [8, 0.02],
        [16, 0.08],
      ],
      requestOverheadSeconds: 0,
    };
    const batching = { kind: "dynamic", maxBatchSize: 16, instances: 2 };
    expect(leastSeconds(leastWork(serving(latency, { batching }), means), 1, 1)).toBeCloseTo(0.02 / 8 / 2, 12);
  });
});

import { describe, expect, it } from "vitest";
import { expertWeightBytes, genericLatency } from "./generic-latency.ts";
import { GPU_SHEETS } from "./gpu-sheets.ts";
import { createLatencyModel, createStepComposition } from "./latency/model.ts";
import { activationBytesPerGpu, memoryBudget } from "./memory.ts";
import { MODEL_SHAPES } from "./model-shapes.ts";
import { PRESET_DATA } from "./preset-data.ts";
import { findPreset, PRESET_IDS, type ServingPreset } from "./presets.ts";

const preset = (id: string): ServingPreset => findPreset(id) as ServingPreset;

describe("presets", () => {
  it("names a shape and a GPU sheet that exist, in every record", () => {
    for (const data of PRESET_DATA) {
      expect(MODEL_SHAPES[data.shape], data.id).toBeDefined();
      expect(GPU_SHEETS[data.gpu], data.id).toBeDefined();
    }
    expect(new Set(PRESET_IDS).size).toBe(PRESET_IDS.length);
  });

  it("offers the roofline first and the linear form too, where both were fitted", () => {
    expect(preset("llama-2-70b_h100_tp4").latencies.map((form) => form.kind)).toEqual(["roofline", "linear"]);
    expect(preset("llama-2-70b_h100_tp8_legacy2023").latencies.map((form) => form.kind)).toEqual(["linear"]);
  });

  it("takes about 16 ms for a decode step of a 70B model on four H100, as measured on current vLLM", () => {
    const model = createLatencyModel(preset("llama-2-70b_h100_tp4").latencies[0] as never);
    const step = { ...createStepComposition(1), decodeSequences: 1, contextTokens: 1000 };
    expect(model.stepSeconds(step)).toBeCloseTo(0.016, 3);
  });

  it("gives mixtures of experts their expert term", () => {
    expect(preset("mixtral-8x7b_h100_tp2").latencies[0]).toMatchObject({ experts: { total: 8, perToken: 2 } });
  });

  it("says of every server whether its limits were measured", () => {
    expect(preset("llama-3.1-8b_h100_tp1").limits).toBe("measured");
    expect(PRESET_IDS.filter((id) => preset(id).limits === "assumed")).toEqual([
      "llama-2-70b_a100_tp8_legacy2023",
      "llama-2-70b_h100_tp8_legacy2023",
    ]);
  });

  it("is undefined for an unknown id", () => {
    expect(findPreset("gpt-9")).toBeUndefined();
  });
});

describe("generic latency", () => {
  it("finds the parameters of the experts from total and active parameters", () => {
    const mixtral = MODEL_SHAPES["mixtral-8x7b"] as ServingPreset["model"];
    expect(expertWeightBytes(mixtral) / 2).toBeCloseTo(45.1e9, -8);
    expect(expertWeightBytes(MODEL_SHAPES["llama-2-70b"] as ServingPreset["model"])).toBe(0);
  });

  it.each(PRESET_IDS.filter((id) => !id.includes("legacy")))("lies within 45 %% of the fitted step times of %s", (id) => {
    const { model, gpu, gpusPerReplica, latencies } = preset(id);
    const fitted = createLatencyModel(latencies[0] as never);
    const generic = createLatencyModel(genericLatency(model, gpu, gpusPerReplica));
    const decode = { ...createStepComposition(1), decodeSequences: 32, contextTokens: 32_000 };
    const prompt = { ...createStepComposition(1), chunks: 1, promptTokens: 1000, promptTokenContext: 500_000 };
    for (const step of [decode, prompt]) {
      expect(Math.abs(generic.stepSeconds(step) / fitted.stepSeconds(step) - 1)).toBeLessThan(0.45);
    }
  });

  it("exchanges the activations of every prompt token between the GPUs of a replica, and of none on a single GPU", () => {
    const { model, gpu } = preset("llama-2-70b_h100_tp4");
    // two all-reduces in each of 80 layers, 8192 values of 2 bytes, 2 · 3/4 of them over 450 GB/s at 70 %
    const seconds = (2 * 80 * 8192 * 2 * 1.5) / (4.5e11 * 0.7);
    const four = genericLatency(model, gpu, 4);
    expect(four.perPromptTokenSeconds).toBeCloseTo(seconds, 12);
    expect(four.perDecodeSequenceSeconds).toBe(genericLatency(model, gpu, 1).perDecodeSequenceSeconds);
    expect(genericLatency(model, gpu, 1)).not.toHaveProperty("perPromptTokenSeconds");
    expect(genericLatency(model, gpu, 8).perPromptTokenSeconds).toBeCloseTo((seconds * 1.75) / 1.5, 12);
    expect(genericLatency(model, { ...gpu, linkBytesPerSecond: 3.2e10 }, 4).perPromptTokenSeconds).toBeCloseTo((seconds * 450) / 32, 12);
  });

  it("spends half the time on a token when weights are stored in 8 bits", () => {
    const scout = MODEL_SHAPES["llama-4-scout-fp8"] as ServingPreset["model"];
    const gpu = GPU_SHEETS["H100"] as ServingPreset["gpu"];
    const eight = genericLatency(scout, gpu, 2).perTokenComputeSeconds;
    const sixteen = genericLatency({ ...scout, weightBytes: 2 * scout.parameters }, gpu, 2).perTokenComputeSeconds;
    expect(eight * 2).toBeCloseTo(sixteen, 12);
    expect(eight).toBeCloseTo(1.208e-5, 8);
  });
});

describe("memory", () => {
  const { model, gpu } = preset("llama-2-70b_h100_tp4");
  const request = { model, gpu, gpusPerReplica: 4, utilization: 0.9, maxBatchedTokens: 2048, blockTokens: 16 };

  it("leaves to the KV cache what weights and activations do not take", () => {
    const budget = memoryBudget(request);
    expect(budget.usableBytes).toBe(288e9);
    expect(budget.activationBytes).toBe(4 * (1e9 + 2048 * 8192 * 24));
    expect(budget.kvCacheBytes).toBe(288e9 - 137.96e9 - budget.activationBytes);
    expect(budget.kvBlocks).toBe(Math.floor(budget.kvCacheBytes / 327_680 / 16));
  });

  it("has no blocks and a negative remainder when the weights do not fit", () => {
    const budget = memoryBudget({ ...request, gpusPerReplica: 1 });
    expect(budget.kvCacheBytes).toBeLessThan(0);
    expect(budget.kvBlocks).toBe(0);
  });

  it("stores each KV head on several GPUs when there are more GPUs than heads", () => {
    expect(memoryBudget({ ...request, gpusPerReplica: 8 }).kvBytesPerToken).toBe(327_680);
    expect(memoryBudget({ ...request, gpusPerReplica: 16 }).kvBytesPerToken).toBe(655_360);
  });

  it("errs on the safe side of the blocks a real server reported", () => {
    const { engine, ...qwen } = preset("qwen3-14b_h100_tp1");
    const estimate = memoryBudget({
      ...qwen,
      utilization: engine.gpuMemoryUtilization,
      maxBatchedTokens: engine.maxBatchedTokens,
      blockTokens: 16,
    });
    expect(estimate.kvBlocks).toBeLessThan(engine.kvBlocks as number);
    expect(estimate.kvBlocks).toBeGreaterThan(0.8 * (engine.kvBlocks as number));
  });

  it("grows with the tokens of a step", () => {
    expect(activationBytesPerGpu(model, 4096) - activationBytesPerGpu(model, 2048)).toBe(2048 * 8192 * 24);
  });
});

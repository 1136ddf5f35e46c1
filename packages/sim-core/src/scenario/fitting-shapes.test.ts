import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { GpuSheet, ModelShape } from "../serving/config.ts";
import { GPU_SHEETS } from "../serving/gpu-sheets.ts";
import { memoryBudget } from "../serving/memory.ts";
import { MODEL_SHAPES } from "../serving/model-shapes.ts";
import { type FitRequest, fittingShapes, fittingWithHalfWeights, holdsOneRequest } from "./fitting-shapes.ts";

const shape = (name: string): ModelShape => MODEL_SHAPES[name] as ModelShape;
const sheet = (name: string): GpuSheet => GPU_SHEETS[name] as GpuSheet;

function request(changes: Partial<FitRequest> = {}): FitRequest {
  const model = shape("llama-2-70b");
  return {
    model,
    gpu: sheet("H100"),
    gpusPerReplica: 1,
    utilization: 0.92,
    maxBatchedTokens: 2048,
    blockTokens: 16,
    maxModelTokens: 4096,
    ...changes,
  };
}

/** "2 × A100 (about $2.60/h)" → [2, "A100"]. */
function parts(text: string): readonly [number, string] {
  const [, gpus = "", gpu = ""] = /^(\d+) × ([^ ]+)/.exec(text) ?? [];
  return [Number(gpus), gpu];
}

describe("shapes that fit", () => {
  it("are the fewest GPUs of each kind, the cheapest first, and those without a price last", () => {
    expect(fittingShapes(request())).toEqual([
      "2 × A100 (about $2.60/h)",
      "4 × L40S (about $3.56/h)",
      "8 × L4 (about $4.80/h)",
      "4 × A100-40GB (about $5.20/h)",
      "2 × H100 (about $5.50/h)",
      "2 × H200 (about $7.00/h)",
      "2 × RTX-PRO-6000",
    ]);
  });

  it("are fewer for half of the bits in each weight, where there are more than 8", () => {
    expect(fittingWithHalfWeights(request())).toContain("1 × H200 (about $3.50/h)");
    expect(fittingWithHalfWeights(request({ model: shape("llama-4-scout-fp8") }))).toEqual([]);
  });

  it("name a GPU of the scenario's own too, without a price", () => {
    const gpu = { ...sheet("H200"), name: "Own 200GB", memoryBytes: 200e9 };
    expect(fittingShapes(request({ gpu }))).toContain("1 × Own 200GB");
  });

  it("deal attention heads out whole", () => {
    const model = { ...shape("llama-2-70b"), attentionHeads: 6 };
    const sizes = fittingShapes(request({ model })).map((text) => parts(text)[0]);
    expect(sizes.filter((gpus) => gpus > 2)).toEqual([]);
  });

  it("hold the model, while the next smaller size does not", () => {
    const requests = fc.record({
      parameters: fc.integer({ min: 1, max: 400 }),
      maxModelTokens: fc.integer({ min: 1, max: 32_768 }),
      utilization: fc.double({ min: 0.3, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(requests, ({ parameters, maxModelTokens, utilization }) => {
        const model = { ...shape("llama-2-70b"), parameters: parameters * 1e9, weightBytes: parameters * 2e9 };
        const asked = request({ model, maxModelTokens, utilization });
        for (const [gpus, key] of fittingShapes(asked).map(parts)) {
          const fits = (gpusPerReplica: number): boolean =>
            holdsOneRequest(memoryBudget({ ...asked, gpu: sheet(key), gpusPerReplica }), asked);
          expect(fits(gpus)).toBe(true);
          if (gpus > 1) expect(fits(gpus / 2)).toBe(false);
        }
      }),
    );
  });
});

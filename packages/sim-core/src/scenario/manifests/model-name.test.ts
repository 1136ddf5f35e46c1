import { describe, expect, it } from "vitest";
import { MODEL_SHAPES } from "../../serving/model-shapes.ts";
import { quantizationOf, shapeOfModel, writtenShape } from "./model-name.ts";

describe("the shape of a model", () => {
  it.each([
    ["meta-llama/Llama-3.1-8B-Instruct", "llama-3.1-8b"],
    ["meta-llama/Meta-Llama-3.1-8B", "llama-3.1-8b"],
    ["meta-llama/Meta-Llama-3-8B-Instruct", "llama-3.1-8b"],
    ["neuralmagic/Meta-Llama-3.1-8B-Instruct-FP8", "llama-3.1-8b"],
    ["/models/llama-3.1-8b-instruct/", "llama-3.1-8b"],
    ["/root/.cache/huggingface/hub/models--meta-llama--Llama-3.1-8B-Instruct", "llama-3.1-8b"],
    ["meta-llama/Llama-2-70b-chat-hf", "llama-2-70b"],
    ["mistralai/Mixtral-8x7B-Instruct-v0.1", "mixtral-8x7b"],
    ["mistralai/Mistral-Nemo-Instruct-2407", "mistral-nemo-12b"],
    ["Qwen/Qwen3-14B-AWQ", "qwen3-14b"],
    ["RedHatAI/Llama-4-Scout-17B-16E-Instruct-FP8-dynamic", "llama-4-scout-fp8"],
  ])("%s is %s", (name, shape) => {
    expect(shapeOfModel(name)).toBe(shape);
  });

  it.each(["meta-llama/Llama-3.1-80B", "meta-llama/Llama-2-7b-hf", "Qwen/Qwen3-4B", "", "/models", "Qwen/Qwen3-14B-Embedding"])(
    "is not guessed for %s",
    (name) => {
      expect(shapeOfModel(name)).toBeUndefined();
    },
  );

  it("is known for the name of every shape", () => {
    for (const [key, { name }] of Object.entries(MODEL_SHAPES)) expect([name, shapeOfModel(name)]).toEqual([name, key]);
  });
});

it.each([
  ["fp8", 1, false],
  ["RedHatAI/x-quantized.w4a16", 0.5, true],
  ["awq_marlin", 0.5, true],
  ["x-W8A8", 1, false],
  ["bfloat16", undefined, undefined],
])("%s means %s bytes per parameter", (text, bytes, isWeightOnly) => {
  expect(quantizationOf(text)?.bytesPerParameter).toBe(bytes);
  expect(quantizationOf(text)?.isWeightOnly).toBe(isWeightOnly);
});

it("a written shape keeps all but its bytes", () => {
  const { weightBytes: _, kvBytesPerToken: __, ...figures } = MODEL_SHAPES["mixtral-8x7b"] ?? {};
  expect(writtenShape("mixtral-8x7b", 1, 1)).toEqual({ ...figures, bytesPerParameter: 1, kvBytesPerValue: 1 });
});

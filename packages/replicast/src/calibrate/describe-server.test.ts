import { InputError } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { describeServer, type ServerDescription } from "./describe-server.ts";

describe("describing the measured server", () => {
  it.each<{ description: ServerDescription; tokens: number; sequences: number; because: string }>([
    { description: { model: "qwen3-14b_h100_tp1" }, tokens: 8192, sequences: 256, because: "a preset has the limits it was measured with" },
    {
      description: { model: "qwen3-14b_h100_tp1", engine: { version: "0.25.0" } },
      tokens: 8192,
      sequences: 1024,
      because: "a version has its own defaults",
    },
    { description: { model: "qwen3-14b_h100_tp1", gpu: "L40S" }, tokens: 2048, sequences: 256, because: "another GPU is another server" },
    { description: { model: "llama-3.1-8b", gpu: "H100" }, tokens: 8192, sequences: 1024, because: "the newest version is meant" },
    {
      description: { model: "llama-3.1-8b", gpu: "H100", engine: { maxSequences: 64, maxBatchedTokens: 512 } },
      tokens: 512,
      sequences: 64,
      because: "what is given counts",
    },
  ])("takes $tokens tokens and $sequences sequences: $because", async ({ description, tokens, sequences }) => {
    const { deployment } = await describeServer(description);
    expect(deployment.serving.engine).toMatchObject({ maxBatchedTokens: tokens, maxSequences: sequences });
  });

  it("takes the KV blocks that are given, then those read from the preset's server, then an estimate", async () => {
    const blocks = async (engine: ServerDescription["engine"] = {}): Promise<number> =>
      (await describeServer({ model: "qwen3-14b_h100_tp1", engine })).deployment.serving.engine.kvBlocks;
    expect(await blocks({ kvBlocks: 99 })).toBe(99);
    expect(await blocks()).toBe(18_038);
    expect(await blocks({ gpuMemoryUtilization: 0.5 })).toBeLessThan(5000);
  });

  it.each<{ description: ServerDescription; code: string }>([
    { description: { model: "lama-3.1-8b", gpu: "H100" }, code: "unknown_server_model" },
    { description: { model: "llama-3.1-8b" }, code: "unknown_server_gpu" },
    { description: { model: "llama-3.1-8b", gpu: "H99" }, code: "unknown_server_gpu" },
    { description: { model: "llama-3.1-8b", gpu: "H100", engine: { version: "0.5" } }, code: "unknown_engine_version" },
    { description: { model: "llama-2-70b", gpu: "L4" }, code: "model_does_not_fit" },
  ])("refuses $description with $code", async ({ description, code }) => {
    const refused = await describeServer(description).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(InputError);
    expect((refused as InputError).issues.map((issue) => issue.code)).toContain(code);
  });
});

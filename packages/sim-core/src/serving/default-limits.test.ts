import { describe, expect, it } from "vitest";
import type { GpuSheet } from "./config.ts";
import { defaultLimits } from "./default-limits.ts";
import { GPU_SHEETS } from "./gpu-sheets.ts";

describe("default limits", () => {
  it.each([
    { gpu: "H100", tokens: 8192, sequences: 1024, because: "it has 74.5 GiB" },
    { gpu: "H200", tokens: 8192, sequences: 1024, because: "it has 131 GiB" },
    { gpu: "A100", tokens: 2048, sequences: 256, because: "an A100 counts as small, whatever its memory" },
    { gpu: "L40S", tokens: 2048, sequences: 256, because: "it has 45 GiB" },
    { gpu: "L4", tokens: 2048, sequences: 256, because: "it has 22 GiB" },
  ])("are $tokens tokens and $sequences sequences on $gpu: $because", ({ gpu, tokens, sequences }) => {
    expect(defaultLimits(GPU_SHEETS[gpu] as GpuSheet)).toMatchObject({ maxBatchedTokens: tokens, maxSequences: sequences });
  });

  it.each([
    { version: undefined, share: 0.92, because: "the newest is meant" },
    { version: "0.25.0", share: 0.92, because: "this version has it" },
    { version: "v1.2", share: 0.92, because: "it is newer" },
    { version: "0.24.1", share: 0.9, because: "it is not known to have it" },
    { version: "0.8.5.post1", share: 0.9, because: "it was so for years" },
  ])("give $version $share of the memory: $because", ({ version, share }) => {
    expect(defaultLimits(GPU_SHEETS["H100"] as GpuSheet, version)?.gpuMemoryUtilization).toBe(share);
  });

  it.each(["0.7.3", "new", "", "25"])("are not known for version %j", (version) => {
    expect(defaultLimits(GPU_SHEETS["H100"] as GpuSheet, version)).toBeUndefined();
  });
});

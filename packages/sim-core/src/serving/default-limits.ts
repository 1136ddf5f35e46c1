import type { GpuSheet } from "./config.ts";

/** What a server of vLLM starts with when nobody says otherwise. */
export interface DefaultLimits {
  /** @see vLLM --max-num-batched-tokens */
  readonly maxBatchedTokens: number;
  /** @see vLLM --max-num-seqs */
  readonly maxSequences: number;
  /** @see vLLM --gpu-memory-utilization */
  readonly gpuMemoryUtilization: number;
}

/** Device memory from which vLLM takes a GPU for a large one. @see vLLM, EngineArgs.get_batch_defaults */
const LARGE_GPU_BYTES = 70 * 1024 * 1024 * 1024;
/** First version of which the higher share is known; it was 0.90 until early 2026. Between the two, the lower one errs on the safe side. */
const HIGHER_SHARE_VERSION = [0, 25] as const;
/** The scheduler that is simulated here, and its defaults, came with this version. */
const OLDEST_VERSION = [0, 8] as const;

/**
 * Defaults of vLLM's API server by GPU and version: 8192 tokens and 1024 sequences a step on GPUs of 70 GiB and more, except the A100;
 * 2048 and 256 on all others. Memory share 0.92, before 0.25 0.90.
 *
 * @param version as in "0.23.0"; the newest when left out
 * @returns undefined when the version cannot be read, or has another scheduler (before 0.8)
 * @see vLLM, EngineArgs.get_batch_defaults (API server) and CacheConfig.gpu_memory_utilization, read in 2026
 */
export function defaultLimits(gpu: GpuSheet, version?: string): DefaultLimits | undefined {
  const parts = version === undefined ? HIGHER_SHARE_VERSION : parseVersion(version);
  if (parts === undefined || isBefore(parts, OLDEST_VERSION)) return undefined;
  const isLarge = gpu.memoryBytes >= LARGE_GPU_BYTES && !gpu.name.includes("A100");
  return {
    maxBatchedTokens: isLarge ? 8192 : 2048,
    maxSequences: isLarge ? 1024 : 256,
    gpuMemoryUtilization: isBefore(parts, HIGHER_SHARE_VERSION) ? 0.9 : 0.92,
  };
}

/** Whether the version's scheduler is the one simulated here, so that its defaults are known. @param version as in "0.23.0" */
export function hasKnownDefaults(version: string): boolean {
  const parts = parseVersion(version);
  return parts !== undefined && !isBefore(parts, OLDEST_VERSION);
}

type Version = readonly [major: number, minor: number];

function parseVersion(text: string): Version | undefined {
  const found = /^v?(\d{1,3})\.(\d{1,3})(\.\w+)*$/.exec(text);
  return found === null ? undefined : [Number(found[1]), Number(found[2])];
}

function isBefore(a: Version, b: Version): boolean {
  return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);
}

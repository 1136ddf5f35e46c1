import type { GpuSheet, ModelShape } from "./config.ts";

/**
 * Memory of one GPU that is neither weights nor KV cache nor step activations: CUDA context, NCCL buffers, captured
 * graphs, logits. An estimate: vLLM logs 0.5 to 1.5 GB of it for 8B to 70B models on 80 GB GPUs.
 */
export const FIXED_BYTES_PER_GPU = 1e9;

/**
 * 16-bit values that are alive at once per token of a step, in hidden sizes: residual, norm, Q/K/V and the two MLP
 * inputs (about 3.5 hidden sizes each). An estimate for Llama-like decoders; vLLM measures the real peak at start.
 */
const ACTIVATION_HIDDEN_SIZES = 12;
const BYTES_PER_VALUE = 2;

export interface MemoryRequest {
  readonly model: ModelShape;
  readonly gpu: GpuSheet;
  readonly gpusPerReplica: number;
  /** Share of each GPU's memory the engine may use, 0…1. @see vLLM --gpu-memory-utilization */
  readonly utilization: number;
  readonly maxBatchedTokens: number;
  readonly blockTokens: number;
}

/** How a replica's GPU memory divides, bytes over all its GPUs. */
export interface MemoryBudget {
  readonly usableBytes: number;
  readonly weightBytes: number;
  readonly activationBytes: number;
  /** What is left for the KV cache; negative when not even the weights fit. */
  readonly kvCacheBytes: number;
  /** KV bytes of one token over all GPUs. */
  readonly kvBytesPerToken: number;
  /** Whole KV blocks, ≥ 0. */
  readonly kvBlocks: number;
}

/**
 * Divides GPU memory as vLLM does: usable = memory × utilisation × GPUs; what weights and activations leave is KV cache.
 * @see vLLM v1 worker, determine_available_memory
 */
export function memoryBudget(request: MemoryRequest): MemoryBudget {
  const { model, gpu, gpusPerReplica, blockTokens } = request;
  const usableBytes = gpu.memoryBytes * request.utilization * gpusPerReplica;
  const activationBytes = gpusPerReplica * activationBytesPerGpu(model, request.maxBatchedTokens);
  const kvCacheBytes = usableBytes - model.weightBytes - activationBytes;
  // With more GPUs than KV heads, each head is stored on several GPUs.
  const kvBytesPerToken = model.kvBytesPerToken * Math.max(1, gpusPerReplica / model.kvHeads);
  return {
    usableBytes,
    weightBytes: model.weightBytes,
    activationBytes,
    kvCacheBytes,
    kvBytesPerToken,
    kvBlocks: Math.max(0, Math.floor(kvCacheBytes / kvBytesPerToken / blockTokens)),
  };
}

/** Estimated bytes of one GPU besides weights and KV cache, for steps of `maxBatchedTokens` tokens. */
export function activationBytesPerGpu(model: ModelShape, maxBatchedTokens: number): number {
  return FIXED_BYTES_PER_GPU + maxBatchedTokens * model.hiddenSize * BYTES_PER_VALUE * ACTIVATION_HIDDEN_SIZES;
}

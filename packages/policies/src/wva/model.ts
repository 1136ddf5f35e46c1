import { createQueueAnalyzer, type ServiceParameters, type SizeResult } from "./queue-analyzer.ts";

/** What a replica can do and what it has to. Times in milliseconds. */
export type ModelConfig = {
  readonly parameters: ServiceParameters;
  readonly maxBatchSize: number;
  /** Tokens of the answers for which `maxBatchSize` was measured; null: it holds for any. */
  readonly atTokens: number | null;
  readonly sloTtft: number;
  readonly sloTpot: number;
  readonly sloTps: number;
};

export interface ModelLoad {
  readonly requestsPerSecond: number;
  readonly avgInputTokens: number;
  readonly avgOutputTokens: number;
}

export interface ModelResult {
  /** Undefined: the targets cannot be met at any rate. */
  readonly replicas: number | undefined;
  readonly batchSize: number;
  readonly size: SizeResult | undefined;
}

/** Places in the queue for each place in the batch. @see pkg/config, MaxQueueToBatchRatio */
const QUEUE_TO_BATCH = 10;

/** Replicas for a load: what arrives ÷ what one replica carries within its targets. @see pkg/core/allocation.go, CreateAllocation */
export function modelReplicas(config: ModelConfig, load: ModelLoad): ModelResult {
  const avgOutputTokens = Math.max(1, Math.round(load.avgOutputTokens));
  const { atTokens, maxBatchSize } = config;
  const batchSize = atTokens === null ? maxBatchSize : Math.max(1, Math.floor((maxBatchSize * atTokens) / avgOutputTokens));
  const analyzer = createQueueAnalyzer({
    parameters: config.parameters,
    maxBatchSize: batchSize,
    maxQueueSize: batchSize * QUEUE_TO_BATCH,
    avgInputTokens: Math.round(load.avgInputTokens),
    avgOutputTokens,
  });
  const size = analyzer.size({ targetTTFT: config.sloTtft, targetITL: config.sloTpot, targetTPS: config.sloTps });
  const arrivals = config.sloTps > 0 ? config.sloTps / avgOutputTokens : load.requestsPerSecond;
  return { replicas: size && Math.ceil(arrivals / size.metrics.throughput), batchSize, size };
}

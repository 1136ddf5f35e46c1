import type { BatchingConfig, PlanDeployment } from "@replicast/sim-core";

/** The limit on a batch: its sequences, or the size of a static or dynamic batch. */
export function batchLimitOf({ serving }: PlanDeployment): number {
  const { batching, maxSequences } = serving.engine;
  if (batching === undefined) return maxSequences;
  return batching.kind === "static" ? batching.size : batching.maxBatchSize;
}

export function disciplineOf({ serving }: PlanDeployment): "continuous" | BatchingConfig["kind"] {
  return serving.engine.batching?.kind ?? "continuous";
}

/** The deployment with another limit. Preferred sizes above it go; when none is left, the limit is the preferred size. */
export function withBatchLimit(deployment: PlanDeployment, limit: number): PlanDeployment {
  const { isBatchLimitAuto: _, batching, ...engine } = deployment.serving.engine;
  const limited = batching === undefined ? {} : { batching: limitedBatching(batching, limit) };
  return { ...deployment, serving: { ...deployment.serving, engine: { ...engine, ...limited, maxSequences: limit } } };
}

function limitedBatching(batching: BatchingConfig, limit: number): BatchingConfig {
  if (batching.kind === "static") return { ...batching, size: limit };
  const preferred = batching.preferredSizes.filter((size) => size <= limit);
  return { ...batching, maxBatchSize: limit, preferredSizes: preferred.length > 0 ? preferred : [limit] };
}

/** Thresholds of saturation scaling. @see llm-d-workload-variant-autoscaler internal/saturation, config map saturation-scaling-config */
export type SaturationConfig = {
  /** Shares 0…1 of the KV cache. */
  readonly kvCacheThreshold: number;
  readonly kvSpareTrigger: number;
  /** Requests in a replica's queue. */
  readonly queueLengthThreshold: number;
  readonly queueSpareTrigger: number;
};

export interface ReplicaLoad {
  readonly kvUsage: number;
  readonly queueLength: number;
}

export interface SaturationResult {
  readonly replicas: number;
  readonly reason: string;
  readonly unsaturated: number;
  readonly avgSpareKv: number;
  readonly avgSpareQueue: number;
}

/** One cycle for one variant: a step up, a step down, or none; none while what was asked for is not there yet. */
export function saturationStep(
  config: SaturationConfig,
  loads: readonly ReplicaLoad[],
  { specReplicas, statusReplicas }: { readonly specReplicas: number; readonly statusReplicas: number },
): SaturationResult {
  const free = loads.filter(({ kvUsage, queueLength }) => kvUsage < config.kvCacheThreshold && queueLength < config.queueLengthThreshold);
  const mean = (read: (load: ReplicaLoad) => number): number =>
    free.length === 0 ? 0 : free.reduce((sum, load) => sum + read(load), 0) / free.length;
  const avgSpareKv = mean(({ kvUsage }) => config.kvCacheThreshold - kvUsage);
  const avgSpareQueue = mean(({ queueLength }) => config.queueLengthThreshold - queueLength);
  const result = { unsaturated: free.length, avgSpareKv, avgSpareQueue };
  if (specReplicas !== statusReplicas || loads.length !== statusReplicas)
    return { ...result, replicas: specReplicas, reason: "InTransition" };
  if (avgSpareKv < config.kvSpareTrigger || avgSpareQueue < config.queueSpareTrigger)
    return { ...result, replicas: specReplicas + 1, reason: "SpareCapacityLow" };
  if (specReplicas > 1 && isSafeToRemove(config, free.length, avgSpareKv, avgSpareQueue))
    return { ...result, replicas: specReplicas - 1, reason: "SpareCapacityHigh" };
  return { ...result, replicas: specReplicas, reason: "SpareCapacityKept" };
}

/** Whether one replica fewer, its load spread over the others, would still leave what triggers a step up. */
function isSafeToRemove(config: SaturationConfig, replicas: number, spareKv: number, spareQueue: number): boolean {
  if (replicas < 2) return false;
  const share = replicas / (replicas - 1);
  const kv = config.kvCacheThreshold - (config.kvCacheThreshold - spareKv) * share;
  const queue = config.queueLengthThreshold - (config.queueLengthThreshold - spareQueue) * share;
  return kv >= config.kvSpareTrigger && queue >= config.queueSpareTrigger;
}

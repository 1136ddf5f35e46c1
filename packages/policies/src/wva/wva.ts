import {
  definePolicy,
  type MetricAnswer,
  type MetricRequest,
  type Observation,
  type Policy,
  type PolicyOutcome,
  type ScaleDecision,
} from "@replicast/sim-core";
import { doorValue, live } from "../live.ts";
import { parseWvaConfig, type WvaConfig } from "./config.ts";
import { type ModelConfig, modelReplicas } from "./model.ts";
import { type SaturationConfig, saturationStep } from "./saturation.ts";

/** When a request was last seen; null: not within this run. */
export type WvaState = { readonly lastRequestSeconds: number | null };

const RATE_WINDOW = "1m";
/** The gateway's queue is watched more often than a cycle comes round. */
const FROM_ZERO = "scale-from-zero";
const FROM_ZERO_SECONDS = 1;
const QUEUED: MetricRequest = live("queued_requests");

/**
 * `kind: wva`: llm-d's Workload Variant Autoscaler for a deployment that is its model's only variant. It reads vLLM's metrics from
 * Prometheus; the count it publishes is applied at once, as the HPA or ScaledObject behind it would at its next sync.
 *
 * @see llm-d/llm-d-workload-variant-autoscaler, February 2026, and llm-d-incubation/workload-variant-autoscaler, October 2025
 */
export const wva: Policy<WvaConfig, WvaState> = definePolicy<WvaConfig, WvaState>({
  id: "wva",
  parseConfig: parseWvaConfig,
  initialState: () => ({ lastRequestSeconds: null }),
  // half a cycle after the scrapes, so that samples have their mean age
  timers: ({ intervalSeconds, retentionPeriodSeconds }) => [
    { name: "optimize", periodSeconds: intervalSeconds, phaseSeconds: intervalSeconds / 2 },
    ...(retentionPeriodSeconds === null ? [] : [{ name: FROM_ZERO, periodSeconds: FROM_ZERO_SECONDS }]),
  ],
  needs: (timer, _state, config, scale) => (timer !== FROM_ZERO ? requests(config) : scale.specReplicas === 0 ? [QUEUED] : []),
  queries: (config) => (config.retentionPeriodSeconds === null ? requests(config) : [...requests(config), QUEUED]),
  decide(observation, before, config) {
    const { nowSeconds, metrics, scale, timer } = observation;
    if (timer === FROM_ZERO) return fromZero(observation, before, config);
    // without a replica there is nothing to measure: the queue at the door decides
    if (scale.specReplicas === 0 && config.retentionPeriodSeconds !== null) return { state: before, isQuiet: true };
    const failed = requests(config).some(({ name }) => metrics[name]?.ok !== true);
    if (failed) return { state: before };
    const arrivals = sumOf(metrics["arrivals"], observation);
    const state = { lastRequestSeconds: arrivals > 0 ? nowSeconds : (before.lastRequestSeconds ?? nowSeconds) };
    const { saturation, model } = config;
    const wanted = model === null ? bySaturation(saturation as SaturationConfig, observation) : byModel(model, observation);
    return enforce(observation, wanted, state, config);
  },
});

/** The first request that waits without a replica starts one. */
function fromZero({ nowSeconds, metrics, scale }: Observation, state: WvaState, { minReplicas }: WvaConfig): PolicyOutcome<WvaState> {
  const queued = doorValue(metrics["queued_requests"]);
  if (scale.specReplicas > 0 || queued === 0) return { state, isQuiet: true };
  const decision = { desiredReplicas: minReplicas, reason: "ScaleFromZero", evidence: { queuedRequests: queued } };
  return { state: { lastRequestSeconds: nowSeconds }, decision };
}

function requests({ namespace, peakWindowSeconds, model }: WvaConfig): readonly MetricRequest[] {
  const selector = `{namespace=${JSON.stringify(namespace)}}`;
  const rate = (name: string, metric: string): MetricRequest => ({
    name,
    kind: "promql",
    query: `sum by (pod) (rate(${metric}${selector}[${RATE_WINDOW}]))`,
  });
  const gauge = (name: string, metric: string): MetricRequest => ({
    name,
    kind: "promql",
    query: `max by (pod) (${peakWindowSeconds === 0 ? metric + selector : `max_over_time(${metric}${selector}[${peakWindowSeconds}s])`})`,
  });
  const arrivals = rate("arrivals", "vllm:request_success_total");
  if (model !== null)
    return [arrivals, rate("promptTokens", "vllm:prompt_tokens_total"), rate("generationTokens", "vllm:generation_tokens_total")];
  return [arrivals, gauge("kvUsage", "vllm:kv_cache_usage_perc"), gauge("queueLength", "vllm:num_requests_waiting")];
}

type Wanted = Omit<ScaleDecision, "desiredReplicas"> & { readonly replicas: number };

function bySaturation(config: SaturationConfig, observation: Observation): Wanted {
  const queues = byPod(observation.metrics["queueLength"], observation);
  const loads = [...byPod(observation.metrics["kvUsage"], observation)].flatMap(([pod, kvUsage]) => {
    const queueLength = queues.get(pod);
    return queueLength === undefined ? [] : [{ kvUsage, queueLength }];
  });
  const { replicas, reason, unsaturated, avgSpareKv, avgSpareQueue } = saturationStep(config, loads, observation.scale);
  const { statusReplicas } = observation.scale;
  const triggers = { kvSpareTrigger: config.kvSpareTrigger, queueSpareTrigger: config.queueSpareTrigger };
  const evidence = { replicasWithMetrics: loads.length, statusReplicas, unsaturated, avgSpareKv, avgSpareQueue, ...triggers };
  return { replicas, reason, evidence };
}

function byModel(config: ModelConfig, observation: Observation): Wanted {
  const { metrics, scale } = observation;
  const requestsPerSecond = sumOf(metrics["arrivals"], observation);
  if (requestsPerSecond <= 0) return { replicas: 0, reason: "NoLoad", evidence: { requestsPerSecond } };
  const load = {
    requestsPerSecond,
    avgInputTokens: sumOf(metrics["promptTokens"], observation) / requestsPerSecond,
    avgOutputTokens: sumOf(metrics["generationTokens"], observation) / requestsPerSecond,
  };
  const { replicas, batchSize, size } = modelReplicas(config, load);
  const evidence = { ...load, batchSize };
  if (replicas === undefined || size === undefined) return { replicas: scale.specReplicas, reason: "TargetsOutOfReach", evidence };
  const { metrics: at } = size;
  return {
    replicas,
    reason: "QueueingModel",
    evidence: { ...evidence, requestsPerSecondOfOne: at.throughput, ttftMilliseconds: at.avgTTFT, itlMilliseconds: at.avgTokenTime },
  };
}

/** Limits, and what becomes of the last replica. @see internal/engines, enforcer: without scale to zero one replica stays */
function enforce(
  { nowSeconds }: Observation,
  { replicas, reason, evidence }: Wanted,
  state: WvaState,
  config: WvaConfig,
): PolicyOutcome<WvaState> {
  const { retentionPeriodSeconds, minReplicas, maxReplicas } = config;
  const idleSeconds = nowSeconds - (state.lastRequestSeconds ?? nowSeconds);
  if (retentionPeriodSeconds !== null && idleSeconds >= retentionPeriodSeconds) {
    const decision = { desiredReplicas: 0, reason: "ScaleToZero", evidence: { ...evidence, idleSeconds, retentionPeriodSeconds } };
    return { state, decision };
  }
  if (replicas > maxReplicas)
    return { state, decision: { desiredReplicas: maxReplicas, reason: "MaxReplicas", evidence: { ...evidence, replicas } } };
  if (replicas < minReplicas)
    return { state, decision: { desiredReplicas: minReplicas, reason: reason === "NoLoad" ? reason : "MinReplicas", evidence } };
  return { state, decision: { desiredReplicas: replicas, reason, evidence } };
}

/** Values of the deployment's own pods: the namespace may hold others. */
function byPod(answer: MetricAnswer | undefined, { pods }: Observation): ReadonlyMap<string, number> {
  const own = new Set(pods.flatMap(({ name, deletionSeconds }) => (deletionSeconds === undefined ? [name] : [])));
  const values = new Map<string, number>();
  for (const { labels, value } of answer?.ok === true ? answer.elements : []) {
    const pod = labels["pod"];
    if (pod !== undefined && own.has(pod) && Number.isFinite(value)) values.set(pod, value);
  }
  return values;
}

function sumOf(answer: MetricAnswer | undefined, observation: Observation): number {
  let sum = 0;
  for (const value of byPod(answer, observation).values()) sum += value;
  return sum;
}

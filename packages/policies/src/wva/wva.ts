import {
  definePolicy,
  type Held,
  type MetricAnswer,
  type MetricRequest,
  type Observation,
  type Policy,
  type PolicyOutcome,
  type ScaleDecision,
} from "@replicast/sim-core";
import { decideHpa, INITIAL_HPA_STATE } from "../hpa/hpa.ts";
import type { MetricReading } from "../hpa/outcome.ts";
import type { HpaState } from "../hpa/reconcile.ts";
import { doorValue, live } from "../live.ts";
import { parseWvaConfig, type WvaConfig } from "./config.ts";
import { type ModelConfig, modelReplicas } from "./model.ts";
import { type SaturationConfig, saturationStep } from "./saturation.ts";
import { wvaWithout } from "./without.ts";

/** What the autoscaler remembers, and the HPA that acts on it. */
export type WvaState = {
  /** When a request was last seen; null: not within this run. */
  readonly lastRequestSeconds: number | null;
  /** The count as published; null: none yet. */
  readonly published: number | null;
  /** What the published count was held by; null: by nothing. */
  readonly publishedHeld: Hold | null;
  readonly hpa: HpaState;
};

/** {@link Held} as plain data. */
type Hold = { readonly by: Held["by"]; readonly wanted?: number };

const RATE_WINDOW = "1m";
/** The gateway's queue is watched more often than a cycle comes round. */
const OPTIMIZE = "optimize";
const FROM_ZERO = "scale-from-zero";
const SYNC = "sync";
const MILLI = 1000n;
const FROM_ZERO_SECONDS = 1;
const QUEUED: MetricRequest = live("queued_requests");

/**
 * `kind: wva`: llm-d's Workload Variant Autoscaler for a deployment that is its model's only variant. It reads vLLM's metrics from
 * Prometheus; the count it publishes is applied at once, or by the HPA that is given beside it.
 *
 * @see llm-d/llm-d-workload-variant-autoscaler, February 2026, and llm-d-incubation/workload-variant-autoscaler, October 2025
 */
export const wva: Policy<WvaConfig, WvaState> = definePolicy<WvaConfig, WvaState>({
  id: "wva",
  parseConfig: parseWvaConfig,
  without: wvaWithout,
  initialState: () => ({ lastRequestSeconds: null, published: null, publishedHeld: null, hpa: INITIAL_HPA_STATE }),
  // half a cycle after the scrapes, so that samples have their mean age
  timers: ({ intervalSeconds, retentionPeriodSeconds, hpa }) => [
    { name: OPTIMIZE, periodSeconds: intervalSeconds, phaseSeconds: intervalSeconds / 2 },
    ...(retentionPeriodSeconds === null ? [] : [{ name: FROM_ZERO, periodSeconds: FROM_ZERO_SECONDS }]),
    ...(hpa === null ? [] : [{ name: SYNC, periodSeconds: hpa.syncPeriodSeconds, phaseSeconds: hpa.syncPhaseSeconds }]),
  ],
  needs: (timer, _state, config, scale) =>
    timer === OPTIMIZE ? requests(config) : timer === FROM_ZERO && scale.specReplicas === 0 ? [QUEUED] : [],
  queries: (config) => (config.retentionPeriodSeconds === null ? requests(config) : [...requests(config), QUEUED]),
  decide(observation, before, config) {
    const { nowSeconds, metrics, scale, timer } = observation;
    if (timer === SYNC) return sync(observation, before, config);
    if (timer === FROM_ZERO) return fromZero(observation, before, config);
    // without a replica there is nothing to measure: the queue at the door decides
    if (scale.specReplicas === 0 && config.retentionPeriodSeconds !== null) return { state: before, isQuiet: true };
    const failed = requests(config).some(({ name }) => metrics[name]?.ok !== true);
    if (failed) return { state: before };
    const arrivals = sumOf(metrics["arrivals"], observation);
    const state = { ...before, lastRequestSeconds: arrivals > 0 ? nowSeconds : (before.lastRequestSeconds ?? nowSeconds) };
    const { saturation, model } = config;
    const wanted =
      model === null
        ? bySaturation(saturation as SaturationConfig, observation, desiredBefore(observation, state, config))
        : byModel(model, observation);
    return publish(enforce(observation, wanted, state, config), config);
  },
});

/** With an HPA behind it the count is only published; else it is applied. What leads to or from zero is done by the autoscaler itself. */
function publish({ state, decision }: PolicyOutcome<WvaState>, { hpa }: WvaConfig): PolicyOutcome<WvaState> {
  if (hpa === null || decision === undefined) return { state, ...(decision && { decision }) };
  const published = { ...state, published: decision.desiredReplicas, publishedHeld: decision.held ?? null };
  return decision.desiredReplicas === 0 ? { state: published, decision } : { state: published, isQuiet: true };
}

/** One sync of the HPA, whose metric is the published count. */
function sync(observation: Observation, state: WvaState, { hpa }: WvaConfig): PolicyOutcome<WvaState> {
  if (hpa === null || state.published === null) return { state, isQuiet: true };
  const reading: MetricReading = { kind: "values", valuesMilli: [BigInt(state.published) * MILLI] };
  const result = decideHpa(observation, [reading], state.hpa, hpa);
  const { decision } = result;
  const held = decision.held ?? state.publishedHeld;
  return { state: { ...state, hpa: result.state }, decision: held === null ? decision : { ...decision, held } };
}

/** The first request that waits without a replica starts one. */
function fromZero({ nowSeconds, metrics, scale }: Observation, state: WvaState, { minReplicas }: WvaConfig): PolicyOutcome<WvaState> {
  const queued = doorValue(metrics["queued_requests"]);
  if (scale.specReplicas > 0 || queued === 0) return { state, isQuiet: true };
  const decision = { desiredReplicas: minReplicas, reason: "ScaleFromZero", evidence: { queuedRequests: queued } };
  return { state: { ...state, lastRequestSeconds: nowSeconds, published: minReplicas, publishedHeld: null }, decision };
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

/** What it last asked for: behind an HPA that is what was published, whether or not the HPA has followed. */
function desiredBefore({ scale }: Observation, { published }: WvaState, { hpa }: WvaConfig): number {
  return hpa === null ? scale.specReplicas : (published ?? scale.specReplicas);
}

function bySaturation(config: SaturationConfig, observation: Observation, specReplicas: number): Wanted {
  const { statusReplicas } = observation.scale;
  const queues = byPod(observation.metrics["queueLength"], observation);
  const loads = [...byPod(observation.metrics["kvUsage"], observation)].flatMap(([pod, kvUsage]) => {
    const queueLength = queues.get(pod);
    return queueLength === undefined ? [] : [{ kvUsage, queueLength }];
  });
  const { replicas, reason, unsaturated, avgSpareKv, avgSpareQueue } = saturationStep(config, loads, { specReplicas, statusReplicas });
  const triggers = { kvSpareTrigger: config.kvSpareTrigger, queueSpareTrigger: config.queueSpareTrigger };
  const evidence = { replicasWithMetrics: loads.length, statusReplicas, unsaturated, avgSpareKv, avgSpareQueue, ...triggers };
  // one step at a time: until the last one is done there is no other
  return reason === "InTransition" ? { replicas, reason, held: { by: "rate" }, evidence } : { replicas, reason, evidence };
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
  { replicas, reason, held, evidence }: Wanted,
  state: WvaState,
  config: WvaConfig,
): PolicyOutcome<WvaState> {
  const { retentionPeriodSeconds, minReplicas, maxReplicas } = config;
  const idleSeconds = nowSeconds - (state.lastRequestSeconds ?? nowSeconds);
  if (retentionPeriodSeconds !== null && idleSeconds >= retentionPeriodSeconds) {
    const decision = { desiredReplicas: 0, reason: "ScaleToZero", evidence: { ...evidence, idleSeconds, retentionPeriodSeconds } };
    return { state, decision };
  }
  const bounded = Math.min(Math.max(replicas, minReplicas), maxReplicas);
  const decided = (name: string, hold: Held | undefined, numbers: ScaleDecision["evidence"]): PolicyOutcome<WvaState> => ({
    state,
    decision: { desiredReplicas: bounded, reason: name, ...(hold && { held: hold }), evidence: numbers },
  });
  if (bounded < replicas) return decided("MaxReplicas", { by: "max", wanted: replicas }, { ...evidence, replicas });
  // without load the last replica stays for the retention period, if it may go at all
  const by = reason === "NoLoad" && retentionPeriodSeconds !== null ? "cooldown" : "min";
  if (bounded > replicas) return decided(reason === "NoLoad" ? reason : "MinReplicas", { by, wanted: replicas }, evidence);
  return decided(reason, held, evidence);
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

import { BATCH_METRICS } from "./batch-metrics.ts";
import { POD_STATUS_METRICS } from "./pod-status.ts";

/** One exported metric, as a scrape shows it. */
export interface MetricDefinition {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** Labels besides `__name__`. */
  readonly labels: readonly string[];
  readonly unit: string;
  /** What it measures and how it is computed. */
  readonly help: string;
  /** Exported only by a gateway that has it. */
  readonly needs?: GatewayFeature;
}

/** `endpointMetrics`: it decides by its endpoints' metrics, as with inferenceGateway routing; `flowControl`: it queues by saturation. */
export type GatewayFeature = "endpointMetrics" | "flowControl";

const POD_LABELS = ["namespace", "pod", "model_name"] as const;
const GPU_LABELS = ["namespace", "pod"] as const;
const GATEWAY_LABELS = ["namespace", "deployment"] as const;
/** `inference_pool` and `name` are the deployment's name. */
const FLOW_LABELS = ["namespace", "inference_pool", "model_name", "target_model_name", "fairness_id", "priority"] as const;
const POOL_LABELS = ["namespace", "name"] as const;

/** Upper bounds of vLLM's histograms, seconds, without +Inf. @see vllm/v1/metrics: TTFT, inter-token and request latency buckets */
export const TTFT_BUCKETS: readonly number[] = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560,
];
export const ITL_BUCKETS: readonly number[] = [
  0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80,
];
export const REQUEST_BUCKETS: readonly number[] = [
  0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680,
];

/** Every metric a query can read. Histograms export NAME_bucket, NAME_sum and NAME_count. */
export const METRICS: readonly MetricDefinition[] = [
  { name: "vllm:num_requests_running", type: "gauge", labels: POD_LABELS, unit: "requests", help: "Sequences in the engine's batch." },
  {
    name: "vllm:num_requests_waiting",
    type: "gauge",
    labels: POD_LABELS,
    unit: "requests",
    help: "Requests waiting in the engine's queue.",
  },
  { name: "vllm:kv_cache_usage_perc", type: "gauge", labels: POD_LABELS, unit: "share 0…1", help: "Used KV blocks ÷ all KV blocks." },
  {
    name: "vllm:gpu_cache_usage_perc",
    type: "gauge",
    labels: POD_LABELS,
    unit: "share 0…1",
    help: "The older name of vllm:kv_cache_usage_perc.",
  },
  {
    name: "vllm:num_preemptions_total",
    type: "counter",
    labels: POD_LABELS,
    unit: "preemptions",
    help: "Sequences preempted and recomputed.",
  },
  {
    name: "vllm:prompt_tokens_total",
    type: "counter",
    labels: POD_LABELS,
    unit: "tokens",
    help: "Prompt tokens of requests whose prompt is done.",
  },
  {
    name: "vllm:prefix_cache_queries_total",
    type: "counter",
    labels: POD_LABELS,
    unit: "tokens",
    help: "Prompt tokens looked up in the prefix cache, once per request, when it is first admitted.",
  },
  {
    name: "vllm:prefix_cache_hits_total",
    type: "counter",
    labels: POD_LABELS,
    unit: "tokens",
    help: "Prompt tokens found in the prefix cache when the request was first admitted, in full KV blocks.",
  },
  { name: "vllm:generation_tokens_total", type: "counter", labels: POD_LABELS, unit: "tokens", help: "Tokens generated." },
  { name: "vllm:request_success_total", type: "counter", labels: POD_LABELS, unit: "requests", help: "Requests completed." },
  {
    name: "vllm:time_to_first_token_seconds",
    type: "histogram",
    labels: POD_LABELS,
    unit: "seconds",
    help: "Arrival at the server to first token.",
  },
  {
    name: "vllm:inter_token_latency_seconds",
    type: "histogram",
    labels: POD_LABELS,
    unit: "seconds",
    help: "Gap between two tokens of a request.",
  },
  {
    name: "vllm:e2e_request_latency_seconds",
    type: "histogram",
    labels: POD_LABELS,
    unit: "seconds",
    help: "Arrival at the server to last token.",
  },
  {
    name: "vllm:request_queue_time_seconds",
    type: "histogram",
    labels: POD_LABELS,
    unit: "seconds",
    help: "Time in the engine's queue before the first admission.",
  },
  {
    name: "DCGM_FI_DEV_GPU_UTIL",
    type: "gauge",
    labels: GPU_LABELS,
    unit: "percent 0…100",
    help: "100 × the share of the last second in which a step ran: near 100 with a single sequence.",
  },
  ...BATCH_METRICS.map(({ definition }) => definition),
  { name: "up", type: "gauge", labels: GPU_LABELS, unit: "0 or 1", help: "Whether the last scrape of the pod succeeded." },
  {
    name: "gateway_requests_total",
    type: "counter",
    labels: GATEWAY_LABELS,
    unit: "attempts",
    help: "Attempts that arrived at the gateway.",
  },
  {
    name: "gateway_prompt_tokens_total",
    type: "counter",
    labels: GATEWAY_LABELS,
    unit: "tokens",
    help: "Prompt tokens of the attempts that arrived at the gateway.",
  },
  { name: "gateway_queue_depth", type: "gauge", labels: GATEWAY_LABELS, unit: "attempts", help: "Attempts waiting at the gateway." },
  {
    name: "gateway_requests_in_flight",
    type: "gauge",
    labels: GATEWAY_LABELS,
    unit: "attempts",
    help: "Attempts at the gateway or at a replica.",
  },
  { name: "gateway_rejected_total", type: "counter", labels: GATEWAY_LABELS, unit: "attempts", help: "Attempts the gateway refused." },
  ...renamed("inference_extension_flow_control_queue_size", "llm_d_epp_flow_control_queue_size", {
    type: "gauge",
    labels: FLOW_LABELS,
    unit: "requests",
    help: "Requests waiting in flow control, per stream (fairness_id) and priority.",
    needs: "flowControl",
  }),
  ...renamed("inference_extension_flow_control_pool_saturation", "llm_d_epp_flow_control_pool_saturation", {
    type: "gauge",
    labels: ["namespace", "inference_pool"],
    unit: "share, 1 = saturated",
    help: "Mean over the endpoints of max(waiting ÷ threshold, KV-cache use ÷ threshold).",
    needs: "flowControl",
  }),
  {
    name: "llm_d_epp_flow_control_requests_total",
    type: "counter",
    labels: [...FLOW_LABELS, "outcome"],
    unit: "requests",
    help: "Requests that left flow control, by outcome: Dispatched, RejectedCapacity, RejectedNoEndpoints, EvictedTTL, EvictedNoEndpoints, EvictedContextCancelled.",
    needs: "flowControl",
  },
  ...renamed("inference_pool_average_queue_size", "llm_d_epp_average_queue_size", {
    type: "gauge",
    labels: POOL_LABELS,
    unit: "requests",
    help: "Mean of the endpoints' vllm:num_requests_waiting, as the gateway last read them.",
    needs: "endpointMetrics",
  }),
  ...renamed("inference_pool_average_running_requests", "llm_d_epp_average_running_requests", {
    type: "gauge",
    labels: POOL_LABELS,
    unit: "requests",
    help: "Mean of the endpoints' vllm:num_requests_running, as the gateway last read them.",
    needs: "endpointMetrics",
  }),
  ...renamed("inference_pool_average_kv_cache_utilization", "llm_d_epp_average_kv_cache_utilization", {
    type: "gauge",
    labels: POOL_LABELS,
    unit: "share 0…1",
    help: "Mean of the endpoints' vllm:kv_cache_usage_perc, as the gateway last read them.",
    needs: "endpointMetrics",
  }),
  ...renamed("inference_pool_ready_pods", "llm_d_epp_ready_endpoints", {
    type: "gauge",
    labels: POOL_LABELS,
    unit: "endpoints",
    help: "Endpoints the gateway knows.",
    needs: "endpointMetrics",
  }),
  ...renamed("inference_objective_running_requests", "llm_d_epp_request_running", {
    type: "gauge",
    labels: ["namespace", "model_name"],
    unit: "requests",
    help: "Requests at the endpoints, as the gateway counts them.",
    needs: "endpointMetrics",
  }),
  {
    name: "kube_deployment_spec_replicas",
    type: "gauge",
    labels: GATEWAY_LABELS,
    unit: "replicas",
    help: "Replicas last asked for. As kube-state-metrics exports it.",
  },
  {
    name: "kube_deployment_status_replicas",
    type: "gauge",
    labels: GATEWAY_LABELS,
    unit: "replicas",
    help: "Pods that exist and are not terminating.",
  },
  { name: "kube_deployment_status_replicas_ready", type: "gauge", labels: GATEWAY_LABELS, unit: "replicas", help: "Pods that are Ready." },
  ...POD_STATUS_METRICS,
];

/** A metric under the name of the inference extension and under the one that replaces it. @see llm-d router, metric names since its own prefix llm_d_epp_ */
function renamed(older: string, newer: string, definition: Omit<MetricDefinition, "name">): readonly MetricDefinition[] {
  return [
    { name: older, ...definition },
    { name: newer, ...definition },
  ];
}

const HISTOGRAM_SUFFIXES = ["_bucket", "_sum", "_count"] as const;

/** Names of all series a scrape can yield: histograms with their suffixes. */
export function exportedNames(): readonly string[] {
  return METRICS.flatMap((metric) =>
    metric.type === "histogram" ? HISTOGRAM_SUFFIXES.map((suffix) => metric.name + suffix) : [metric.name],
  );
}

/** Names of the series that only a gateway with a feature yields. */
export function namesThatNeed(feature: GatewayFeature): readonly string[] {
  return METRICS.filter(({ needs }) => needs === feature).map(({ name }) => name);
}

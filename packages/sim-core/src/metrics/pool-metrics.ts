/** What an inference gateway shows of its pool of endpoints, filled in place. */
export interface PoolSample {
  saturation: number;
  averageWaiting: number;
  averageRunning: number;
  averageKvCacheUtilization: number;
  readyEndpoints: number;
  inFlight: number;
  /** Requests waiting, by flow. */
  flowSizes: readonly number[];
  /** Requests by outcome, by flow. */
  flowOutcomes: readonly (readonly number[])[];
}

export function createPoolSample(): PoolSample {
  return {
    saturation: 0,
    averageWaiting: 0,
    averageRunning: 0,
    averageKvCacheUtilization: 0,
    readyEndpoints: 0,
    inFlight: 0,
    flowSizes: [],
    flowOutcomes: [],
  };
}

/** What tells the series of an inference gateway apart. */
export interface PoolLabels {
  readonly model: string;
  /** Flows of flow control, in its order; undefined: it is off. */
  readonly flows: readonly { readonly name: string; readonly priority: number }[] | undefined;
  /** Names of the outcomes, in the order of the sample. */
  readonly outcomes: readonly string[];
}

type PoolMetric = readonly [name: string, labels: Readonly<Record<string, string>>, read: (sample: PoolSample) => number];

const POOL_METRICS: readonly (readonly [name: string, read: (sample: PoolSample) => number])[] = [
  ["inference_pool_average_queue_size", (sample) => sample.averageWaiting],
  ["llm_d_epp_average_queue_size", (sample) => sample.averageWaiting],
  ["inference_pool_average_running_requests", (sample) => sample.averageRunning],
  ["llm_d_epp_average_running_requests", (sample) => sample.averageRunning],
  ["inference_pool_average_kv_cache_utilization", (sample) => sample.averageKvCacheUtilization],
  ["llm_d_epp_average_kv_cache_utilization", (sample) => sample.averageKvCacheUtilization],
  ["inference_pool_ready_pods", (sample) => sample.readyEndpoints],
  ["llm_d_epp_ready_endpoints", (sample) => sample.readyEndpoints],
];

/** Every series an inference gateway exports, with the labels it has there; none for other gateways. */
export function poolMetrics(target: {
  readonly namespace: string;
  readonly name: string;
  readonly pool?: PoolLabels;
}): readonly PoolMetric[] {
  const { namespace, name, pool } = target;
  if (pool === undefined) return [];
  const { model, flows, outcomes } = pool;
  const running = ["inference_objective_running_requests", "llm_d_epp_request_running"];
  const ofPool = [
    ...POOL_METRICS.map(([metric, read]): PoolMetric => [metric, { namespace, name }, read]),
    ...running.map((metric): PoolMetric => [metric, { namespace, model_name: model }, (sample) => sample.inFlight]),
  ];
  if (flows === undefined) return ofPool;
  const prefixes = ["inference_extension", "llm_d_epp"];
  return [
    ...ofPool,
    ...prefixes.map(
      (prefix): PoolMetric => [
        `${prefix}_flow_control_pool_saturation`,
        { namespace, inference_pool: name },
        (sample) => sample.saturation,
      ],
    ),
    ...flows.flatMap((flow, index) => {
      const labels = {
        namespace,
        inference_pool: name,
        model_name: model,
        target_model_name: model,
        fairness_id: flow.name,
        priority: String(flow.priority),
      };
      return [
        ...prefixes.map(
          (prefix): PoolMetric => [`${prefix}_flow_control_queue_size`, labels, (sample) => sample.flowSizes[index] as number],
        ),
        ...outcomes.map(
          (outcome, position): PoolMetric => [
            "llm_d_epp_flow_control_requests_total",
            { ...labels, outcome },
            (sample) => sample.flowOutcomes[index]?.[position] as number,
          ],
        ),
      ];
    }),
  ];
}

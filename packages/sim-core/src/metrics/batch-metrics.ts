import type { MetricDefinition } from "./catalogue.ts";

/** What a server of whole-request batches shows of itself. */
export interface BatchSample {
  pendingRequests: number;
  executions: number;
  succeeded: number;
  failed: number;
  /** Sums over the requests that succeeded, seconds. */
  queueSeconds: number;
  computeSeconds: number;
}

export function createBatchSample(): BatchSample {
  return { pendingRequests: 0, executions: 0, succeeded: 0, failed: 0, queueSeconds: 0, computeSeconds: 0 };
}

/** Label `version` of a model that was never replaced. */
export const MODEL_VERSION = "1";

const LABELS = ["namespace", "pod", "model", "version"] as const;
const MICROSECONDS = 1e6;

function counter(name: string, unit: string, help: string, read: (sample: BatchSample) => number): BatchMetric {
  return { definition: { name, type: "counter", labels: LABELS, unit, help: `${help} Only with dynamic batching.` }, read };
}

interface BatchMetric {
  readonly definition: MetricDefinition;
  readonly read: (sample: BatchSample) => number;
}

/** Triton's own metrics. @see https://github.com/triton-inference-server/server/blob/main/docs/user_guide/metrics.md */
export const BATCH_METRICS: readonly BatchMetric[] = [
  counter("nv_inference_request_success", "requests", "Requests whose batch has ended.", ({ succeeded }) => succeeded),
  counter("nv_inference_request_failure", "requests", "Requests that the queue refused.", ({ failed }) => failed),
  counter("nv_inference_count", "inferences", "Inferences performed: one for each request.", ({ succeeded }) => succeeded),
  counter("nv_inference_exec_count", "batches", "Batches that have ended.", ({ executions }) => executions),
  counter(
    "nv_inference_request_duration_us",
    "microseconds",
    "Sum over requests from the queue's entry to the batch's end.",
    ({ queueSeconds, computeSeconds }) => (queueSeconds + computeSeconds) * MICROSECONDS,
  ),
  counter(
    "nv_inference_queue_duration_us",
    "microseconds",
    "Sum over requests of the time in the queue.",
    ({ queueSeconds }) => queueSeconds * MICROSECONDS,
  ),
  counter(
    "nv_inference_compute_infer_duration_us",
    "microseconds",
    "Sum over requests of their batch's time.",
    ({ computeSeconds }) => computeSeconds * MICROSECONDS,
  ),
  {
    definition: {
      name: "nv_inference_pending_request_count",
      type: "gauge",
      labels: LABELS,
      unit: "requests",
      help: "Requests waiting for an instance. Only with dynamic batching.",
    },
    read: ({ pendingRequests }) => pendingRequests,
  },
];

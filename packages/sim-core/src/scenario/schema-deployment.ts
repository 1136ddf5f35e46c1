import * as z from "zod";
import { GPU_SHEETS } from "../serving/gpu-sheets.ts";
import { MODEL_SHAPES } from "../serving/model-shapes.ts";
import { PRESET_IDS } from "../serving/presets.ts";
import {
  byteRate,
  bytes,
  countOrUnlimited,
  duration,
  durationOrNever,
  durations,
  type Field,
  name,
  positiveDuration,
  rate,
  share,
  strict,
} from "./fields.ts";
import type { DeploymentSpec, LoadSpec, ModelSpec } from "./spec.ts";

const count = z.int().min(1);
const coefficient = z.number().min(0);

const shape = strict({
  name: z.string().min(1).describe("Exported as the label model_name."),
  parameters: z.number().positive().describe("Number of parameters."),
  activeParameters: z.number().positive().optional().describe("Parameters used per token. Default: all."),
  layers: count,
  hiddenSize: count,
  attentionHeads: count,
  kvHeads: count,
  headDimension: count.optional().describe("Default: hiddenSize ÷ attentionHeads."),
  bytesPerParameter: z.number().positive().max(8).optional().describe("2 for BF16, 1 for FP8. Default 2."),
  kvBytesPerValue: z.number().positive().max(8).optional().describe("Bytes of one value in the KV cache. Default 2."),
  experts: strict({ total: count, perToken: count }).optional().describe("Mixture of experts."),
});

const gpu = strict({
  name: z.string().min(1).describe("Node pools name it."),
  memory: bytes.describe("Memory of one GPU."),
  bandwidth: byteRate.describe("Memory bandwidth."),
  teraflops: z.number().positive().describe("Dense 16-bit tensor TFLOPS."),
});

const linear = strict({
  kind: z.literal("linear").describe("Step time linear in prompt tokens, sequences and context. All in seconds."),
  stepSeconds: coefficient,
  perPromptTokenSeconds: coefficient,
  perDecodeSequenceSeconds: coefficient,
  perContextTokenSeconds: coefficient,
  perPromptTokenContextSeconds: coefficient,
  requestOverheadSeconds: coefficient,
});

const roofline = strict({
  kind: z.literal("roofline").describe("4-norm of compute and weight read, plus linear terms. All in seconds."),
  stepOverheadSeconds: coefficient,
  perTokenComputeSeconds: coefficient,
  weightReadSeconds: coefficient,
  expertReadSeconds: coefficient.default(0),
  perDecodeSequenceSeconds: coefficient,
  perContextTokenSeconds: coefficient,
  perPromptTokenContextSeconds: coefficient,
  requestOverheadSeconds: coefficient,
});

const model: Field<string | ModelSpec> = z.union([
  z.enum(PRESET_IDS as [string, ...string[]]),
  strict({
    shape: z.union([z.enum(Object.keys(MODEL_SHAPES)), shape]).describe("A known model, or its figures."),
    gpu: z.union([z.enum(Object.keys(GPU_SHEETS)), gpu]).describe("A known GPU, or its figures."),
    gpusPerReplica: count.optional().describe("GPUs the model is split over. Default 1."),
    latency: z
      .union([z.literal("generic"), z.discriminatedUnion("kind", [linear, roofline])])
      .optional()
      .describe("`generic` estimates from shape and GPU (default); or measured coefficients."),
  }),
]);

const engine = strict({
  maxBatchedTokens: count.optional().describe("Token budget of a step (vLLM --max-num-batched-tokens). Default: the preset's, else 2048."),
  maxSequences: count.optional().describe("Sequences in a batch (vLLM --max-num-seqs). Default: the preset's, else 128."),
  kvBlocks: count.optional().describe("KV cache in blocks, as the server logs it. Default: estimated from GPU memory."),
  gpuMemoryUtilization: share.optional().describe("Share of GPU memory the engine may use (vLLM --gpu-memory-utilization). Default 0.9."),
  blockTokens: count.optional().describe("Tokens per KV block (vLLM --block-size). Default 16."),
  maxModelTokens: count.optional().describe("Longest prompt + answer (vLLM --max-model-len); longer ones are rejected. Default 16384."),
  warmUp: strict({
    factor: z.number().min(1).max(1000).optional().describe("Slowness of the first request after Ready. Default 10; 1: none."),
    requests: count.optional().describe("Requests until it is gone. Default 100."),
  })
    .optional()
    .describe("First requests after Ready are slow (lazy compilation, cold caches)."),
});

const gateway = strict({
  maxQueued: countOrUnlimited(0).optional().describe("Requests that may wait at the gateway. Default 1000."),
  queueTimeout: durationOrNever.optional().describe("Longest wait at the gateway. Default 60s."),
  maxInFlightPerReplica: countOrUnlimited(1)
    .optional()
    .describe("Requests a replica may hold before the gateway queues. Default unlimited."),
  routing: z.literal("leastRequests").optional().describe("Which replica gets a request. Default leastRequests."),
});

const client = strict({
  timeout: durationOrNever.optional().describe("The client gives up an attempt after this time. Default 5m."),
  patience: durationOrNever.optional().describe("The user leaves for good without a first token after this time. Default never."),
  retries: z.int().min(0).max(20).optional().describe("Further tries after a rejection, time-out or cut-off. Default 2."),
  backoff: strict({
    base: duration.optional().describe("Wait before the first retry; doubles each time. Default 1s."),
    max: duration.optional().describe("Longest wait. Default 30s."),
  })
    .optional()
    .describe("Exponential back-off with jitter in [0.5, 1)."),
  retryBudget: strict({
    share: share.describe("Retries per request that arrived within the window, as in 20%."),
    window: positiveDuration.optional().describe("Default 10s."),
    floor: rate.optional().describe("Retries that are always allowed. Default 0/s."),
  })
    .optional()
    .describe("Retries of all callers together are kept within this; without it, only `retries` limits them."),
});

const load: Field<LoadSpec> = z.union([
  durations,
  strict({
    bandwidth: byteRate.describe("Weights are read at this rate."),
    fixed: duration.optional().describe("Added to it. Default 0s."),
  }),
]);

const startup = strict({
  schedule: duration.optional().describe("To bind a pod once a node has room. Default 1s."),
  pull: durations.optional().describe("Image pull on a node that has not got the image. Default 60s."),
  load: load
    .optional()
    .describe("Weights into GPU memory: a duration, a distribution or a bandwidth. Default { bandwidth: 2GB/s, fixed: 10s }."),
  warmUp: durations.optional().describe("Compilation, graph capture, first calls. Default 45s."),
  restart: duration.optional().describe("Restart of a crashed container, before it loads again. Default 10s."),
});

const readiness = strict({
  period: duration.optional().describe("Readiness probe period. Default 10s."),
  endpointDelay: duration.optional().describe("Until the gateway hears that a pod is ready or leaving. Default 2s."),
});

const shutdown = strict({
  grace: duration.optional().describe("terminationGracePeriodSeconds; what runs then is cut off. Default 30s."),
  preStop: duration.optional().describe("Sleep before SIGTERM, counted in grace. Default 0s."),
  onTerminate: z.enum(["drain", "abort"]).optional().describe("After SIGTERM: finish what runs, or abort it. Default drain."),
});

/** One served model and the pods that serve it. */
export const deploymentField: Field<DeploymentSpec> = strict({
  name: name.describe("Name of the Deployment."),
  namespace: name.optional().describe("Default: default."),
  model: model.describe("Preset id, or a model, a GPU and a latency."),
  latency: z.enum(["roofline", "linear"]).optional().describe("Which fit of the preset. Default roofline where there is one."),
  replicas: z.int().min(0).max(10_000).describe("Replicas at the start, warm and ready."),
  engine: engine.optional().describe("Limits of the inference server."),
  gateway: gateway.optional().describe("Queue and routing in front of the replicas."),
  client: client.optional().describe("What callers do when it takes too long."),
  startup: startup.optional().describe("From a pod's creation to its first probe."),
  readiness: readiness.optional().describe("Probes and endpoints."),
  shutdown: shutdown.optional().describe("How a pod goes."),
  resources: strict({
    cpu: z.number().positive().optional().describe("Cores requested. Default 8."),
    memory: bytes.optional().describe("Memory requested. Default 64GiB."),
  })
    .optional()
    .describe("Container requests besides GPUs."),
  nodePools: z.array(name).min(1).optional().describe("Pools it may run on, in order of preference. Default: all with its GPU."),
});

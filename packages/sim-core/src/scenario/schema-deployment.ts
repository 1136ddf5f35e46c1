import * as z from "zod";
import { GPU_SHEETS } from "../serving/gpu-sheets.ts";
import { MODEL_SHAPES } from "../serving/model-shapes.ts";
import { PRESET_IDS } from "../serving/presets.ts";
import {
  byteRate,
  bytes,
  countOrUnlimited,
  distribution,
  duration,
  durationOrNever,
  durations,
  type Field,
  name,
  positiveDuration,
  positiveShare,
  rate,
  refuse,
  share,
  strict,
} from "./fields.ts";
import { disruptionBudgetField, strategyField } from "./schema-faults.ts";
import { load, pull } from "./schema-startup.ts";
import type { DeploymentSpec, ModelSpec } from "./spec.ts";
import { STARTUP_PRESET_IDS } from "./startup-presets.ts";

const count = z.int().min(1);
const coefficient = z.number().min(0);

const shape = strict({
  name: z.string().min(1).describe("Exported as the label model_name."),
  parameters: z.number().positive().describe("Number of parameters."),
  activeParameters: z.number().positive().optional().describe("Parameters used per token. Default: all."),
  layers: count.optional().describe("May be left out, like the next three, where engine.batching is dynamic: nothing is generated."),
  hiddenSize: count.optional(),
  attentionHeads: count.optional(),
  kvHeads: count.optional(),
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
  linkBandwidth: byteRate
    .optional()
    .describe("To the other GPUs of the node, one direction (NVLink of an H100: 450GB/s). Default 32GB/s, PCIe 4 of 16 lanes."),
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
  perPromptTokenSeconds: coefficient
    .optional()
    .describe("Per prompt token beside the norm, such as the all-reduce of tensor parallelism. Default 0."),
  perDecodeSequenceSeconds: coefficient,
  perContextTokenSeconds: coefficient,
  perPromptTokenContextSeconds: coefficient,
  requestOverheadSeconds: coefficient,
});

const tableFile = z.string().min(1);
const table = strict({
  kind: z.literal("table").describe("Profiled kernels, interpolated; on top what no kernel shows."),
  files: strict({
    attention: tableFile.describe("CSV of one layer's attention: prefill_chunk, kv_prefill, n_decode, kv_decode, time_us."),
    dense: tableFile.describe(
      "CSV of all other kernels: layer, tokens, time_us. embedding and final_layernorm count once a step, layernorm twice a layer, others once a layer.",
    ),
    perSequence: tableFile.describe("CSV of kernels that run once per sequence: layer, sequences, time_us."),
  }).describe("Files beside the scenario."),
  layers: count.optional().describe("Default: the shape's."),
  stepOverheadSeconds: coefficient.optional().describe("Host time of a step. Default: estimated as for `generic`."),
  requestOverheadSeconds: coefficient.optional().describe("Before the scheduler sees a request. Default: estimated as for `generic`."),
  perTokenSeconds: coefficient
    .optional()
    .describe("Exchange between the GPUs of a replica, per token of a step. Default: estimated as for `generic`."),
});

const curve = strict({
  kind: z.literal("curve").describe("Step time by batch size alone, for models that answer in one pass."),
  points: z
    .array(z.tuple([count, positiveDuration]))
    .min(1)
    .transform((points, context) => (isCurve(points) ? points : refuse(context, "invalid_curve")))
    .describe("[batch size, duration] pairs from size 1, sizes ascending; linear in between."),
  requestOverheadSeconds: coefficient.default(0),
});

function isCurve(points: readonly (readonly [number, number])[]): boolean {
  return points[0]?.[0] === 1 && points.every(([size], i) => i === 0 || size > (points[i - 1]?.[0] ?? 0));
}

const model: Field<string | ModelSpec> = z.union([
  z.enum(PRESET_IDS as [string, ...string[]]),
  strict({
    shape: z.union([z.enum(Object.keys(MODEL_SHAPES)), shape]).describe("A known model, or its figures."),
    gpu: z.union([z.enum(Object.keys(GPU_SHEETS)), gpu]).describe("A known GPU, or its figures."),
    gpusPerReplica: count.optional().describe("GPUs the model is split over. Default 1."),
    latency: z
      .union([z.literal("generic"), z.discriminatedUnion("kind", [linear, roofline, table, curve])])
      .optional()
      .describe("`generic` estimates from shape and GPU (default); or measured coefficients; or tables of profiled kernels."),
  }),
]);

const speculative = strict({
  draftTokens: count.max(64).describe("Tokens drafted per step (num_speculative_tokens)."),
  tokensPerStep: distribution(z.number().min(1)).describe(
    "Tokens a step brings a request on average, drawn once per request: 1 + accepted drafts. At least 1, at most draftTokens + 1.",
  ),
  draftOverhead: duration.optional().describe("Time the draft adds to each step in which some sequence decodes. Default 0s."),
});

const staticBatching = strict({
  size: count.describe("Requests in a batch."),
  maxWait: duration.optional().describe("A batch that is not full starts when its oldest request has waited so long. Default 0s."),
  streaming: z
    .boolean()
    .optional()
    .describe("true: tokens are sent as they come; false: all answers leave when the batch ends. Default true."),
});

const dynamicBatching = strict({
  maxBatchSize: count.max(65_536).describe("Requests in a batch (Triton max_batch_size)."),
  preferredSizes: z
    .array(count)
    .min(1)
    .optional()
    .describe("The largest of these that can be formed starts at once (preferred_batch_size). Default: maxBatchSize."),
  maxQueueDelay: duration
    .optional()
    .describe("Else the oldest request is held back at most so long (max_queue_delay_microseconds). Default 0s."),
  instances: count.max(64).optional().describe("Copies of the model that serve at the same time (instance_group count). Default 1."),
  maxQueueSize: countOrUnlimited(1).optional().describe("Requests that may wait; one more is rejected. Default unlimited."),
  queueTimeout: durationOrNever.optional().describe("Longest wait in the queue (default_timeout_microseconds). Default never."),
  timeoutAction: z
    .enum(["reject", "delay"])
    .optional()
    .describe("After that: refuse the request, or serve it when no other waits. Default reject."),
});

const engine = strict({
  version: z
    .string()
    .optional()
    .describe(
      "Version of vLLM, as in 0.25.0, whose defaults on this GPU hold for what is left out. Default: the preset's limits, else the newest.",
    ),
  batching: z
    .enum(["continuous", "static", "dynamic", "single", "auto"])
    .optional()
    .describe(
      "How requests share a replica: sequences join and leave at every step; fixed batches; whole-request batches of a model that answers in one pass; one at a time; or with the largest batch limit that meets the SLO, up to the one given. Default continuous.",
    ),
  static: staticBatching.optional().describe("Batches that run to their end, for batching static or auto."),
  dynamic: dynamicBatching.optional().describe("Triton's dynamic batcher, for batching dynamic or auto."),
  maxBatchedTokens: count
    .optional()
    .describe(
      "Token budget of a step (vLLM --max-num-batched-tokens). Default: the preset's, else 8192 on GPUs of 70 GiB and more but the A100, 2048 on others.",
    ),
  maxSequences: count
    .optional()
    .describe(
      "Sequences in a batch (vLLM --max-num-seqs). Default: the preset's, else 1024 on GPUs of 70 GiB and more but the A100, 256 on others.",
    ),
  kvBlocks: count.optional().describe("KV cache in blocks, as the server logs it. Default: estimated from GPU memory."),
  gpuMemoryUtilization: share
    .optional()
    .describe("Share of GPU memory the engine may use (vLLM --gpu-memory-utilization). Default: the preset's, else 0.92; before 0.25 0.9."),
  blockTokens: count.optional().describe("Tokens per KV block (vLLM --block-size). Default 16."),
  maxModelTokens: count.optional().describe("Longest prompt + answer (vLLM --max-model-len); longer ones are rejected. Default 16384."),
  maxOutputTokens: count.optional().describe("Answers end after this many tokens. Default: only when the request's are there."),
  longPrefillTokenThreshold: count
    .optional()
    .describe("Longest chunk of a prompt in one step (vLLM --long-prefill-token-threshold). Default: the token budget."),
  servedModelName: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe("Exported as the label model_name (vLLM --served-model-name). Default: the model's own name."),
  prefixCaching: z
    .boolean()
    .optional()
    .describe(
      "KV blocks of prompts are kept and shared (vLLM --enable-prefix-caching); only prompts whose text is known hit: hash_ids of a trace, prefix of a stream. Default true.",
    ),
  scheduling: z
    .enum(["fcfs", "priority"])
    .optional()
    .describe("Order of the queue and of preemption (vLLM --scheduling-policy); priorities come with the traffic. Default fcfs."),
  speculative: speculative.optional().describe("Speculative decoding (vLLM --speculative-config). Default: none."),
  warmUp: strict({
    factor: z.number().min(1).max(1000).optional().describe("Slowness of the first request after Ready. Default 10; 1: none."),
    requests: count.optional().describe("Requests until it is gone. Default 100."),
  })
    .optional()
    .describe("First requests after Ready are slow (lazy compilation, cold caches)."),
});

const SIMPLE_ROUTINGS = ["roundRobin", "random", "leastRequests", "powerOfTwo", "leastKvCache", "sessionAffinity"] as const;
const weight = z.number().min(0);

const routing = z.union([
  z.enum([...SIMPLE_ROUTINGS, "prefixAffinity", "inferenceGateway"]),
  z.discriminatedUnion("kind", [
    strict({
      kind: z.literal("prefixAffinity").describe("Prompts that begin alike go to one replica, within bounds."),
      loadFactor: z.number().gt(1).max(100).optional().describe("A replica may hold this many times its fair share. Default 1.25."),
    }),
    strict({
      kind: z.literal("inferenceGateway").describe("Weighted scorers of the Gateway API inference extension."),
      weights: strict({
        queue: weight.optional().describe("Of a short queue. Default 2."),
        kvCache: weight.optional().describe("Of free KV cache. Default 2."),
        prefix: weight.optional().describe("Of a prompt sent there before. Default 3."),
      })
        .optional()
        .describe("Weights of the scores 0…1."),
    }),
  ]),
]);

const flowControl = strict({
  queueDepthThreshold: count.optional().describe("Requests waiting at an endpoint that count as saturated. Default 5."),
  kvCacheThreshold: positiveShare.optional().describe("KV-cache use of an endpoint that counts as saturated. Default 0.8."),
  metricsMaxAge: positiveDuration.optional().describe("Endpoints with older metrics count as saturated. Default 200ms."),
  ttl: durationOrNever.optional().describe("Longest wait while there are endpoints. Default 60s."),
  noEndpointTtl: durationOrNever.optional().describe("Longest wait while there are none. Default: as ttl."),
  maxQueued: countOrUnlimited(1).optional().describe("Requests a band may hold. Default 5000."),
  fairness: z
    .enum(["globalStrict", "roundRobin"])
    .optional()
    .describe("Between the streams of a band: the oldest request first, or each stream in turn. Default globalStrict."),
  bands: z
    .array(
      strict({
        priority: z.int().min(-1000).max(1000).describe("Higher goes first."),
        streams: z.array(name).min(1).describe("Names of traffic streams."),
        maxQueued: countOrUnlimited(1).optional().describe("Requests this band may hold."),
      }),
    )
    .min(1)
    .optional()
    .describe("Streams by priority. Those not named have priority 0."),
});

const gateway = strict({
  maxQueued: countOrUnlimited(0).optional().describe("Requests that may wait at the gateway. Default 1000."),
  queueTimeout: durationOrNever.optional().describe("Longest wait at the gateway. Default 60s."),
  maxInFlightPerReplica: countOrUnlimited(1)
    .optional()
    .describe("Requests a replica may hold before the gateway queues. Default unlimited."),
  routing: routing.optional().describe("Which replica gets a request. Default leastRequests."),
  staleness: duration
    .optional()
    .describe("How often the gateway reads its endpoints' metrics, for leastKvCache, inferenceGateway and flow control. Default 50ms."),
  flowControl: flowControl.optional().describe("Requests wait at the gateway while the pool is saturated, by priority. Default: off."),
});

const disaggregation = strict({
  prefill: name.describe(
    "Name of the deployment whose replicas compute the prompts; it serves the same model and gets no traffic of its own.",
  ),
  bandwidth: byteRate.describe("At which one replica's link takes KV cache in, all its GPUs together, as in 40GB/s."),
  setup: duration.optional().describe("From the request for a prompt's KV cache to its first byte. Default 5ms."),
  minPromptTokens: count
    .optional()
    .describe("Shorter prompts are computed where they are decoded (llm-d's nonCachedTokens). Default 1: none."),
  lease: positiveDuration
    .optional()
    .describe("A prompt's KV cache is kept so long after the decode side was last heard of (vLLM kv_lease_duration). Default 30s."),
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

const startup = strict({
  schedule: duration.optional().describe("To bind a pod once a node has room. Default 1s."),
  preset: z
    .enum(STARTUP_PRESET_IDS)
    .optional()
    .describe("Measured start whose parts hold for what is left out here (see the reference of presets). Default: none."),
  pull: pull
    .optional()
    .describe("Image pull on a node that has not got the image: a duration, a distribution, or bytes over a bandwidth. Default 60s."),
  container: durations.optional().describe("From the container's start to the first byte of weights: process, imports. Default 0s."),
  load: load
    .optional()
    .describe(
      "Weights into GPU memory: a duration, a distribution, a bandwidth, or bytes from a source. Default { bandwidth: 2GB/s, fixed: 10s }.",
    ),
  compile: durations.optional().describe("Compilation (torch.compile), before warmUp. Default 0s."),
  compileCached: durations
    .optional()
    .describe("Compilation on a node where a replica of the deployment has been Ready. Default: nothing is kept, compile again."),
  capture: durations.optional().describe("Capture of CUDA graphs, before warmUp. Default 0s."),
  warmUp: durations
    .optional()
    .describe(
      "The rest before the engine is up: profiling, first calls. Default 45s with compilation and graphs, 0s where compile or capture is given.",
    ),
  restart: duration
    .optional()
    .describe(
      "Making the container of a pod anew after it has ended, before it loads again; from its second end within ten minutes on after the pause of CrashLoopBackOff: 10 s, 20 s … 5 min. Default 10s.",
    ),
  deadline: positiveDuration
    .optional()
    .describe(
      "A container that no probe has found up so long after its start is killed and starts again (startupProbe: initialDelaySeconds + failureThreshold × periodSeconds). Default: none.",
    ),
});

const readiness = strict({
  period: duration.optional().describe("Period of the probe that finds a container up. Default 10s."),
  initialDelay: duration.optional().describe("From a container's start to its first probe (initialDelaySeconds). Default 0s."),
  endpointDelay: duration.optional().describe("Until the gateway hears that a pod is ready or leaving. Default 2s."),
});

const shutdown = strict({
  grace: duration.optional().describe("terminationGracePeriodSeconds; what runs then is cut off. Default 30s."),
  preStop: duration.optional().describe("Sleep before SIGTERM, counted in grace. Default 0s."),
  onTerminate: z.enum(["drain", "abort"]).optional().describe("After SIGTERM: finish what runs, or abort it. Default drain."),
  timeout: duration
    .optional()
    .describe("Draining for so long at most, then the rest is aborted (vLLM's --shutdown-timeout). Default: to the end of grace."),
  deletionCost: z
    .enum(["none", "inFlight"])
    .optional()
    .describe(
      "`inFlight`: somebody keeps the pods' deletion cost at their requests in flight, so that a scale-down takes the idlest. Default none.",
    ),
});

/** Keys that a manifest gives where the scenario does not. */
export const MANIFEST_KEYS: readonly string[] = ["name", "model", "replicas"];

/** One served model and the pods that serve it. */
export const deploymentField: Field<DeploymentSpec> = strict({
  name: name.describe("Name of the Deployment. Name, model and replicas must be given, unless a manifest gives them."),
  manifest: z
    .string()
    .min(1)
    .optional()
    .describe(
      "YAML of the Deployment, StatefulSet or LeaderWorkerSet as deployed, with what stands around it: gives name, model, replicas and much of the rest, wherever the scenario does not.",
    ),
  namespace: name.optional().describe("Default: default."),
  model: model.describe("Preset id, or a model, a GPU and a latency."),
  latency: z.enum(["roofline", "linear"]).optional().describe("Which fit of the preset. Default roofline where there is one."),
  replicas: z.int().min(0).max(10_000).describe("Replicas at the start, warm and ready."),
  nodesPerReplica: count
    .optional()
    .describe("Nodes a replica is spread over, with an equal share of its GPUs on each (size of a LeaderWorkerSet). Default 1."),
  engine: engine.optional().describe("Limits of the inference server."),
  disaggregation: disaggregation.optional().describe("Prompts are computed by the replicas of another deployment, these ones decode."),
  gateway: gateway.optional().describe("Queue and routing in front of the replicas."),
  client: client.optional().describe("What callers do when it takes too long."),
  startup: startup.optional().describe("From a pod's creation to its first probe."),
  readiness: readiness.optional().describe("Probes and endpoints."),
  shutdown: shutdown.optional().describe("How a pod goes."),
  strategy: strategyField.optional().describe("How `updates` replace its pods, as the Deployment's spec.strategy."),
  disruptionBudget: disruptionBudgetField.optional().describe("PodDisruptionBudget: how far evictions may go. Default: no limit."),
  resources: strict({
    cpu: z.number().positive().optional().describe("Cores requested. Default 8."),
    memory: bytes.optional().describe("Memory requested. Default 64GiB."),
  })
    .optional()
    .describe("Container requests besides GPUs."),
  nodePools: z.array(name).min(1).optional().describe("Pools it may run on, in order of preference. Default: all with its GPU."),
});

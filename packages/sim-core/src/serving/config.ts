import type { DistributionConfig } from "../random/distribution-config.ts";
import type { UserLatency } from "./latency/contract.ts";

/** Shape of a decoder model. @see the model's published config.json */
export interface ModelShape {
  readonly name: string;
  readonly parameters: number;
  /** Parameters used per token; equals `parameters` for dense models. */
  readonly activeParameters: number;
  readonly layers: number;
  readonly hiddenSize: number;
  readonly attentionHeads: number;
  readonly kvHeads: number;
  readonly headDimension: number;
  readonly weightBytes: number;
  readonly kvBytesPerToken: number;
  readonly experts?: { readonly total: number; readonly perToken: number };
}

/** Sheet of one GPU. */
export interface GpuSheet {
  readonly name: string;
  readonly memoryBytes: number;
  readonly bandwidthBytesPerSecond: number;
  readonly fp16Flops: number;
  /** To the other GPUs of the node, one direction. Prompts of a model that is split over several GPUs pass over it. */
  readonly linkBytesPerSecond: number;
}

/**
 * Seconds of one step from its composition: P prompt tokens, D decoding sequences, K context tokens of those
 * (the token being computed included), Q = Σ chunk × (context before + chunk / 2).
 */
export type LatencyConfig =
  | {
      readonly kind: "linear";
      readonly stepSeconds: number;
      readonly perPromptTokenSeconds: number;
      readonly perDecodeSequenceSeconds: number;
      readonly perContextTokenSeconds: number;
      readonly perPromptTokenContextSeconds: number;
      readonly requestOverheadSeconds: number;
    }
  | {
      /** overhead + ((compute·(P+D))^4 + weights^4)^(1/4) + linear terms; p = 4 fits measured servers best. */
      readonly kind: "roofline";
      readonly stepOverheadSeconds: number;
      readonly perTokenComputeSeconds: number;
      readonly weightReadSeconds: number;
      /** Time to read all experts; the share read grows with the tokens of the step. 0 for dense models. */
      readonly expertReadSeconds: number;
      readonly experts?: { readonly total: number; readonly perToken: number };
      /** Time per prompt token beside the norm: what tensor-parallel GPUs exchange, while they compute nothing. Default 0. */
      readonly perPromptTokenSeconds?: number | undefined;
      readonly perDecodeSequenceSeconds: number;
      readonly perContextTokenSeconds: number;
      readonly perPromptTokenContextSeconds: number;
      readonly requestOverheadSeconds: number;
    }
  | {
      /** Profiled kernels, interpolated; on top what no kernel shows: host and communication. */
      readonly kind: "table";
      readonly layers: number;
      readonly stepOverheadSeconds: number;
      readonly requestOverheadSeconds: number;
      /** Exchange of tensor-parallel GPUs and the like, per token of the step. */
      readonly perTokenSeconds: number;
      /** Of one layer. */
      readonly attention: AttentionTimes;
      /** The other kernels of one layer, over tokens of the step. */
      readonly perLayer: TimeCurve;
      /** Kernels that run once per step, over its tokens. */
      readonly perStep: TimeCurve;
      /** Kernels that run once per step, over its sequences. */
      readonly perSequence: TimeCurve;
    }
  | {
      /** A function in code; the only part of a plan that is not data. */
      readonly kind: "function";
      readonly latency: UserLatency;
    }
  | {
      /** Step time by batch size alone, linear between the points: for models that answer in one pass. */
      readonly kind: "curve";
      /** Ascending in size, the first of size 1. */
      readonly points: readonly (readonly [batchSize: number, seconds: number])[];
      readonly requestOverheadSeconds: number;
    };

/** Step times by coefficients on tokens: what measured servers are fitted with. */
export type TokenLatencyConfig = Extract<LatencyConfig, { readonly kind: "linear" | "roofline" }>;

/** How requests are put together into batches, when not continuously. */
export type BatchingConfig =
  | {
      /** A batch runs to its end before the next one starts, padded to its longest prompt and its longest answer. */
      readonly kind: "static";
      readonly size: number;
      /** A batch that is not full starts when its oldest request has waited so long. */
      readonly maxWaitSeconds: number;
      /** Tokens are sent as they come, an answer ends with its own last token; otherwise all answers leave with the batch. */
      readonly isStreamed: boolean;
    }
  | {
      /** Whole requests in batches, on several instances of a model that answers in one pass. @see Triton's dynamic batcher */
      readonly kind: "dynamic";
      readonly maxBatchSize: number;
      /** Ascending; the largest that can be formed starts at once. */
      readonly preferredSizes: readonly number[];
      /** While no preferred size can be formed, the oldest request is held back at most so long. 0: not at all. */
      readonly maxQueueDelaySeconds: number;
      /** Batches that run at the same time. */
      readonly instances: number;
      /** Requests that may wait; one more is rejected. Infinity: no limit. */
      readonly maxQueueSize: number;
      /** Longest wait in the queue. Infinity: no limit. */
      readonly queueTimeoutSeconds: number;
      /** A request that has waited too long is refused, or served when nobody else waits. */
      readonly timeoutAction: "reject" | "delay";
    };

/** Times of one kernel or of several together, over a count; ascending. */
export interface TimeCurve {
  readonly counts: readonly number[];
  readonly seconds: readonly number[];
}

/** Attention times of one layer, a column each: one prompt chunk beside decoding sequences of equal context. */
export interface AttentionTimes {
  readonly chunkTokens: readonly number[];
  /** Of the chunk's sequence, before the chunk. */
  readonly chunkContext: readonly number[];
  readonly decodeSequences: readonly number[];
  /** Of each decoding sequence. */
  readonly decodeContext: readonly number[];
  readonly seconds: readonly number[];
}

/** The engine's limits, in vLLM's terms. */
export interface EngineConfig {
  /** Token budget of a step. @see vLLM --max-num-batched-tokens */
  readonly maxBatchedTokens: number;
  /** @see vLLM --max-num-seqs */
  readonly maxSequences: number;
  /** KV cache capacity in blocks. */
  readonly kvBlocks: number;
  /** Tokens per KV block. @see vLLM --block-size, default 16 */
  readonly blockTokens: number;
  /** Longest prompt + answer; longer requests are rejected at the door. */
  readonly maxModelTokens: number;
  /** Answers end after this many tokens. Absent: only with the request. @see OpenAI API, max_tokens */
  readonly maxOutputTokens?: number;
  /** Longest chunk of a prompt in one step. Absent: the token budget. @see vLLM --long-prefill-token-threshold, default 0 (none) */
  readonly longPrefillTokenThreshold?: number;
  /** Full KV blocks of prompts are kept and shared. Absent: no. @see vLLM --enable-prefix-caching, on by default */
  readonly prefixCaching?: boolean;
  /** Order of the queue, and who is preempted. Absent: fcfs. @see vLLM --scheduling-policy, default fcfs */
  readonly scheduling?: "fcfs" | "priority";
  /** Draft tokens are proposed and verified: a step brings several tokens. Absent: one token a step. @see vLLM --speculative-config */
  readonly speculative?: SpeculativeConfig;
  /** How prompts' KV blocks come from the replicas that computed them; present on the decode side of a disaggregated pair. */
  readonly transfer?: TransferConfig;
  /** Absent: continuous batching. */
  readonly batching?: BatchingConfig;
  /** The batch limit is an upper bound: the largest up to it that meets the SLO is chosen before the run. */
  readonly isBatchLimitAuto?: true;
  readonly warmUp: {
    /** Step-time factor of the first request after Ready. 1: none. */
    readonly factor: number;
    /** Requests until the factor is gone. */
    readonly requests: number;
  };
}

/** The way of KV blocks into a replica: one prompt after another over its link. */
export interface TransferConfig {
  /** From the start of a transfer to its first byte, seconds; the next transfer need not wait for it. */
  readonly setupSeconds: number;
  /** Time of one block on the link, seconds. */
  readonly perBlockSeconds: number;
}

/** Prompts are computed by the replicas of another deployment. */
export interface DisaggregationConfig {
  /** Position of that deployment in the plan. */
  readonly prefillDeployment: number;
  /** Shorter prompts are computed where they are decoded. */
  readonly minPromptTokens: number;
  /** KV blocks of a prompt are held so long after the decode side was last heard of, seconds. */
  readonly leaseSeconds: number;
}

/** Speculative decoding. */
export interface SpeculativeConfig {
  /** Tokens drafted per step. */
  readonly draftTokens: number;
  /** Tokens per step a request gets on average (accepted drafts and the one of the model itself), from 1 to draftTokens + 1; drawn once per request. */
  readonly tokensPerStep: DistributionConfig;
  /** Time the draft adds to each step in which some sequence decodes, seconds. */
  readonly draftOverheadSeconds: number;
}

/** Weights of the inference gateway's scorers. @see llm-d router's default profile: queue 2, KV cache 2, prefix cache 3 */
export interface ScorerWeights {
  readonly queue: number;
  readonly kvCache: number;
  readonly prefix: number;
}

/** Which replica gets an attempt. */
export type RoutingConfig =
  | "roundRobin"
  | "random"
  | "leastRequests"
  | "powerOfTwo"
  | "leastKvCache"
  | "sessionAffinity"
  /** A replica may hold `loadFactor` times its fair share before the next on the ring is taken. */
  | { readonly kind: "prefixAffinity"; readonly loadFactor: number }
  | { readonly kind: "inferenceGateway"; readonly weights: ScorerWeights };

/** Requests of one stream, among which a band is fair. */
export interface FlowConfig {
  /** Exported as `fairness_id`. */
  readonly name: string;
  /** Position of the stream in the plan's traffic. */
  readonly stream: number;
}

export interface PriorityBandConfig {
  /** Higher goes first. */
  readonly priority: number;
  /** Attempts the band may hold; one more is rejected. */
  readonly maxQueued: number;
  readonly flows: readonly FlowConfig[];
}

/** The queue of the inference gateway in front of a pool that is saturated. @see llm-d router, flowControl and utilization-detector */
export interface FlowControlConfig {
  /** Requests waiting at an endpoint that count as saturation 1. */
  readonly queueDepthThreshold: number;
  /** Share of an endpoint's KV cache that counts as saturation 1. */
  readonly kvCacheThreshold: number;
  /** An endpoint whose metrics are older counts as saturated, seconds. */
  readonly metricsMaxAgeSeconds: number;
  /** Longest wait while there are endpoints, seconds. */
  readonly ttlSeconds: number;
  /** Longest wait while there are none, seconds. */
  readonly noEndpointTtlSeconds: number;
  /** Between the flows of a band: the oldest attempt first, or each flow in turn. */
  readonly fairness: "globalStrict" | "roundRobin";
  /** Highest priority first; every stream of the deployment is in exactly one. */
  readonly bands: readonly PriorityBandConfig[];
}

export interface GatewayConfig {
  /** Attempts that may wait at the gateway for an endpoint with room; one more is rejected. Flow control has limits of its own. */
  readonly maxQueued: number;
  /** Time an attempt may wait at the gateway before it is rejected as timed out, seconds. Infinity: none. Flow control has its own. */
  readonly queueTimeoutSeconds: number;
  /** Attempts a replica may hold (waiting + running) before the gateway queues; Infinity: the gateway never holds back while a replica is ready. */
  readonly maxInFlightPerReplica: number;
  readonly routing: RoutingConfig;
  /** How often the gateway reads its endpoints' metrics, seconds; 0: at every decision. Present when routing or flow control uses them. */
  readonly metricsRefreshSeconds?: number;
  readonly flowControl?: FlowControlConfig;
}

/** What the client does. */
export interface ClientConfig {
  /** Time from an attempt's arrival to its last token after which the client gives up on it, seconds. Infinity: never. */
  readonly timeoutSeconds: number;
  /** Time without a first token after which the client leaves for good (fate: cancelled). Infinity: never. */
  readonly patienceSeconds: number;
  /** Further tries after a rejection, time-out or cut-off. */
  readonly maxRetries: number;
  /** Wait before the n-th retry: base × 2^(n−1), at most max, times a jitter in [0.5, 1). */
  readonly backoffBaseSeconds: number;
  readonly backoffMaxSeconds: number;
  /** Bounds the retries of all callers together; absent: only `maxRetries` bounds them. */
  readonly retryBudget?: RetryBudgetConfig;
}

/**
 * Retries within any window ≤ share × requests that arrived in it + floor × window.
 * @see Finagle RetryBudget: ttl 10 s, percentCanRetry 0.2, minRetriesPerSec 10 for each client
 * @see Envoy RetryPolicy.RetryBudget: the same idea on open requests, 20 %
 */
export interface RetryBudgetConfig {
  /** Retries per request, ≥ 0. */
  readonly share: number;
  readonly windowSeconds: number;
  /** Retries per second that are allowed without any request. */
  readonly floorPerSecond: number;
}

export interface ServingConfig {
  readonly model: ModelShape;
  readonly gpu: GpuSheet;
  /** GPUs of one replica (tensor parallel, inside one node). */
  readonly gpusPerReplica: number;
  readonly latency: LatencyConfig;
  readonly engine: EngineConfig;
  readonly gateway: GatewayConfig;
  readonly client: ClientConfig;
  /** Absent: prompts are computed where they are decoded. */
  readonly disaggregation?: DisaggregationConfig;
}

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
      readonly perDecodeSequenceSeconds: number;
      readonly perContextTokenSeconds: number;
      readonly perPromptTokenContextSeconds: number;
      readonly requestOverheadSeconds: number;
    };

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
  readonly warmUp: {
    /** Step-time factor of the first request after Ready. 1: none. */
    readonly factor: number;
    /** Requests until the factor is gone. */
    readonly requests: number;
  };
}

export interface GatewayConfig {
  /** Attempts that may wait at the gateway for an endpoint with room; one more is rejected. */
  readonly maxQueued: number;
  /** Time an attempt may wait at the gateway before it is rejected as timed out, seconds. Infinity: none. */
  readonly queueTimeoutSeconds: number;
  /** Attempts a replica may hold (waiting + running) before the gateway queues; Infinity: the gateway never holds back while a replica is ready. */
  readonly maxInFlightPerReplica: number;
  readonly routing: "leastRequests";
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
}

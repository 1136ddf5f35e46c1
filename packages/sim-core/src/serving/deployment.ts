import type { ClientConfig, DisaggregationConfig, ServingConfig } from "./config.ts";
import { Gateway, type GatewayParts } from "./gateway.ts";
import { createEngineLatency, type LatencyModel } from "./latency/model.ts";
import { maxRequestTokens } from "./replica.ts";
import { RetryBudget } from "./retry-budget.ts";
import { stepTokensOf } from "./speculation.ts";
import { warmUpFactors } from "./warm-up.ts";

/** What the service keeps of one deployment. */
export interface Deployment {
  readonly gateway: Gateway;
  readonly client: ClientConfig;
  readonly budget: RetryBudget | undefined;
  readonly config: ServingConfig;
  readonly latency: LatencyModel;
  /** Step-time factors by number of requests since Ready. */
  readonly factors: Float64Array;
  /** Longest prompt + answer. */
  readonly maxTokens: number;
  readonly maxOutputTokens: number;
  /** Where prompts are computed, when elsewhere. */
  readonly disaggregation: DisaggregationConfig | undefined;
  /** Tokens per decode step by quantile, in units of the request table; undefined: one. */
  readonly stepTokens: ((quantile: number) => number) | undefined;
}

export function createDeployment(config: ServingConfig, parts: Omit<GatewayParts, "kvBlocks">): Deployment {
  return {
    gateway: new Gateway(config.gateway, { ...parts, kvBlocks: config.engine.kvBlocks }),
    client: config.client,
    budget: config.client.retryBudget && new RetryBudget(config.client.retryBudget),
    config,
    latency: createEngineLatency(config),
    factors: warmUpFactors(config.engine.warmUp.factor, config.engine.warmUp.requests),
    maxTokens: maxRequestTokens(config.engine),
    maxOutputTokens: config.engine.maxOutputTokens ?? Number.POSITIVE_INFINITY,
    disaggregation: config.disaggregation,
    stepTokens: config.engine.speculative && stepTokensOf(config.engine.speculative),
  };
}

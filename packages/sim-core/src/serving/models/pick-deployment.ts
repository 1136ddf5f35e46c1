import type { ModelRule, ModelTargetConfig } from "./config.ts";
import { pickByComplexity, pickCascade } from "./pick-by-complexity.ts";
import { pickByPromptLength } from "./pick-by-prompt-length.ts";
import { pickByWeight } from "./pick-by-weight.ts";
import { pickInOrder } from "./pick-in-order.ts";

/** What a gateway knows of a request when it chooses a deployment. Filled anew for each request: copy what must be kept. */
export interface RoutableRequest {
  promptTokens: number;
  /** In [0, 1), drawn once per request or session, and the same under every policy. */
  uniform: number;
  /** How complex a classifier takes it for, 0…1; of no meaning to rules that do not ask. */
  score: number;
}

/** One target of a model's route, as things stand. */
export interface ModelCandidate extends ModelTargetConfig {
  /** Replicas that take requests. */
  readyReplicas: number;
  /** Requests at its gateway and its replicas. */
  inFlight: number;
  /** Mean over its replicas, 0…1; kept up only for targets with a limit to it. */
  kvCacheUtilization: number;
  /** False: passed over, as it has no ready replica and another target has one. At least one candidate is available. */
  isAvailable: boolean;
}

/** Chooses among the targets of a model; pure. @returns position of the candidate */
export type PickDeployment = (request: Readonly<RoutableRequest>, candidates: readonly Readonly<ModelCandidate>[]) => number;

/** The choice that a rule stands for. */
export const PICKS: Readonly<Record<ModelRule, PickDeployment>> = {
  weights: pickByWeight,
  promptLength: pickByPromptLength,
  inOrder: pickInOrder,
  complexity: pickByComplexity,
  cascade: pickCascade,
};

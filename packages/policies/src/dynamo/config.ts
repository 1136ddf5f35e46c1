import type { Issue, ParseResult } from "@replicast/sim-core";
import { z } from "zod";
import { parseEntry, parseResult, positiveSeconds } from "../parse.ts";
import type { Component, Goal } from "./load-rule.ts";
import type { Predictor } from "./predictors.ts";

/** A Dynamo planner as a scenario writes it. */
export interface DynamoConfig {
  readonly component: Component;
  readonly optimization_target: Goal;
  readonly enable_throughput_scaling: boolean;
  readonly enable_load_scaling: boolean;
  readonly throughput_adjustment_interval: number;
  readonly load_adjustment_interval: number;
  readonly load_predictor: Predictor;
  readonly engine_rps: number | null;
  readonly context_length: number | null;
  readonly min_endpoint: number;
  readonly max_gpu_budget: number;
  readonly engine_num_gpu: number;
  readonly max_replica_change: number;
}

/** Most replicas the GPU budget pays for. */
export function budgetReplicas({ max_gpu_budget, engine_num_gpu }: DynamoConfig): number {
  return Math.floor(max_gpu_budget / engine_num_gpu);
}

/** What a scenario may say. Defaults: ai-dynamo 1.6 planner. */
export const dynamoSchema: z.ZodType<DynamoConfig> = z.strictObject({
  component: z.enum(["prefill", "decode", "agg"]).default("agg").describe("What the deployment computes: prompts, answers, or both."),
  optimization_target: z.enum(["throughput", "latency"]).default("throughput").describe("Which thresholds the load rule has."),
  enable_throughput_scaling: z.boolean().default(true).describe("Replicas for the predicted rate of requests."),
  enable_load_scaling: z
    .boolean()
    .default(false)
    .describe("Steps of one replica by the engines' load; the other rule then only sets a lower limit."),
  throughput_adjustment_interval: positiveSeconds.default(180).describe("Seconds between two predictions."),
  load_adjustment_interval: positiveSeconds.default(5).describe("Seconds between two looks at the load."),
  load_predictor: z
    .enum(["constant", "kalman"])
    .default("constant")
    .describe("How the next interval's rate is predicted; arima and prophet are not simulated."),
  engine_rps: z
    .number()
    .positive()
    .nullable()
    .default(null)
    .describe("Requests per second at which one engine still meets its latency targets: the planner's engine model, as a number."),
  context_length: z
    .number()
    .positive()
    .nullable()
    .default(null)
    .describe("Tokens of context of the model; queued prompt tokens are measured by it."),
  min_endpoint: z.int().min(0).max(100_000).default(1).describe("Fewest replicas."),
  max_gpu_budget: z.int().min(1).max(1_000_000).default(8).describe("GPUs that all replicas may have together."),
  engine_num_gpu: z.int().min(1).max(10_000).default(1).describe("GPUs of one replica."),
  max_replica_change: z.int().min(1).max(100_000).default(8).describe("Most replicas a prediction may add or remove at once."),
});

/** A planner's settings, or every issue with them. */
export function parseDynamoConfig(raw: unknown): ParseResult<DynamoConfig & { readonly [key: string]: string | number | boolean | null }> {
  const parsed = parseEntry(dynamoSchema, raw);
  if (!parsed.ok) return parsed;
  const config = parsed.value;
  const issues: Issue[] = [];
  if (!config.enable_throughput_scaling && !config.enable_load_scaling) issues.push({ code: "dynamo_no_rule", path: [], data: {} });
  if (config.enable_throughput_scaling && config.engine_rps === null)
    issues.push({ code: "missing_key", path: [], data: { key: "engine_rps" } });
  if (config.enable_load_scaling && config.component !== "decode" && config.context_length === null)
    issues.push({ code: "missing_key", path: [], data: { key: "context_length" } });
  if (budgetReplicas(config) < config.min_endpoint)
    issues.push({
      code: "out_of_range",
      path: ["max_gpu_budget"],
      data: { minimum: config.min_endpoint * config.engine_num_gpu, actual: config.max_gpu_budget },
    });
  return parseResult({ ...config }, issues);
}

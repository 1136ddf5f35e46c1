import type { Issue, ParseResult, PolicyContext } from "@replicast/sim-core";
import { z } from "zod";
import { parseEntry, parseResult, replicaCount } from "../parse.ts";
import type { AggregationFunction } from "./aggregate.ts";
import type { RayScaling } from "./decide.ts";

/** What {@link rayServe} runs on; durations in seconds. */
export type RayServeConfig = {
  readonly scaling: RayScaling;
  readonly metricsIntervalSeconds: number;
  readonly lookBackSeconds: number;
  readonly aggregation: AggregationFunction;
  readonly controlLoopSeconds: number;
};

/** A Ray Serve deployment's autoscaling as a scenario writes it. */
export interface RayServeEntry {
  readonly autoscaling_config: {
    readonly min_replicas: number;
    readonly initial_replicas?: number | undefined;
    readonly max_replicas: number;
    readonly target_ongoing_requests: number;
    readonly metrics_interval_s: number;
    readonly look_back_period_s: number;
    readonly smoothing_factor: number;
    readonly upscaling_factor?: number | undefined;
    readonly downscaling_factor?: number | undefined;
    readonly upscale_smoothing_factor?: number | undefined;
    readonly downscale_smoothing_factor?: number | undefined;
    readonly upscale_delay_s: number;
    readonly downscale_delay_s: number;
    readonly downscale_to_zero_delay_s?: number | undefined;
    readonly aggregation_function: AggregationFunction;
  };
  readonly control_loop_interval_s: number;
}

const seconds = z.number().min(0).max(86_400);
const period = z.number().min(0.05).max(86_400);
const factor = z.number().positive().max(100);

/** What a scenario may say. Defaults: ray 2.60, serve/config.py, AutoscalingConfig. */
export const rayServeSchema: z.ZodType<RayServeEntry> = z.strictObject({
  autoscaling_config: z
    .strictObject({
      min_replicas: replicaCount.default(1).describe("Fewest replicas; 0 lets the deployment go to zero."),
      initial_replicas: replicaCount.optional().describe("Must be the replicas the scenario's deployment begins with."),
      max_replicas: replicaCount.min(1).default(1).describe('Most replicas; num_replicas="auto" means 100.'),
      target_ongoing_requests: z.number().positive().default(2).describe("Requests running and queued that one replica should have."),
      metrics_interval_s: period.default(10).describe("How often replicas and handles send what they recorded."),
      look_back_period_s: period.default(30).describe("Window over which the load is aggregated."),
      smoothing_factor: factor.default(1).describe("Share of the distance to the wanted count that is gone at once."),
      upscaling_factor: factor.optional().describe("The same upwards."),
      downscaling_factor: factor.optional().describe("The same downwards."),
      upscale_smoothing_factor: factor.optional().describe("Older name of upscaling_factor."),
      downscale_smoothing_factor: factor.optional().describe("Older name of downscaling_factor."),
      upscale_delay_s: seconds.default(30).describe("How long more replicas must have been wanted."),
      downscale_delay_s: seconds.default(600).describe("How long fewer replicas must have been wanted."),
      downscale_to_zero_delay_s: seconds.optional().describe("The same from one replica to none; absent: downscale_delay_s."),
      aggregation_function: z.enum(["mean", "max", "min"]).default("mean").describe("What the window's load is reduced to."),
    })
    .describe("The deployment's autoscaling_config."),
  control_loop_interval_s: period.default(0.1).describe("RAY_SERVE_CONTROL_LOOP_INTERVAL_S: how often the controller decides."),
});

/** A Ray Serve deployment's settings, or every issue with them. */
export function parseRayServeConfig(raw: unknown, { deployment }: PolicyContext): ParseResult<RayServeConfig> {
  const parsed = parseEntry(rayServeSchema, raw);
  if (!parsed.ok) return parsed;
  const { autoscaling_config: config, control_loop_interval_s: controlLoopSeconds } = parsed.value;
  const issues: Issue[] = [];
  if (config.max_replicas < config.min_replicas) {
    const data = { minimum: config.min_replicas, actual: config.max_replicas };
    issues.push({ code: "out_of_range", path: ["autoscaling_config", "max_replicas"], data });
  }
  if (config.initial_replicas !== undefined && config.initial_replicas !== deployment.replicas) {
    const data = { initial: config.initial_replicas, replicas: deployment.replicas, deployment: deployment.name };
    issues.push({ code: "ray_initial_replicas", path: ["autoscaling_config", "initial_replicas"], data });
  }
  return parseResult(
    {
      scaling: {
        min_replicas: config.min_replicas,
        max_replicas: config.max_replicas,
        target_ongoing_requests: config.target_ongoing_requests,
        upscale_delay_s: config.upscale_delay_s,
        downscale_delay_s: config.downscale_delay_s,
        downscale_to_zero_delay_s: config.downscale_to_zero_delay_s ?? null,
        smoothing_factor: config.smoothing_factor,
        upscaling_factor: config.upscaling_factor ?? config.upscale_smoothing_factor ?? null,
        downscaling_factor: config.downscaling_factor ?? config.downscale_smoothing_factor ?? null,
      },
      metricsIntervalSeconds: config.metrics_interval_s,
      lookBackSeconds: config.look_back_period_s,
      aggregation: config.aggregation_function,
      controlLoopSeconds,
    },
    issues,
  );
}

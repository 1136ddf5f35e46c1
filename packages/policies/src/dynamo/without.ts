import type { Hindrance } from "@replicast/sim-core";
import type { DynamoConfig } from "./config.ts";

const SHORTEST_LOOK_SECONDS = 1;
/** More replicas in one step than any cluster has. */
const STEP_REPLICAS_MAX = 1_000_000;

/**
 * A planner freed of one hindrance. It reads engines and door itself, so that nothing is old; the interval of its predictions is its rule.
 * By the engines' load alone it would never leave zero, so that the least it can be freed to is one.
 */
export function dynamoWithout<Config extends DynamoConfig>(config: Config, hindrance: Hindrance, replicasMax: number): Config {
  switch (hindrance) {
    case "metricAge":
      return config;
    case "pollPeriod":
      return { ...config, load_adjustment_interval: Math.min(config.load_adjustment_interval, SHORTEST_LOOK_SECONDS) };
    case "damping":
      return { ...config, max_replica_change: STEP_REPLICAS_MAX };
    case "limits":
      return {
        ...config,
        min_endpoint: Math.min(config.min_endpoint, config.enable_throughput_scaling ? 0 : 1),
        max_gpu_budget: Math.max(1, replicasMax) * config.engine_num_gpu,
      };
  }
}

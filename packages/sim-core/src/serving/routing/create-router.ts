import type { RoutingConfig } from "../config.ts";
import type { RequestTable } from "../request-table.ts";
import type { EndpointMetrics } from "./endpoint-metrics.ts";
import { createLeastKvCacheRouter } from "./least-kv-cache.ts";
import { createLeastRequestsRouter } from "./least-requests.ts";
import { createPowerOfTwoRouter } from "./power-of-two.ts";
import { createPrefixAffinityRouter } from "./prefix-affinity.ts";
import { createRandomRouter } from "./random.ts";
import { createRoundRobinRouter } from "./round-robin.ts";
import type { Router } from "./router.ts";
import { createSessionAffinityRouter } from "./session-affinity.ts";
import { createWeightedScorersRouter } from "./weighted-scorers.ts";

export interface RouterParts {
  readonly table: RequestTable;
  /** As last read; kept up to date by whoever reads it. */
  readonly metrics: EndpointMetrics;
  /** In [0, 1), from the deployment's own stream. */
  readonly uniform: () => number;
}

/** Whether a router decides by what endpoints export, not by what the gateway itself knows. */
export function readsMetrics(routing: RoutingConfig): boolean {
  return routing === "leastKvCache" || (typeof routing === "object" && routing.kind === "inferenceGateway");
}

/** The router a gateway's configuration names. */
export function createRouter(routing: RoutingConfig, { table, metrics, uniform }: RouterParts): Router {
  if (typeof routing === "object") {
    return routing.kind === "prefixAffinity"
      ? createPrefixAffinityRouter(table, routing.loadFactor)
      : createWeightedScorersRouter(table, metrics, routing.weights, uniform);
  }
  switch (routing) {
    case "leastRequests":
      return createLeastRequestsRouter();
    case "roundRobin":
      return createRoundRobinRouter();
    case "random":
      return createRandomRouter(uniform);
    case "powerOfTwo":
      return createPowerOfTwoRouter(uniform);
    case "leastKvCache":
      return createLeastKvCacheRouter(metrics, uniform);
    case "sessionAffinity":
      return createSessionAffinityRouter(table);
  }
}

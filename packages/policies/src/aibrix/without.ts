import type { Hindrance } from "@replicast/sim-core";
import type { AibrixConfig } from "./config.ts";

const SHORTEST_LOOK_SECONDS = 1;
/** More than any step of any fleet. */
const RATE_MAX = 1_000_000;

/**
 * A PodAutoscaler freed of one hindrance. It reads its pods itself, so that nothing is old. Without a pod it reads nothing and never
 * starts one, so that the least it can be freed to is one.
 */
export function aibrixWithout(config: AibrixConfig, hindrance: Hindrance, replicasMax: number): AibrixConfig {
  switch (hindrance) {
    case "metricAge":
      return config;
    case "pollPeriod":
      return { ...config, resyncSeconds: Math.min(config.resyncSeconds, SHORTEST_LOOK_SECONDS) };
    case "damping":
      return {
        ...config,
        upCooldownSeconds: 0,
        downCooldownSeconds: 0,
        limits: { ...config.limits, maxScaleUpRate: RATE_MAX, maxScaleDownRate: RATE_MAX },
      };
    case "limits":
      return { ...config, minReplicas: Math.min(config.minReplicas, 1), maxReplicas: Math.max(1, replicasMax) };
  }
}

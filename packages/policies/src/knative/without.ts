import type { Hindrance } from "@replicast/sim-core";
import type { KnativeConfig } from "./config.ts";

/** More than any step of any fleet. */
const RATE_MAX = 1_000_000;

/**
 * A Knative autoscaler freed of one hindrance. It reads its pods itself every second and decides every two, so that nothing is old and
 * nothing waits; its windows and its panic are its rule.
 */
export function knativeWithout(config: KnativeConfig, hindrance: Hindrance, replicasMax: number): KnativeConfig {
  const { spec } = config;
  switch (hindrance) {
    case "metricAge":
    case "pollPeriod":
      return config;
    case "damping":
      return {
        ...config,
        spec: {
          ...spec,
          maxScaleUpRate: RATE_MAX,
          maxScaleDownRate: RATE_MAX,
          scaleDownDelaySeconds: 0,
          scaleToZeroGracePeriodSeconds: 0,
          scaleToZeroPodRetentionPeriodSeconds: 0,
        },
      };
    case "limits":
      return {
        ...config,
        spec: {
          ...spec,
          minScale: 0,
          maxScale: Math.max(1, replicasMax),
          initialScale: Math.min(spec.initialScale, 1),
          activationScale: 0,
          enableScaleToZero: true,
        },
      };
  }
}

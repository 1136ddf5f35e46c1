import type { Hindrance } from "@replicast/sim-core";
import type { RayServeConfig } from "./config.ts";
import type { RayScaling } from "./decide.ts";

const SHORTEST_LOOK_SECONDS = 1;

/** A Ray Serve deployment freed of one hindrance; its look-back window is its rule. @param recordSeconds how often sources record */
export function rayServeWithout(config: RayServeConfig, hindrance: Hindrance, replicasMax: number, recordSeconds: number): RayServeConfig {
  const { scaling, metricsIntervalSeconds, controlLoopSeconds } = config;
  switch (hindrance) {
    case "metricAge":
      return { ...config, metricsIntervalSeconds: Math.min(metricsIntervalSeconds, recordSeconds) };
    case "pollPeriod":
      return { ...config, controlLoopSeconds: Math.min(controlLoopSeconds, SHORTEST_LOOK_SECONDS) };
    case "damping":
      return { ...config, scaling: undamped(scaling) };
    case "limits":
      return { ...config, scaling: { ...scaling, min_replicas: 0, max_replicas: Math.max(1, replicasMax) } };
  }
}

/** No delays, and the whole distance in one step; a factor that goes too far holds nothing back. */
export function undamped(scaling: RayScaling): RayScaling {
  const { upscaling_factor: up, downscaling_factor: down, smoothing_factor } = scaling;
  return {
    ...scaling,
    upscale_delay_s: 0,
    downscale_delay_s: 0,
    downscale_to_zero_delay_s: null,
    smoothing_factor: Math.max(1, smoothing_factor),
    upscaling_factor: up === null ? null : Math.max(1, up),
    downscaling_factor: down === null ? null : Math.max(1, down),
  };
}

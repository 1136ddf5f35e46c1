import type { Hindrance } from "@replicast/sim-core";
import { timingWithout, undamped, unlimited } from "../hpa/without.ts";
import type { KedaConfig } from "./keda.ts";
import type { KedaSpec, KedaTrigger } from "./spec.ts";

const SHORTEST_POLL_SECONDS = 1;

/** A ScaledObject and its HPA freed of one hindrance. */
export function kedaWithout(config: KedaConfig, hindrance: Hindrance, replicasMax: number): KedaConfig {
  const { spec, hpa } = config;
  const timed = { ...config, ...timingWithout(config, hindrance) };
  switch (hindrance) {
    case "metricAge":
      return { ...timed, spec: { ...spec, triggers: spec.triggers.map(uncached) } };
    case "pollPeriod":
      return { ...timed, spec: { ...spec, pollingIntervalSeconds: Math.min(spec.pollingIntervalSeconds, SHORTEST_POLL_SECONDS) } };
    case "damping":
      return { ...timed, spec: { ...spec, cooldownPeriodSeconds: 0, initialCooldownPeriodSeconds: 0 }, hpa: undamped(hpa) };
    case "limits":
      return { ...timed, spec: withoutLimits(spec, replicasMax), hpa: unlimited(hpa, replicasMax) };
  }
}

/** The HPA is told values of now. */
function uncached(trigger: KedaTrigger): KedaTrigger {
  return "useCachedMetrics" in trigger ? { ...trigger, useCachedMetrics: false } : trigger;
}

function withoutLimits({ idleReplicaCount: _idle, ...spec }: KedaSpec, replicasMax: number): KedaSpec {
  return { ...spec, minReplicaCount: 0, maxReplicaCount: Math.max(1, replicasMax) };
}

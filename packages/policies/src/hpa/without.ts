import type { Hindrance } from "@replicast/sim-core";
import type { HpaConfig } from "./hpa.ts";
import type { HpaBehavior, HpaScalingRules, HpaSpec } from "./spec.ts";

/** What both an HPA and a ScaledObject have of an HPA's timing. */
type HpaTiming = Pick<HpaConfig, "flags" | "syncPeriodSeconds" | "syncPhaseSeconds">;

/** Whole seconds are the finest period that a sync can be given in practice. */
const SHORTEST_SYNC_SECONDS = 1;
/** More replicas in one step than any cluster has. */
const STEP_REPLICAS_MAX = 1_000_000;

/** An HPA freed of one hindrance. At zero replicas an HPA is off, so that the least it can be freed to is one. */
export function hpaWithout(config: HpaConfig, hindrance: Hindrance, replicasMax: number): HpaConfig {
  const timed = { ...config, ...timingWithout(config, hindrance) };
  if (hindrance === "damping") return { ...timed, spec: undamped(config.spec) };
  return hindrance === "limits" ? { ...timed, spec: unlimited(config.spec, replicasMax) } : timed;
}

/** The sync falls where samples are taken; every second; without the flags that hold a count. */
export function timingWithout(timing: HpaTiming, hindrance: Hindrance): HpaTiming {
  const { flags, syncPeriodSeconds, syncPhaseSeconds } = timing;
  switch (hindrance) {
    case "metricAge":
      return { flags, syncPeriodSeconds, syncPhaseSeconds: Math.floor(syncPhaseSeconds) };
    case "pollPeriod":
      return { flags, syncPeriodSeconds: Math.min(syncPeriodSeconds, SHORTEST_SYNC_SECONDS), syncPhaseSeconds: 0 };
    case "damping":
      return { flags: { ...flags, downscaleStabilizationSeconds: 0 }, syncPeriodSeconds, syncPhaseSeconds };
    case "limits":
      return { flags, syncPeriodSeconds, syncPhaseSeconds };
  }
}

/** A spec whose every recommendation is carried out at once. Its tolerance stays: that is the rule. */
export function undamped(spec: HpaSpec): HpaSpec {
  const { behavior } = spec;
  const free: HpaBehavior = { scaleUp: freeRules(behavior?.scaleUp), scaleDown: freeRules(behavior?.scaleDown) };
  return { ...spec, behavior: free };
}

function freeRules(rules: HpaScalingRules | undefined): HpaScalingRules {
  return {
    stabilizationWindowSeconds: 0,
    selectPolicy: rules?.selectPolicy === "Disabled" ? "Disabled" : "Max",
    policies: [{ type: "Pods", value: STEP_REPLICAS_MAX, periodSeconds: 1 }],
    ...(rules?.tolerance === undefined ? {} : { tolerance: rules.tolerance }),
  };
}

export function unlimited(spec: HpaSpec, replicasMax: number): HpaSpec {
  return { ...spec, minReplicas: 1, maxReplicas: Math.max(1, replicasMax) };
}

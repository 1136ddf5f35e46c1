import type { Held } from "@replicast/sim-core";
import type { KedaSpec } from "./spec.ts";

/** One check of the operator's scale loop. Times: seconds on the operator's wall clock. */
export interface ScaleLoopInput {
  readonly spec: KedaSpec;
  readonly wallSeconds: number;
  readonly createdWallSeconds: number;
  /** When it was last active, in whole seconds, as the API server stores it. */
  readonly lastActiveWallSeconds?: number;
  /** `spec.replicas` of the target. */
  readonly replicas: number;
  /** Some trigger is active. */
  readonly active: boolean;
  /** Some trigger fails, and no fallback stands in for it. */
  readonly failing: boolean;
}

export interface ScaleLoopResult {
  /** Count to set; absent: leave it. */
  readonly replicas?: number;
  readonly lastActiveWallSeconds?: number;
  /** As KEDA's events and conditions say it. */
  readonly reason: string;
  /** What kept it from another count. */
  readonly held?: Held;
  /** How long until a scale-in that waits for the cooldown, seconds. */
  readonly cooldownLeftSeconds?: number;
}

/**
 * Decides between zero (or the idle count) and the minimum. From one replica on the HPA decides.
 *
 * @see keda v2.20 pkg/scaling/executor/scale_scaledobjects.go, RequestScale
 */
export function checkScale(input: ScaleLoopInput): ScaleLoopResult {
  const { spec } = input;
  const { pausedReplicas } = spec.annotations;
  if (spec.annotations.paused) {
    const kept = keep(input, "Paused", { by: "paused" });
    return pausedReplicas === undefined || pausedReplicas === input.replicas ? kept : { ...kept, replicas: pausedReplicas };
  }
  return input.active || spec.annotations.forceActivation ? whenActive(input) : whenInactive(input);
}

function keep(input: ScaleLoopInput, reason: string, held?: Held): ScaleLoopResult {
  const { lastActiveWallSeconds } = input;
  const hold = held === undefined ? {} : { held };
  return lastActiveWallSeconds === undefined ? { reason, ...hold } : { reason, ...hold, lastActiveWallSeconds };
}

function whenActive(input: ScaleLoopInput): ScaleLoopResult {
  const { spec, replicas } = input;
  const idles = spec.idleReplicaCount !== undefined && replicas < spec.minReplicaCount;
  const lastActiveWallSeconds = Math.floor(input.wallSeconds);
  if (replicas === 0 || idles) {
    if (spec.annotations.pausedScaleOut) return keep(input, "PausedScaleOut", { by: "paused" });
    const started = spec.minReplicaCount > 0 ? spec.minReplicaCount : 1;
    return { replicas: started, lastActiveWallSeconds, reason: "KEDAScaleTargetActivated" };
  }
  // One trigger fails while another is active: nothing moves, and the cooldown does not start anew.
  if (input.failing) return keep(input, "TriggerError", { by: "metric" });
  return { lastActiveWallSeconds, reason: "ScalerActive" };
}

function whenInactive(input: ScaleLoopInput): ScaleLoopResult {
  const { spec, replicas } = input;
  const { idleReplicaCount: idle, minReplicaCount: minimum, fallback } = spec;
  // A fallback to 0 replicas is taken for none, and falls through to scale-in.
  if (input.failing && (fallback === undefined || fallback.replicas !== 0)) return keep(input, "TriggerError", { by: "metric" });
  if ((idle !== undefined && replicas > idle) || (replicas > 0 && minimum === 0)) return scaleIn(input);
  if (idle === undefined && replicas < minimum) return { ...keep(input, "MinReplicaCount", { by: "min" }), replicas: minimum };
  return keep(input, "ScalerNotActive");
}

function scaleIn(input: ScaleLoopInput): ScaleLoopResult {
  const { spec, wallSeconds, lastActiveWallSeconds } = input;
  if (spec.annotations.pausedScaleIn) return keep(input, "PausedScaleIn", { by: "paused" });
  const since = lastActiveWallSeconds ?? Math.floor(input.createdWallSeconds);
  const period = lastActiveWallSeconds === undefined ? spec.initialCooldownPeriodSeconds : spec.cooldownPeriodSeconds;
  const left = since + period - wallSeconds;
  // Strict: whole stored seconds against a clock that never stands on a whole second.
  const wanted = spec.idleReplicaCount ?? spec.minReplicaCount;
  if (left >= 0) return { ...keep(input, "ScalerCooldown", { by: "cooldown", wanted }), cooldownLeftSeconds: left };
  return { ...keep(input, "KEDAScaleTargetDeactivated"), replicas: wanted };
}

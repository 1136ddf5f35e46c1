/** Whether a revision has pods that serve, is on the way there, or is on the way to none. */
export type ActiveCondition = "active" | "activating" | "inactive";

export interface ScaleToZeroConfig {
  readonly enableScaleToZero: boolean;
  readonly stableWindowSeconds: number;
  readonly scaleToZeroGracePeriodSeconds: number;
  readonly scaleToZeroPodRetentionPeriodSeconds: number;
  /** Seconds a revision may take to get its first pod ready. */
  readonly progressDeadlineSeconds: number;
  readonly targetBurstCapacity: number;
}

export interface ZeroState {
  /** Pods wanted by the decider, within min and max. */
  readonly desired: number;
  readonly condition: ActiveCondition;
  /** Whether any route leads to the revision: pods of one without are not retained. */
  readonly reachable: boolean;
  readonly inConditionForSeconds: number;
  /** Whether the activator stands in the path, and for how long. */
  readonly serviceMode: "Serve" | "Proxy";
  readonly proxyForSeconds: number;
  readonly activatorProbeOk: boolean;
}

export interface ZeroResult {
  /** −1: as it is. */
  readonly desired: number;
  /** Whether `desired` is written to the deployment. */
  readonly apply: boolean;
  /** When to look again, seconds; null: at the next event. */
  readonly requeueAfterSeconds: number | null;
  /** Whether the activator is asked again in the background. */
  readonly asyncProbeStarted: boolean;
}

/** @see knative.dev/serving pkg/reconciler/autoscaling/kpa/scaler.go, activationTimeoutBuffer and reenqeuePeriod */
const ACTIVATION_TIMEOUT_BUFFER_SECONDS = 30;
const REENQUEUE_SECONDS = 3;

/** What becomes of a wish for no pods. @see knative.dev/serving pkg/reconciler/autoscaling/kpa/scaler.go, handleScaleToZero */
export function handleScaleToZero(config: ScaleToZeroConfig, state: ZeroState): ZeroResult {
  const { desired, condition, inConditionForSeconds } = state;
  if (desired !== 0) return applied(desired);
  if (!config.enableScaleToZero) return applied(1);
  if (condition === "activating") {
    const timeoutSeconds = config.progressDeadlineSeconds + ACTIVATION_TIMEOUT_BUFFER_SECONDS;
    if (inConditionForSeconds > timeoutSeconds) return applied(0);
    return { desired: -1, apply: false, requeueAfterSeconds: timeoutSeconds, asyncProbeStarted: false };
  }
  if (condition === "active") {
    const restSeconds = config.stableWindowSeconds - inConditionForSeconds;
    if (restSeconds > 0) return applied(1, restSeconds);
    return waiting(state.serviceMode === "Proxy" ? REENQUEUE_SECONDS : null);
  }
  return inactive(config, state);
}

function inactive(config: ScaleToZeroConfig, state: ZeroState): ZeroResult {
  const grace = config.scaleToZeroGracePeriodSeconds;
  const retention = state.reachable ? config.scaleToZeroPodRetentionPeriodSeconds : 0;
  const { inConditionForSeconds: inactiveFor } = state;
  if (config.targetBurstCapacity !== -1 && !state.activatorProbeOk) {
    return { desired: 0, apply: false, requeueAfterSeconds: null, asyncProbeStarted: true };
  }
  if (inactiveFor >= Math.max(grace, retention)) return applied(0);
  if (inactiveFor < retention) return waiting(retention - inactiveFor);
  const proxyFor = state.serviceMode === "Proxy" ? state.proxyForSeconds : 0;
  return proxyFor >= grace ? applied(0) : waiting(grace - proxyFor);
}

function applied(desired: number, requeueAfterSeconds: number | null = null): ZeroResult {
  return { desired, apply: true, requeueAfterSeconds, asyncProbeStarted: false };
}

function waiting(requeueAfterSeconds: number | null): ZeroResult {
  return { desired: 0, apply: false, requeueAfterSeconds, asyncProbeStarted: false };
}

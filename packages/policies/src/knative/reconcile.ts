import type { KnativeConfig } from "./config.ts";
import { type ActiveCondition, handleScaleToZero, type ZeroResult } from "./scale-to-zero.ts";

/** What the reconciler of a pod autoscaler remembers. Times are seconds since the start of the run. */
export type ReconcilerState = {
  readonly condition: ActiveCondition;
  readonly conditionSinceSeconds: number;
  readonly serviceMode: "Serve" | "Proxy";
  readonly modeSinceSeconds: number;
  /** Whether the initial scale was reached once. */
  readonly isInitialized: boolean;
};

export interface ReconcileInput {
  readonly nowSeconds: number;
  readonly readyPods: number;
  readonly specReplicas: number;
  /** What the decider wants; −1: it does not know yet. */
  readonly desiredPods: number;
  readonly excessBurstCapacity: number;
}

export type Bound = "none" | "minScale" | "maxScale" | "initialScale";

export interface Reconciled {
  readonly replicas: number;
  readonly boundBy: Bound;
  readonly zero: ZeroResult;
  /** What the revision was when it was looked at. */
  readonly condition: ActiveCondition;
  readonly state: ReconcilerState;
}

/** A revision as the run finds it: with replicas it is active, without any it was scaled to zero before. */
export function initialReconciler(config: KnativeConfig, readyPods: number, specReplicas: number, nowSeconds: number): ReconcilerState {
  const condition = readyPods > 0 ? "active" : specReplicas > 0 ? "activating" : "inactive";
  return {
    condition,
    conditionSinceSeconds: nowSeconds,
    serviceMode: "Proxy",
    modeSinceSeconds: nowSeconds,
    isInitialized: specReplicas === 0 || readyPods >= Math.max(config.spec.minScale, config.spec.initialScale),
  };
}

/** One reconciliation: limits, scale to zero, and in what state that leaves the revision. @see pkg/reconciler/autoscaling/kpa/kpa.go */
export function reconcile(config: KnativeConfig, before: ReconcilerState, input: ReconcileInput): Reconciled {
  const { nowSeconds, specReplicas } = input;
  if (input.desiredPods < 0 && before.condition !== "activating") {
    const zero: ZeroResult = { desired: -1, apply: false, requeueAfterSeconds: null, asyncProbeStarted: false };
    return { replicas: specReplicas, boundBy: "none", zero, condition: before.condition, state: settle(config, before, -1, input) };
  }
  const { desired, boundBy } = applyBounds(config, before.isInitialized, input.desiredPods);
  const zero = handleScaleToZero(
    {
      ...config.spec,
      progressDeadlineSeconds: config.progressDeadlineSeconds,
    },
    {
      desired,
      condition: before.condition,
      inConditionForSeconds: nowSeconds - before.conditionSinceSeconds,
      serviceMode: before.serviceMode,
      proxyForSeconds: nowSeconds - before.modeSinceSeconds,
      activatorProbeOk: true,
      reachable: true,
    },
  );
  const replicas = zero.apply ? zero.desired : specReplicas;
  return { replicas, boundBy, zero, condition: before.condition, state: settle(config, before, zero.desired, input) };
}

/** @see pkg/reconciler/autoscaling/kpa/scaler.go, Scale and applyBounds */
function applyBounds(
  { spec }: KnativeConfig,
  isInitialized: boolean,
  desiredPods: number,
): { readonly desired: number; readonly boundBy: Bound } {
  const isStarting = !isInitialized && spec.initialScale > 1;
  const min = isStarting ? Math.max(spec.minScale, spec.initialScale) : spec.minScale;
  const desired = Math.max(0, desiredPods);
  if (desired < min) return { desired: min, boundBy: isStarting && spec.initialScale > spec.minScale ? "initialScale" : "minScale" };
  if (spec.maxScale !== 0 && desired > spec.maxScale) return { desired: spec.maxScale, boundBy: "maxScale" };
  return { desired, boundBy: "none" };
}

/** What the revision's state becomes. @see pkg/reconciler/autoscaling/kpa/kpa.go, computeActiveCondition and reconcileSKS */
function settle(
  { spec }: KnativeConfig,
  before: ReconcilerState,
  wanted: number,
  { nowSeconds, readyPods, excessBurstCapacity }: ReconcileInput,
): ReconcilerState {
  const needed = before.isInitialized ? Math.max(1, spec.minScale) : Math.max(spec.minScale, spec.initialScale);
  const condition = conditionOf(before.condition, wanted, readyPods, needed);
  const isProxied = wanted === 0 || (wanted < 0 && condition === "inactive") || excessBurstCapacity < 0;
  const serviceMode = isProxied ? "Proxy" : "Serve";
  return {
    condition,
    conditionSinceSeconds: condition === before.condition ? before.conditionSinceSeconds : nowSeconds,
    serviceMode,
    modeSinceSeconds: serviceMode === before.serviceMode ? before.modeSinceSeconds : nowSeconds,
    isInitialized: before.isInitialized || readyPods >= needed,
  };
}

function conditionOf(before: ActiveCondition, wanted: number, ready: number, needed: number): ActiveCondition {
  if (wanted === 0 || needed === 0) return "inactive";
  if (wanted < 0 && before === "inactive") return "inactive";
  return ready < needed ? "activating" : "active";
}

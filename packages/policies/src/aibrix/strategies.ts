/** What both of AIBrix' own strategies are limited by. @see vllm-project/aibrix pkg/controller/podautoscaler, August 2026 */
export type AibrixLimits = {
  readonly maxScaleUpRate: number;
  readonly maxScaleDownRate: number;
  /** Shares of the target inside of which the count stays. */
  readonly upTolerance: number;
  readonly downTolerance: number;
};

/** APA: one step towards the target from the metric per pod. @see pkg/controller/podautoscaler/algorithm/apa.go */
export function apaReplicas(limits: AibrixLimits, replicas: number, perPod: number, target: number): number {
  const ratio = perPod / target;
  if (ratio > 1 + limits.upTolerance) return Math.min(Math.ceil(replicas * ratio), Math.ceil(limits.maxScaleUpRate * replicas));
  if (ratio < 1 - limits.downTolerance) return Math.max(Math.ceil(replicas * ratio), Math.floor(replicas / limits.maxScaleDownRate));
  return replicas;
}

/** What KPA remembers. Seconds since the start of the run; null: calm. */
export type AibrixPanic = { readonly panicSeconds: number | null; readonly maxPanicPods: number };

export const NO_PANIC: AibrixPanic = { panicSeconds: null, maxPanicPods: 0 };

export interface AibrixKpaInput {
  readonly nowSeconds: number;
  readonly readyPods: number;
  /** Sums over all pods, averaged over the windows. */
  readonly stableAverage: number;
  readonly panicAverage: number;
  readonly target: number;
  readonly panicThreshold: number;
  readonly stableWindowSeconds: number;
}

export interface AibrixKpaResult {
  readonly desired: number;
  readonly panic: AibrixPanic;
  readonly stablePods: number;
  readonly panicPods: number;
}

/**
 * KPA: as Knative's, but panic begins when the panic average is so many times the stable one, tolerances around the target leave the count
 * as it is, and the count held in panic is not lowered afterwards. @see pkg/controller/podautoscaler/algorithm/kpa.go
 */
export function kpaReplicas(limits: AibrixLimits, before: AibrixPanic, input: AibrixKpaInput): AibrixKpaResult {
  const { nowSeconds, stableAverage, panicAverage } = input;
  const ready = Math.max(1, input.readyPods);
  const stablePods = podsFor(limits, ready, stableAverage, input.target);
  const panicPods = podsFor(limits, ready, panicAverage, input.target);
  const isOver = panicAverage > 0 && (stableAverage <= 0 || panicAverage / stableAverage > input.panicThreshold);
  const isStillPanicking = before.panicSeconds !== null && before.panicSeconds + input.stableWindowSeconds >= nowSeconds;
  const panicSeconds = isOver ? nowSeconds : isStillPanicking ? before.panicSeconds : null;
  if (panicSeconds === null)
    return { desired: stablePods, panic: { panicSeconds, maxPanicPods: before.maxPanicPods }, stablePods, panicPods };
  const maxPanicPods = Math.max(before.maxPanicPods, stablePods, panicPods);
  return { desired: maxPanicPods, panic: { panicSeconds, maxPanicPods }, stablePods, panicPods };
}

function podsFor(limits: AibrixLimits, ready: number, total: number, target: number): number {
  const ratio = total / ready / target;
  if (ratio <= 1 + limits.upTolerance && ratio >= 1 - limits.downTolerance) return ready;
  const most = Math.max(1, Math.ceil(limits.maxScaleUpRate * ready));
  return Math.min(Math.max(Math.ceil(total / target), Math.floor(ready / limits.maxScaleDownRate)), most);
}

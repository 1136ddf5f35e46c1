import { currentMaximum, type DelayWindow, recordMaximum } from "./delay-window.ts";

/** What the autoscaler is asked to hold. @see knative.dev/serving pkg/autoscaler/scaling/multiscaler.go, DeciderSpec */
export interface DeciderSpec {
  /** Load one pod should carry, after utilisation. */
  readonly targetValue: number;
  /** Load one pod can carry. */
  readonly totalValue: number;
  /** Requests the pods should have room for beyond their load; −1: no limit. */
  readonly targetBurstCapacity: number;
  /** Wanted ÷ ready pods at which panic begins: 2 is 200 %. */
  readonly panicThreshold: number;
  readonly maxScaleUpRate: number;
  readonly maxScaleDownRate: number;
  readonly scaleDownDelaySeconds: number;
  /** Pods to start with whenever there is any load; 0: unset. */
  readonly activationScale: number;
  readonly stableWindowSeconds: number;
  /** Whether any route leads to the revision. */
  readonly reachable: boolean;
}

/** What the autoscaler remembers between two ticks. */
export type ScalerState = {
  /** Since when it has been in panic, or last was sent there; null: it is calm. Seconds. */
  readonly panicSeconds: number | null;
  readonly maxPanicPods: number;
  readonly delay: DelayWindow;
};

export interface ScalerInput {
  /** Seconds since 1970. */
  readonly unixSeconds: number;
  readonly readyPods: number;
  readonly stableAverage: number;
  readonly panicAverage: number;
}

export interface ScaleResult {
  readonly desiredPods: number;
  readonly excessBurstCapacity: number;
  readonly state: ScalerState;
  /** Pods by the stable and by the panic window, before limits. */
  readonly stablePods: number;
  readonly panicPods: number;
  readonly maxScaleUp: number;
  readonly maxScaleDown: number;
  /** What the count was before the scale-down delay. */
  readonly undelayedPods: number;
}

/** The autoscaler's tick. @see knative.dev/serving cmd/autoscaler, autoscaling.tick-interval 2 s */
export const TICK_SECONDS = 2;

/** An autoscaler that is created over several ready pods knows nothing of their load and starts in panic, so as not to remove them. */
export function initialScaler(readyPods: number, unixSeconds: number): ScalerState {
  return readyPods > 1
    ? { panicSeconds: unixSeconds, maxPanicPods: readyPods, delay: [] }
    : { panicSeconds: null, maxPanicPods: 0, delay: [] };
}

/** One tick. @see knative.dev/serving pkg/autoscaler/scaling/autoscaler.go, Scale */
export function scale(spec: DeciderSpec, before: ScalerState, input: ScalerInput): ScaleResult {
  const ready = Math.max(1, input.readyPods);
  const maxScaleUp = Math.ceil(spec.maxScaleUpRate * ready);
  const maxScaleDown = spec.reachable ? Math.floor(ready / spec.maxScaleDownRate) : 0;
  const stablePods = Math.ceil(input.stableAverage / spec.targetValue);
  const panicPods = Math.ceil(input.panicAverage / spec.targetValue);
  const limited = (pods: number): number => {
    const within = Math.min(Math.max(pods, maxScaleDown), maxScaleUp);
    return spec.activationScale > 1 && pods > 0 ? Math.max(within, spec.activationScale) : within;
  };
  const calm = limited(stablePods);
  const panic = panicked(spec, before, input.unixSeconds, panicPods / ready >= spec.panicThreshold);
  const isPanicking = panic.panicSeconds !== null;
  const maxPanicPods = isPanicking ? Math.max(panic.maxPanicPods, calm, limited(panicPods)) : 0;
  const undelayedPods = isPanicking ? maxPanicPods : calm;
  const isDelayed = spec.reachable && spec.scaleDownDelaySeconds > 0;
  const delay = isDelayed
    ? recordMaximum(before.delay, input.unixSeconds, undelayedPods, {
        delaySeconds: spec.scaleDownDelaySeconds,
        tickSeconds: TICK_SECONDS,
      })
    : before.delay;
  return {
    desiredPods: isDelayed ? currentMaximum(delay) : undelayedPods,
    excessBurstCapacity: excessBurstCapacity(spec, input),
    state: { panicSeconds: panic.panicSeconds, maxPanicPods, delay },
    stablePods,
    panicPods,
    maxScaleUp,
    maxScaleDown,
    undelayedPods,
  };
}

function panicked(
  { stableWindowSeconds }: DeciderSpec,
  { panicSeconds, maxPanicPods }: ScalerState,
  unixSeconds: number,
  isOver: boolean,
): { readonly panicSeconds: number | null; readonly maxPanicPods: number } {
  if (isOver) return { panicSeconds: unixSeconds, maxPanicPods };
  if (panicSeconds !== null && panicSeconds + stableWindowSeconds < unixSeconds) return { panicSeconds: null, maxPanicPods: 0 };
  return { panicSeconds, maxPanicPods };
}

/** Room for a burst beyond what the pods carry now; negative: the activator stays in the path. */
function excessBurstCapacity({ targetBurstCapacity, totalValue }: DeciderSpec, { readyPods, panicAverage }: ScalerInput): number {
  if (targetBurstCapacity === 0) return 0;
  if (targetBurstCapacity < 0) return -1;
  return Math.floor(readyPods * totalValue - targetBurstCapacity - panicAverage);
}

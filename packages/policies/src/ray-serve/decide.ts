/** Fields of AutoscalingConfig that the policy reads; durations in seconds. */
export type RayScaling = {
  readonly min_replicas: number;
  readonly max_replicas: number;
  readonly target_ongoing_requests: number;
  readonly upscale_delay_s: number;
  readonly downscale_delay_s: number;
  /** Null: as {@link RayScaling.downscale_delay_s}. */
  readonly downscale_to_zero_delay_s: number | null;
  readonly smoothing_factor: number;
  /** Null: the smoothing factor. */
  readonly upscaling_factor: number | null;
  readonly downscaling_factor: number | null;
};

/** Which way the policy has been wanting to go, and since when; 0: nowhere. */
export type RayTimer = { readonly direction: -1 | 0 | 1; readonly sinceSeconds: number };

export const NO_TIMER: RayTimer = { direction: 0, sinceSeconds: 0 };

export interface RayInput {
  readonly nowSeconds: number;
  readonly runningReplicas: number;
  readonly targetReplicas: number;
  readonly totalRequests: number;
}

export interface RayDecision {
  /** What the load asks for, scaling factors applied. */
  readonly desired: number;
  /** After the delays. */
  readonly decision: number;
  /** Within the limits. */
  readonly bounded: number;
  readonly timer: RayTimer;
  /** Delay that has to pass before `desired` counts, seconds; 0: none. */
  readonly delaySeconds: number;
}

/** A delay that ends this little later has ended. @see ray 2.60 python/ray/serve/autoscaling_policy.py */
const DELAY_TOLERANCE_SECONDS = 1e-6;

/** One turn of the control loop. @see ray 2.60 python/ray/serve/autoscaling_policy.py, replica_queue_length_autoscaling_policy */
export function decideReplicas(config: RayScaling, timer: RayTimer, input: RayInput): RayDecision {
  const { runningReplicas, targetReplicas, totalRequests } = input;
  const bounded = (replicas: number): number => Math.max(config.min_replicas, Math.min(config.max_replicas, replicas));
  if (runningReplicas === 0) {
    const factor = config.upscaling_factor ?? config.smoothing_factor;
    const decision = totalRequests > 0 ? Math.max(Math.ceil(factor), targetReplicas) : targetReplicas;
    return { desired: decision, decision, bounded: bounded(decision), timer: NO_TIMER, delaySeconds: 0 };
  }
  const desired = desiredReplicas(config, runningReplicas, totalRequests);
  const delayed = afterDelays(config, timer, input, desired);
  return { desired, ...delayed, bounded: bounded(delayed.decision) };
}

/** What the load asks for. A factor that leaves too large a fleet as it is takes one replica all the same. */
export function desiredReplicas(config: RayScaling, running: number, requests: number): number {
  const raw = running * (requests / (config.target_ongoing_requests * running));
  const factor = (raw > running ? config.upscaling_factor : config.downscaling_factor) ?? config.smoothing_factor;
  const desired = Math.ceil(running + factor * (raw - running));
  return Math.ceil(raw) < running && desired === running ? desired - 1 : desired;
}

function afterDelays(
  config: RayScaling,
  timer: RayTimer,
  { nowSeconds, targetReplicas }: RayInput,
  desired: number,
): Pick<RayDecision, "decision" | "timer" | "delaySeconds"> {
  if (desired === targetReplicas) return { decision: targetReplicas, timer: NO_TIMER, delaySeconds: 0 };
  const direction = desired > targetReplicas ? 1 : -1;
  const isToZero = direction < 0 && targetReplicas === 1;
  const delaySeconds =
    direction > 0
      ? config.upscale_delay_s
      : isToZero
        ? (config.downscale_to_zero_delay_s ?? config.downscale_delay_s)
        : config.downscale_delay_s;
  const running = timer.direction === direction ? timer : { direction, sinceSeconds: nowSeconds };
  if (nowSeconds - running.sinceSeconds < delaySeconds - DELAY_TOLERANCE_SECONDS)
    return { decision: targetReplicas, timer: running as RayTimer, delaySeconds };
  const decision = direction > 0 || isToZero ? desired : Math.max(1, desired);
  return { decision, timer: NO_TIMER, delaySeconds };
}

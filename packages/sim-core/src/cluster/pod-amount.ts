import type { PodAmount } from "./fault-config.ts";

/** Keeps 0.1 × 30 from being a little more than 3. */
const ROUNDING = 1e-9;

/** Pods that an amount stands for; a share of the replicas rounds up. */
export function podsUp(amount: PodAmount, replicas: number): number {
  return "pods" in amount ? amount.pods : Math.ceil(amount.share * replicas - ROUNDING);
}

/** Pods that an amount stands for; a share of the replicas rounds down. */
export function podsDown(amount: PodAmount, replicas: number): number {
  return "pods" in amount ? amount.pods : Math.floor(amount.share * replicas + ROUNDING);
}

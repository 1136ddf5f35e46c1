import type { Held } from "@replicast/sim-core";
import type { Reconciled } from "./reconcile.ts";
import type { ScaleResult } from "./scaler.ts";

/** What a tick of the decider was last held by on its way from a window's average to a count; null: by nothing. Plain data. */
export type DeciderHold = { readonly by: Held["by"]; readonly wanted: number } | null;

/** The scale-down delay comes last, then what panic remembers, then the rates of a step. */
export function deciderHold({ desiredPods, undelayedPods, state, stablePods, panicPods, maxScaleUp }: ScaleResult): DeciderHold {
  if (desiredPods !== undelayedPods) return { by: "stabilization", wanted: undelayedPods };
  const isPanicking = state.panicSeconds !== null;
  const wanted = isPanicking ? Math.max(stablePods, panicPods) : stablePods;
  if (wanted === desiredPods) return null;
  if (wanted > maxScaleUp && desiredPods <= maxScaleUp) return { by: "rate", wanted };
  // in panic a count never falls, whatever a step would allow
  if (isPanicking) return { by: "stabilization", wanted };
  return { by: desiredPods > maxScaleUp ? "min" : "rate", wanted };
}

const BOUNDS: Readonly<Record<Exclude<Reconciled["boundBy"], "none">, Held["by"]>> = {
  minScale: "min",
  initialScale: "min",
  maxScale: "max",
};

/**
 * What a reconciliation was last held by: a limit, the waits before the last pod goes, or what held the decider.
 * @param desiredPods what the decider wants; −1: it does not know yet
 */
export function heldBy({ boundBy, zero }: Reconciled, desiredPods: number, hold: DeciderHold): Held | undefined {
  if (boundBy !== "none") return { by: BOUNDS[boundBy], wanted: Math.max(0, desiredPods) };
  if (desiredPods === 0 && zero.desired !== 0) {
    const waits = zero.requeueAfterSeconds !== null;
    return { by: waits ? "cooldown" : "min", wanted: 0 };
  }
  if (desiredPods === 0 && !zero.apply) return { by: "cooldown", wanted: 0 };
  return hold ?? undefined;
}

import type { Held } from "@replicast/sim-core";
import type { AibrixPanic } from "./strategies.ts";

/** What APA was held by: a tolerance that kept the count, or the rate of a step. @param ratio metric per pod ÷ target */
export function apaHeld(replicas: number, ratio: number, desired: number): Held | undefined {
  const wanted = Math.ceil(replicas * ratio);
  if (wanted === desired) return undefined;
  return { by: desired === replicas ? "tolerance" : "rate", wanted };
}

/** What KPA was held by: what panic remembers, a tolerance around the ready pods, or the rate of a step. */
export function kpaHeld(
  { desired, panic, stablePods, panicPods }: { desired: number; panic: AibrixPanic; stablePods: number; panicPods: number },
  { ready, stableAverage, panicAverage, target }: { ready: number; stableAverage: number; panicAverage: number; target: number },
): Held | undefined {
  const isPanicking = panic.panicSeconds !== null;
  const limited = isPanicking ? Math.max(stablePods, panicPods) : stablePods;
  if (desired > limited) return { by: "stabilization", wanted: limited };
  const average = isPanicking ? Math.max(stableAverage, panicAverage) : stableAverage;
  const wanted = Math.ceil(average / target);
  if (wanted === desired) return undefined;
  return { by: desired === Math.max(1, ready) ? "tolerance" : "rate", wanted };
}

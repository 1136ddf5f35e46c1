import type { RequiredSteps } from "../required.ts";

const MICROSECONDS = 1_000_000;

/**
 * Most that is required at any time of each slot.
 * @param durationSeconds length of the run, > 0; the last slot may be cut
 * @param slotSeconds > 0
 */
export function slotDemand(required: RequiredSteps, durationSeconds: number, slotSeconds: number): Int32Array {
  const demand = new Int32Array(Math.ceil(durationSeconds / slotSeconds));
  required.forEach(([fromMicroseconds, replicas], index) => {
    const untilMicroseconds = required[index + 1]?.[0] ?? durationSeconds * MICROSECONDS;
    const first = Math.floor(fromMicroseconds / MICROSECONDS / slotSeconds);
    const last = Math.min(demand.length, Math.ceil(untilMicroseconds / MICROSECONDS / slotSeconds));
    for (let slot = first; slot < last; slot++) demand[slot] = Math.max(demand[slot] as number, replicas);
  });
  return demand;
}

import type { Held } from "@replicast/sim-core";
import { desiredReplicas, type RayDecision, type RayInput, type RayScaling } from "./decide.ts";
import { undamped } from "./without.ts";

/** What a turn of the controller was last held by on its way from the load to a count; undefined: by nothing. */
export function heldBy(config: RayScaling, { desired, decision, bounded, timer }: RayDecision, input: RayInput): Held | undefined {
  if (bounded !== decision) return { by: bounded < decision ? "max" : "min", wanted: decision };
  if (timer.direction !== 0) return { by: "stabilization", wanted: desired };
  if (decision !== desired) return { by: "min", wanted: desired };
  if (input.runningReplicas === 0 || isWhole(config)) return undefined;
  const whole = desiredReplicas(undamped(config), input.runningReplicas, input.totalRequests);
  return whole === desired ? undefined : { by: "rate", wanted: whole };
}

function isWhole({ smoothing_factor: either, upscaling_factor: up, downscaling_factor: down }: RayScaling): boolean {
  return (up ?? either) >= 1 && (down ?? either) >= 1;
}

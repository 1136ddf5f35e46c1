import type { Issue } from "@replicast/sim-core";
import { scalingOf } from "./scaling.ts";
import { type ControllerProspect, warning } from "./setting.ts";

/** Waits, leads and periods of a policy against the time a replica takes to come. */
export function checkTimes(controller: ControllerProspect): readonly Issue[] {
  const { deployment, placeOfField } = controller;
  if (deployment === undefined) return [];
  const coldStartSeconds = Math.round(deployment.coldStartSeconds);
  const warmStartSeconds = Math.round(deployment.warmStartSeconds);
  const { calm, cooldown, lead, look } = scalingOf(controller);
  const issues: Issue[] = [];
  // While the node is kept, a replica comes back in a warm start; after that it takes a cold one.
  const comesBackSeconds =
    calm !== undefined && calm.value + deployment.nodeKeptSeconds < coldStartSeconds ? coldStartSeconds : warmStartSeconds;
  if (calm !== undefined && calm.value < comesBackSeconds) {
    const data = { windowSeconds: calm.value, coldStartSeconds, warmStartSeconds };
    issues.push(warning("stabilization_below_cold_start", placeOfField(calm.path), data));
  }
  if (cooldown !== undefined && cooldown.value < coldStartSeconds) {
    const data = { cooldownSeconds: cooldown.value, coldStartSeconds, warmStartSeconds };
    issues.push(warning("cooldown_below_cold_start", placeOfField(cooldown.path), data));
  }
  if (lead !== undefined && Math.round(lead.value) < coldStartSeconds) {
    const data = { key: String(lead.path.at(-1)), leadSeconds: Math.round(lead.value), coldStartSeconds };
    issues.push(warning("lead_below_cold_start", placeOfField(lead.path), data));
  }
  if (look !== undefined && look.value > coldStartSeconds) {
    const data = { key: String(look.path.at(-1)), periodSeconds: look.value, coldStartSeconds };
    issues.push(warning("period_above_cold_start", placeOfField(look.path), data));
  }
  return issues;
}

/** Counts of a policy against what the node pools hold. */
export function checkRoom(controller: ControllerProspect): readonly Issue[] {
  const { deployment, placeOfField } = controller;
  if (deployment === undefined) return [];
  const { roomReplicas } = deployment;
  const { least, most } = scalingOf(controller);
  if (least !== undefined && least.value > roomReplicas) {
    return [warning("min_replicas_above_pools", placeOfField(least.path), { replicas: least.value, roomReplicas })];
  }
  if (most === undefined || most.value <= roomReplicas) return [];
  return [
    warning("max_replicas_above_pools", placeOfField(most.path), { key: String(most.path.at(-1)), replicas: most.value, roomReplicas }),
  ];
}

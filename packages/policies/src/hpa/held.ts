import type { Held } from "@replicast/sim-core";
import type { LimitReason } from "./behavior.ts";
import { isWithinTolerance, type MetricOutcome, type Tolerance } from "./outcome.ts";
import { type SyncInput, type SyncResult, toleranceOf } from "./reconcile.ts";

const LIMITS: Readonly<Record<Exclude<LimitReason, "DesiredWithinRange">, Held["by"]>> = {
  TooFewReplicas: "min",
  TooManyReplicas: "max",
  ScaleUpLimit: "rate",
  ScaleDownLimit: "rate",
};

/** What a sync was last held by on its way from metrics to a count; undefined: by nothing. */
export function heldBy(input: SyncInput, result: SyncResult): Held | undefined {
  const { combined, normalized } = result;
  const { specReplicas: current } = input;
  if (combined?.ok === false) return { by: "metric" };
  if (normalized === undefined) return heldUnseen(result, current);
  const { limit, limited, stabilizedReplicas, stabilization } = normalized;
  if (limited && limit !== "DesiredWithinRange") return { by: LIMITS[limit], wanted: stabilizedReplicas };
  const wanted = combined?.replicas ?? current;
  if (stabilization !== "ReadyForNewScale") return { by: "stabilization", wanted };
  const plain =
    wanted === current ? withoutTolerance(result.outcomes, current, toleranceOf(input.spec, input.flags, input.kubernetes)) : wanted;
  return plain === current ? undefined : wanted === current ? { by: "tolerance", wanted: plain } : undefined;
}

/** No metric was looked at: the count was outside of its limits, or is zero, where others decide. */
function heldUnseen({ replicas }: SyncResult, current: number): Held | undefined {
  if (replicas === current) return undefined;
  return { by: replicas < current ? "max" : "min" };
}

/** The largest proposal if ratios within tolerance counted, too. */
function withoutTolerance(outcomes: readonly MetricOutcome[], current: number, tolerance: Tolerance): number {
  let most = 0;
  for (const outcome of outcomes) {
    if (!outcome.ok) return current;
    const ratio = outcome.filledRatio ?? outcome.ratio;
    most = Math.max(most, isWithinTolerance(ratio, tolerance) ? Math.ceil(ratio * current) : outcome.replicas);
  }
  return most;
}

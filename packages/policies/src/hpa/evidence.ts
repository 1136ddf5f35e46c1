import type { Json } from "@replicast/sim-core";
import type { MetricOutcome } from "./outcome.ts";
import { metricName } from "./outcome.ts";
import type { SyncResult } from "./reconcile.ts";
import type { HpaMetric, HpaSpec } from "./spec.ts";

type Evidence = { readonly [key: string]: Json };

/** The code that says best why a sync ended as it did, in the controller's words. */
export function reasonOf(result: SyncResult, current: number): string {
  const { combined, normalized, state } = result;
  if (combined?.ok === false) return combined.failure.reason;
  if (normalized === undefined) {
    const active = state.status.conditions.find(({ type }) => type === "ScalingActive");
    if (active?.reason === "ScalingDisabled" && current === 0) return "ScalingDisabled";
    // Outside of min and max the controller looks at nothing else.
    return result.replicas < current ? "TooManyReplicas" : "TooFewReplicas";
  }
  if (normalized.limited) return normalized.limit;
  return normalized.stabilization === "ReadyForNewScale" ? "DesiredWithinRange" : normalized.stabilization;
}

/** The numbers behind a sync, as a report shows them: metrics with targets and proposals, then each step down to the count. */
export function syncEvidence(spec: HpaSpec, result: SyncResult, current: number): Evidence {
  const { combined, normalized } = result;
  return {
    currentReplicas: current,
    desiredReplicas: result.desiredReplicas ?? current,
    minReplicas: spec.minReplicas,
    maxReplicas: spec.maxReplicas,
    text: result.text,
    metrics: result.outcomes.map((outcome, index) => metricEvidence(spec.metrics[index], outcome)),
    ...(combined?.ok === true ? { recommendation: combined.replicas, decisiveMetric: combined.metricName } : {}),
    ...(combined?.failure === undefined ? {} : { failure: combined.failure.error }),
    ...(normalized === undefined
      ? {}
      : {
          stabilizedReplicas: normalized.stabilizedReplicas,
          stabilization: normalized.stabilization,
          limited: normalized.limited,
          limit: normalized.limit,
        }),
    conditions: result.state.status.conditions.map(({ type, status, reason }) => `${type}=${status ? "True" : "False"}/${reason}`),
  };
}

function metricEvidence(metric: HpaMetric | undefined, outcome: MetricOutcome): Evidence {
  const base: Evidence = metric === undefined ? {} : { metric: metricName(metric), ...targetEvidence(metric) };
  if (!outcome.ok) return { ...base, reason: outcome.reason, error: outcome.error };
  const { averageUtilization, averageValueMilli, valueMilli } = outcome.current;
  const value = averageUtilization ?? units(averageValueMilli ?? valueMilli);
  return {
    ...base,
    ...(value === undefined ? {} : { value }),
    // JSON has no infinity; a metric over no replicas has no ratio to speak of.
    ...(Number.isFinite(outcome.ratio) ? { ratio: outcome.ratio } : {}),
    proposal: outcome.replicas,
    ...(outcome.pods === undefined ? {} : { pods: { ...outcome.pods } }),
  };
}

/** `target` in the metric's own unit, percent for a utilisation. */
function targetEvidence({ target }: HpaMetric): Evidence {
  if (target.averageValueMilli !== undefined && target.type !== "Value") {
    return { targetType: "AverageValue", target: Number(target.averageValueMilli) / 1000 };
  }
  if (target.valueMilli !== undefined) return { targetType: "Value", target: Number(target.valueMilli) / 1000 };
  if (target.averageValueMilli !== undefined) return { targetType: "AverageValue", target: Number(target.averageValueMilli) / 1000 };
  return { targetType: "Utilization", target: target.averageUtilization ?? 0 };
}

function units(milli: bigint | undefined): number | undefined {
  return milli === undefined ? undefined : Number(milli) / 1000;
}

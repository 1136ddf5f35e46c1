import type { Json } from "@replicast/sim-core";
import type { MetricOutcome, MetricReading, Tolerance } from "./outcome.ts";
import { metricName } from "./outcome.ts";
import type { SyncInput, SyncResult } from "./reconcile.ts";
import { toleranceOf } from "./reconcile.ts";
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

/**
 * The numbers behind a sync, as a report shows them: metrics with values, ages, targets and proposals, then each step down to the count.
 * Metrics stand in the order of the spec.
 */
export function syncEvidence(input: SyncInput & { readonly spec: HpaSpec }, result: SyncResult): Evidence {
  const { spec, readings, specReplicas: current } = input;
  const { combined, normalized } = result;
  return {
    currentReplicas: current,
    desiredReplicas: result.desiredReplicas ?? current,
    minReplicas: spec.minReplicas,
    maxReplicas: spec.maxReplicas,
    text: result.text,
    tolerance: toleranceEvidence(toleranceOf(spec, input.flags, input.kubernetes)),
    metrics: result.outcomes.map((outcome, index) => metricEvidence(spec.metrics[index], outcome, readings[index])),
    ...(combined?.ok === true ? { recommendation: combined.replicas, decisiveMetric: combined.metricName } : {}),
    ...(combined?.failure === undefined ? {} : { failure: combined.failure.error }),
    ...(normalized === undefined ? {} : normalizationEvidence(normalized, input.nowSeconds)),
    conditions: result.state.status.conditions.map(({ type, status, reason }) => `${type}=${status ? "True" : "False"}/${reason}`),
  };
}

function normalizationEvidence(normalized: NonNullable<SyncResult["normalized"]>, nowSeconds: number): Evidence {
  const { stabilizedReplicas, stabilization, windowSeconds, heldBy, policyLimit, limited, limit } = normalized;
  return {
    stabilizedReplicas,
    stabilization,
    stabilizationWindowSeconds: windowSeconds,
    ...(heldBy === undefined ? {} : { heldBy: { replicas: heldBy[1], ageSeconds: nowSeconds - heldBy[0] } }),
    ...(policyLimit === undefined ? {} : { policyLimit }),
    limited,
    limit,
  };
}

function toleranceEvidence({ up, down }: Tolerance): Evidence {
  return { up, down };
}

function metricEvidence(metric: HpaMetric | undefined, outcome: MetricOutcome, reading: MetricReading | undefined): Evidence {
  const base: Evidence = metric === undefined ? {} : { metric: metricName(metric), ...targetEvidence(metric) };
  if (!outcome.ok) return { ...base, reason: outcome.reason, error: outcome.error };
  const { averageUtilization, averageValueMilli, valueMilli } = outcome.current;
  const value = averageUtilization ?? units(averageValueMilli ?? valueMilli);
  return {
    ...base,
    ...(value === undefined ? {} : { value }),
    ...(reading === undefined ? {} : readingEvidence(reading)),
    // JSON has no infinity; a metric over no replicas has no ratio to speak of.
    ...(Number.isFinite(outcome.ratio) ? { ratio: outcome.ratio } : {}),
    ...(Number.isFinite(outcome.filledRatio) ? { filledRatio: outcome.filledRatio as number } : {}),
    proposal: outcome.replicas,
    ...(outcome.pods === undefined ? {} : { pods: { ...outcome.pods } }),
  };
}

/** What the metrics API answered, before anything was averaged: spread over pods, or the sum of values; and how old it was. */
function readingEvidence(reading: MetricReading): Evidence {
  if (reading.kind === "error") return {};
  const age = reading.ageSeconds === undefined ? {} : { ageSeconds: reading.ageSeconds };
  if (reading.kind === "value") return { total: Number(reading.valueMilli) / 1000, ...age };
  if (reading.kind === "values") return { total: reading.valuesMilli.reduce((sum, value) => sum + Number(value), 0) / 1000, ...age };
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const { valueMilli } of reading.samples.values()) {
    const value = Number(valueMilli);
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return { samples: reading.samples.size, least: least / 1000, most: most / 1000, ...age };
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

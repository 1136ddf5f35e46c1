import { targetMilli } from "./hpa-spec.ts";
import type { TriggerReading } from "./prometheus.ts";
import { roundToMilli } from "./round.ts";
import type { ExternalTrigger, KedaFallback, KedaMetricType } from "./spec.ts";

/** Consecutive failures by metric name. Polls and HPA requests both count, so a threshold is passed sooner than polls alone suggest. */
export type FailureCounts = { readonly [metricName: string]: number };

/** An external metric as the HPA is given it, and as the scale loop sees it. */
export type ExternalReading =
  | {
      readonly ok: true;
      /** Thousandths, as sent to the HPA; negative values are sent as 0. */
      readonly valueMilli: bigint;
      readonly active: boolean;
      /** The value stands in for a trigger that fails. */
      readonly fallback: boolean;
    }
  | { readonly ok: false; readonly error: string };

/** What a fallback value depends on besides the trigger. */
export interface FallbackInput {
  readonly fallback: KedaFallback | undefined;
  /** `spec.replicas` of the target. */
  readonly specReplicas: number;
  /** Pods that are Running and Ready. */
  readonly readyPods: number;
}

/**
 * Counts a trigger's failure or success, and replaces its value once it has failed more often than the threshold.
 *
 * @see keda v2.20 pkg/fallback/fallback.go, GetMetricsWithFallback
 */
export function withFallback(
  trigger: ExternalTrigger,
  reading: TriggerReading,
  counts: FailureCounts,
  input: FallbackInput,
): { readonly reading: ExternalReading; readonly counts: FailureCounts } {
  const { fallback } = input;
  if (reading.ok) {
    const milli = roundToMilli(reading.value);
    const valueMilli = milli < 0n ? 0n : milli;
    const external: ExternalReading = { ok: true, valueMilli, active: reading.active, fallback: false };
    return { reading: external, counts: fallback === undefined ? counts : { ...counts, [trigger.metricName]: 0 } };
  }
  if (fallback === undefined) return { reading, counts };
  const failures = (counts[trigger.metricName] ?? 0) + 1;
  const next = { ...counts, [trigger.metricName]: failures };
  if (failures <= fallback.failureThreshold) return { reading, counts: next };
  return { reading: fallbackReading(trigger, fallback, input), counts: next };
}

function fallbackReading(trigger: ExternalTrigger, fallback: KedaFallback, input: FallbackInput): ExternalReading {
  return fallbackValue(targetMilli(trigger), trigger.metricType, fallback, input);
}

/** The value that makes the HPA ask for the fallback count: target × count, spread over the ready pods for a Value target. */
export function fallbackValue(target: bigint, metricType: KedaMetricType, fallback: KedaFallback, input: FallbackInput): ExternalReading {
  const total = target * BigInt(fallbackReplicas(fallback, input.specReplicas));
  if (metricType === "AverageValue") return { ok: true, valueMilli: total, active: true, fallback: true };
  if (input.readyPods === 0) return { ok: false, error: "error performing fallback: no ready pods to divide by" };
  const valueMilli = roundToMilli(Number(total) / 1000 / input.readyPods);
  return { ok: true, valueMilli, active: true, fallback: true };
}

function fallbackReplicas({ behavior, replicas }: KedaFallback, current: number): number {
  switch (behavior) {
    case "static":
    case "scalingModifiers":
      return replicas;
    case "currentReplicas":
      return current;
    case "currentReplicasIfHigher":
      return Math.max(current, replicas);
    case "currentReplicasIfLower":
      return Math.min(current, replicas);
  }
}

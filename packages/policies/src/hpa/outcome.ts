import type { HpaPod, HpaSample } from "./pods.ts";
import type { HpaFlags, HpaMetric } from "./spec.ts";

/** Deviations from ratio 1 in which nothing happens. */
export interface Tolerance {
  readonly up: number;
  readonly down: number;
  /** Compares |1 − ratio|, as releases before 1.33 do: ten per cent above is then outside of 0.1, for 1.1 − 1 is 0.10000000000000009. */
  readonly byDistance?: boolean;
}

/** The cluster at one sync, as far as a metric's proposal depends on it. */
export interface CalculatorInput {
  readonly nowSeconds: number;
  /** `scale.spec.replicas`, the HPA's "current replicas". */
  readonly specReplicas: number;
  /** `scale.status.replicas`: the base of an AverageValue target on Object and External metrics. */
  readonly statusReplicas: number;
  /** Pods that match the target's selector, terminating ones included. */
  readonly pods: readonly HpaPod[];
  readonly flags: HpaFlags;
  readonly tolerance: Tolerance;
}

/** What a metrics API answered, in milli-units. */
export type MetricReading =
  | { readonly kind: "samples"; readonly samples: ReadonlyMap<string, HpaSample>; readonly ageSeconds?: number }
  | { readonly kind: "value"; readonly valueMilli: bigint; readonly ageSeconds?: number }
  | { readonly kind: "values"; readonly valuesMilli: readonly bigint[]; readonly ageSeconds?: number }
  | { readonly kind: "error"; readonly error: string };

/** The value a proposal rests on, as `status.currentMetrics` reports it. */
export interface CurrentValue {
  /** Percent of the request, truncated. */
  readonly averageUtilization?: number;
  readonly averageValueMilli?: bigint;
  readonly valueMilli?: bigint;
}

export interface MetricProposal {
  readonly ok: true;
  readonly replicas: number;
  /** As the controller's events call the metric. */
  readonly metricName: string;
  readonly current: CurrentValue;
  /** Value over target, before missing and unready pods were filled in. */
  readonly ratio: number;
  /** The ratio once missing and unready pods were filled in; absent where none were. */
  readonly filledRatio?: number;
  /** Pods the ratio was multiplied by; absent where none play a part. */
  readonly pods?: { readonly ready: number; readonly unready: number; readonly missing: number; readonly ignored: number };
}

export interface MetricFailure {
  readonly ok: false;
  /** Reason of the ScalingActive condition. */
  readonly reason: string;
  readonly error: string;
}

export type MetricOutcome = MetricProposal | MetricFailure;

/** Both bounds are inclusive: a metric exactly 10 % off does nothing. @see ./versions.ts for the form of older releases */
export function isWithinTolerance(ratio: number, tolerance: Tolerance): boolean {
  if (tolerance.byDistance === true) return Math.abs(1.0 - ratio) <= (ratio > 1 ? tolerance.up : tolerance.down);
  return 1.0 - tolerance.down <= ratio && ratio <= 1.0 + tolerance.up;
}

/** The reason of ScalingActive=False when a metric of this type fails. */
export function metricFailure(metric: HpaMetric, error: string): MetricFailure {
  return { ok: false, reason: `FailedGet${metric.type}Metric`, error };
}

/** How the controller's events and conditions call a metric; an Object or External metric without its selector. */
export function metricName(metric: HpaMetric): string {
  switch (metric.type) {
    case "Resource":
      return metric.target.averageValueMilli === undefined ? utilizationName(metric.resource, "resource") : `${metric.resource} resource`;
    case "ContainerResource":
      // With an average value upstream says "resource" for a container, too.
      return metric.target.averageValueMilli === undefined
        ? utilizationName(metric.resource, "container resource")
        : `${metric.resource} resource`;
    case "Pods":
      return `pods metric ${metric.metric.name}`;
    case "Object":
      return `${metric.object.kind} metric ${metric.metric.name}`;
    case "External":
      return `external metric ${metric.metric.name}`;
  }
}

function utilizationName(resource: string, kind: string): string {
  return `${resource} ${kind} utilization (percentage of request)`;
}

import type { HpaBehavior, HpaMetric, HpaSpec, HpaTarget } from "../hpa/spec.ts";
import { roundToMilli } from "./round.ts";
import {
  COMPOSITE_METRIC,
  type ExternalTrigger,
  type KedaMetricType,
  type KedaSpec,
  type KedaTrigger,
  type ResourceTrigger,
  type ScalingModifiers,
} from "./spec.ts";

/** A cron trigger's target: one replica per unit of its value. @see keda v2.20 pkg/scalers/cron_scaler.go */
const CRON_TARGET = 1;

/** The threshold of an external trigger in thousandths, as its HPA target holds it; a negative one becomes 0. */
export function targetMilli(trigger: ExternalTrigger): bigint {
  const milli = roundToMilli(trigger.type === "cron" ? CRON_TARGET : (trigger.threshold ?? 0));
  return milli < 0n ? 0n : milli;
}

/**
 * The HPA that KEDA creates for a ScaledObject. KEDA itself only moves between zero and one; all else is this HPA's work.
 *
 * @param behavior - `advanced.horizontalPodAutoscalerConfig.behavior`, defaulted
 * @see keda v2.20 controllers/keda/hpa.go, newHPAForScaledObject
 */
export function generatedHpa(spec: KedaSpec, behavior: HpaBehavior | undefined): HpaSpec {
  const { scalingModifiers } = spec;
  const own = spec.triggers.filter((trigger) => scalingModifiers === undefined || trigger.type === "resource").map(metricOf);
  // By type name, as KEDA sorts them: ContainerResource, External, Resource.
  const sorted = own.sort((a, b) => (a.type < b.type ? -1 : a.type > b.type ? 1 : 0));
  const metrics = scalingModifiers === undefined ? sorted : [...sorted, compositeMetric(scalingModifiers)];
  return {
    minReplicas: spec.minReplicaCount > 0 ? spec.minReplicaCount : 1,
    maxReplicas: spec.maxReplicaCount,
    metrics,
    ...(behavior === undefined ? {} : { behavior }),
  };
}

function metricOf(trigger: KedaTrigger): HpaMetric {
  if (trigger.type === "resource") return resourceMetric(trigger);
  const target = targetOf(trigger.metricType, targetMilli(trigger).toString());
  return { type: "External", metric: { name: trigger.metricName }, target };
}

/** The composite comes after cpu and memory. */
function compositeMetric({ target, metricType }: ScalingModifiers): HpaMetric {
  return { type: "External", metric: { name: COMPOSITE_METRIC }, target: targetOf(metricType, roundToMilli(target).toString()) };
}

function targetOf(metricType: KedaMetricType, milli: string): HpaTarget {
  return metricType === "AverageValue" ? { type: metricType, averageValueMilli: milli } : { type: metricType, valueMilli: milli };
}

function resourceMetric({ resource, container, averageUtilization, averageValueMilli }: ResourceTrigger): HpaMetric {
  const target: HpaTarget =
    averageValueMilli === undefined
      ? { type: "Utilization", averageUtilization: averageUtilization ?? 0 }
      : { type: "AverageValue", averageValueMilli };
  return container === undefined ? { type: "Resource", resource, target } : { type: "ContainerResource", resource, container, target };
}

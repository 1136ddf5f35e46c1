import type { Annotations, Metric } from "./annotations.ts";
import type { Aggregation } from "./buckets.ts";
import type { ConfigMap } from "./config-map.ts";

/** What a revision's autoscaler works with. Durations in seconds. */
export type KnativeSpec = {
  readonly scalingMetric: Metric;
  readonly aggregation: Aggregation;
  readonly stableWindowSeconds: number;
  readonly panicWindowSeconds: number;
  readonly targetValue: number;
  readonly totalValue: number;
  readonly targetBurstCapacity: number;
  readonly panicThreshold: number;
  readonly maxScaleUpRate: number;
  readonly maxScaleDownRate: number;
  readonly scaleDownDelaySeconds: number;
  readonly activationScale: number;
  readonly minScale: number;
  /** 0: none. */
  readonly maxScale: number;
  readonly initialScale: number;
  readonly enableScaleToZero: boolean;
  readonly scaleToZeroGracePeriodSeconds: number;
  readonly scaleToZeroPodRetentionPeriodSeconds: number;
  readonly activatorCapacity: number;
};

/** Share of a pod's total that requests per second aim at. @see knative.dev/serving pkg/reconciler/autoscaling/resources/target.go */
const RPS_TARGET_UTILIZATION = 0.7;
const TARGET_MIN = 0.01;
/** @see knative.dev/serving pkg/reconciler/autoscaling/kpa, minActivators */
const ACTIVATORS_MIN = 2;

/** Annotations before the config map. @see knative.dev/serving pkg/reconciler/autoscaling/kpa/resources/decider.go */
export function resolveSpec(config: ConfigMap, { values, metric, aggregation }: Annotations, containerConcurrency: number): KnativeSpec {
  const stableWindowSeconds = values.window ?? config["stable-window"];
  const panicPercentage = values["panic-window-percentage"] ?? config["panic-window-percentage"];
  const { target, total } = resolveTarget(config, values, metric, containerConcurrency);
  return {
    scalingMetric: metric,
    aggregation,
    stableWindowSeconds,
    panicWindowSeconds: Math.max(1, Math.round((stableWindowSeconds * panicPercentage) / 100)),
    targetValue: target,
    totalValue: total,
    targetBurstCapacity: values["target-burst-capacity"] ?? config["target-burst-capacity"],
    panicThreshold: (values["panic-threshold-percentage"] ?? config["panic-threshold-percentage"]) / 100,
    maxScaleUpRate: config["max-scale-up-rate"],
    maxScaleDownRate: config["max-scale-down-rate"],
    scaleDownDelaySeconds: values["scale-down-delay"] ?? config["scale-down-delay"],
    activationScale: values["activation-scale"] ?? 0,
    minScale: values["min-scale"] ?? config["min-scale"],
    maxScale: values["max-scale"] ?? config["max-scale"],
    initialScale: values["initial-scale"] ?? config["initial-scale"],
    enableScaleToZero: config["enable-scale-to-zero"] === 1,
    scaleToZeroGracePeriodSeconds: config["scale-to-zero-grace-period"],
    scaleToZeroPodRetentionPeriodSeconds: values["scale-to-zero-pod-retention-period"] ?? config["scale-to-zero-pod-retention-period"],
    activatorCapacity: config["activator-capacity"],
  };
}

/** Load of one pod, aimed at and possible. @see knative.dev/serving pkg/reconciler/autoscaling/resources/target.go, ResolveMetricTarget */
function resolveTarget(
  config: ConfigMap,
  values: Annotations["values"],
  metric: Metric,
  containerConcurrency: number,
): { readonly target: number; readonly total: number } {
  const percentage = config["container-concurrency-target-percentage"];
  const ofConcurrency = percentage > 1 ? percentage / 100 : percentage;
  const annotated = values["target-utilization-percentage"];
  const utilization = annotated === undefined ? (metric === "rps" ? RPS_TARGET_UTILIZATION : ofConcurrency) : annotated / 100;
  const total = totalOf(config, values.target, metric, containerConcurrency);
  return { total, target: Math.max(TARGET_MIN, total * utilization) };
}

function totalOf(config: ConfigMap, annotated: number | undefined, metric: Metric, containerConcurrency: number): number {
  if (metric === "rps") return annotated ?? config["requests-per-second-target-default"];
  if (annotated !== undefined) return containerConcurrency === 0 ? annotated : Math.min(annotated, containerConcurrency);
  return containerConcurrency === 0 ? config["container-concurrency-target-default"] : containerConcurrency;
}

/** Activators a revision needs in its path. @see knative.dev/serving pkg/reconciler/autoscaling/kpa/kpa.go, computeNumActivators */
export function activatorCount(spec: KnativeSpec, readyPods: number): number {
  if (spec.targetBurstCapacity === 0) return ACTIVATORS_MIN;
  const load = readyPods * spec.totalValue + Math.max(0, spec.targetBurstCapacity);
  return Math.max(ACTIVATORS_MIN, Math.ceil(load / spec.activatorCapacity));
}

import type { CalculatorInput, MetricReading } from "../../packages/policies/src/hpa/outcome.ts";
import type { HpaPod, HpaSample } from "../../packages/policies/src/hpa/pods.ts";
import type { HpaFlags, HpaMetric, HpaTarget, HpaUnknownMetric } from "../../packages/policies/src/hpa/spec.ts";
import { parseQuantity, quantityMilli, quantityNumber, storedQuantity } from "../../packages/sim-core/src/units/quantity.ts";

/** Shapes that the HPA vector files share. @see README.md */
export type VectorConfig = HpaFlags;

interface VectorContainer {
  readonly name: string;
  readonly requestsMilli: Readonly<Record<string, string>>;
}

export interface VectorPod {
  readonly name: string;
  readonly phase: HpaPod["phase"];
  readonly deleted?: boolean;
  readonly start: number | null;
  readonly ready: { readonly status: "True" | "False" | "Unknown"; readonly since: number } | null;
  readonly containers?: readonly VectorContainer[];
  readonly podRequestsMilli?: Readonly<Record<string, string>>;
}

type Samples = Readonly<Record<string, { readonly v: string; readonly t: number; readonly w: number }>>;

export interface VectorMetrics {
  readonly resource?: Readonly<Record<string, Samples>>;
  readonly containerResource?: Readonly<Record<string, Samples>>;
  readonly pods?: Readonly<Record<string, Samples>>;
  readonly object?: Readonly<Record<string, string>>;
  readonly external?: Readonly<Record<string, readonly string[]>>;
}

export interface VectorCluster {
  readonly specReplicas: number;
  readonly statusReplicas: number;
  readonly containers?: readonly VectorContainer[];
  readonly pods?: readonly VectorPod[] | null;
  readonly metrics?: VectorMetrics | null;
}

const bigints = (record: Readonly<Record<string, string>>): Record<string, bigint> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, BigInt(value)]));

const milli = (value: unknown): string => {
  const quantity = parseQuantity(String(value));
  if (quantity === undefined) throw new Error(`not a quantity: ${String(value)}`);
  return quantityMilli(quantity).toString();
};

export function podOf(pod: VectorPod, containers: readonly VectorContainer[] = []): HpaPod {
  const { start, ready, podRequestsMilli } = pod;
  return {
    name: pod.name,
    phase: pod.phase,
    deleted: pod.deleted ?? false,
    ...(start === null ? {} : { startSeconds: start }),
    ...(ready === null ? {} : { ready: { status: ready.status, sinceSeconds: ready.since } }),
    containers: (pod.containers ?? containers).map(({ name, requestsMilli }) => ({ name, requestsMilli: bigints(requestsMilli) })),
    ...(podRequestsMilli === undefined ? {} : { podRequestsMilli: bigints(podRequestsMilli) }),
  };
}

// biome-ignore lint/suspicious/noExplicitAny: raw MetricSpec objects of the vectors
type Raw = any;

function targetOf(target: Raw): HpaTarget {
  return {
    type: target.type ?? "",
    ...(target.averageUtilization == null ? {} : { averageUtilization: target.averageUtilization }),
    ...(target.averageValue == null ? {} : { averageValueMilli: milli(target.averageValue) }),
    ...(target.value == null ? {} : { valueMilli: milli(target.value) }),
  };
}

/** A raw MetricSpec, taken as it is: the calculator must not depend on validation. */
export function metricOf(raw: Raw): HpaMetric | HpaUnknownMetric {
  switch (raw.type as HpaMetric["type"]) {
    case "Resource":
      return { type: "Resource", resource: raw.resource.name, target: targetOf(raw.resource.target) };
    case "ContainerResource": {
      const { name, container, target } = raw.containerResource;
      return { type: "ContainerResource", resource: name, container, target: targetOf(target) };
    }
    case "Pods":
      return { type: "Pods", metric: { name: raw.pods.metric.name }, target: targetOf(raw.pods.target) };
    case "Object":
      return {
        type: "Object",
        metric: { name: raw.object.metric.name },
        object: { kind: raw.object.describedObject.kind, name: raw.object.describedObject.name },
        target: targetOf(raw.object.target),
      };
    case "External":
      return { type: "External", metric: { name: raw.external.metric.name }, target: targetOf(raw.external.target) };
    default:
      return { type: "Unknown", sourceType: String(raw.type) };
  }
}

function samplesOf(samples: Samples | undefined): MetricReading {
  if (samples === undefined) return { kind: "error", error: "metric unavailable" };
  const entries = Object.entries(samples).map<[string, HpaSample]>(([pod, { v, t, w }]) => [
    pod,
    { valueMilli: BigInt(v), atSeconds: t, windowSeconds: w },
  ]);
  return { kind: "samples", samples: new Map(entries) };
}

export function readingOf(metric: HpaMetric | HpaUnknownMetric, metrics: VectorMetrics | null | undefined): MetricReading {
  switch (metric.type) {
    case "Unknown":
      return { kind: "error", error: "no such metric type" };
    case "Resource":
      return samplesOf(metrics?.resource?.[metric.resource]);
    case "ContainerResource":
      return samplesOf(metrics?.containerResource?.[`${metric.resource}/${metric.container}`]);
    case "Pods":
      return samplesOf(metrics?.pods?.[metric.metric.name]);
    case "Object": {
      const value = metrics?.object?.[metric.metric.name];
      return value === undefined ? { kind: "error", error: "metric unavailable" } : { kind: "value", valueMilli: BigInt(value) };
    }
    case "External": {
      const values = metrics?.external?.[metric.metric.name];
      return values === undefined ? { kind: "error", error: "metric unavailable" } : { kind: "values", valuesMilli: values.map(BigInt) };
    }
  }
}

function toleranceOf(raw: unknown, flag: number): number {
  if (raw === undefined || raw === null) return flag;
  const quantity = parseQuantity(String(raw));
  if (quantity === undefined) throw new Error(`not a quantity: ${String(raw)}`);
  return quantityNumber(storedQuantity(quantity));
}

export function calculatorInput(cluster: VectorCluster, flags: HpaFlags, nowSeconds: number, behavior?: Raw): CalculatorInput {
  return {
    nowSeconds,
    specReplicas: cluster.specReplicas,
    statusReplicas: cluster.statusReplicas,
    pods: (cluster.pods ?? []).map((pod) => podOf(pod, cluster.containers)),
    flags,
    tolerance: {
      up: toleranceOf(behavior?.scaleUp?.tolerance, flags.tolerance),
      down: toleranceOf(behavior?.scaleDown?.tolerance, flags.tolerance),
    },
  };
}

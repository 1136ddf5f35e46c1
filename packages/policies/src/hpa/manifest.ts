import type { IssuePath } from "@replicast/sim-core";
import { parseQuantity, quantityMilli, quantityNumber, storedQuantity } from "@replicast/sim-core";
import { FieldErrors } from "../manifest/field-errors.ts";
import type { LoadedManifest } from "../manifest/load.ts";
import { validateMetadata } from "../manifest/metadata.ts";
import { clearOfIllTyped, fieldName, type Report } from "../manifest/shape.ts";
import {
  HPA_SHAPE,
  type RawBehavior,
  type RawHpa,
  type RawHpaSpec,
  type RawIdentifier,
  type RawMetric,
  type RawQuantity,
  type RawScalingRules,
  type RawTarget,
} from "./raw.ts";
import type {
  HpaBehavior,
  HpaMetric,
  HpaMetricIdentifier,
  HpaScalingPolicy,
  HpaScalingRules,
  HpaSpec,
  HpaTarget,
  StoredHpaSpec,
} from "./spec.ts";
import { validateHpaSpec } from "./validate.ts";
import { type KubernetesRules, NEWEST_KUBERNETES } from "./versions.ts";

/** The API group and version this reader knows. */
export const HPA_KIND = { kind: "HorizontalPodAutoscaler", apiVersion: "autoscaling/v2" } as const;

const METRIC_TYPES: readonly string[] = ["Resource", "ContainerResource", "Pods", "Object", "External"];

/** @see kubernetes v1.37 pkg/apis/autoscaling/v2/defaults.go */
const DEFAULT_METRICS: readonly RawMetric[] = [
  { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } },
];

/** @see kubernetes v1.37 pkg/apis/autoscaling/v2/defaults.go, scaleUpRules and scaleDownRules */
const DEFAULT_SCALE_UP: readonly HpaScalingPolicy[] = [
  { type: "Pods", value: 4, periodSeconds: 15 },
  { type: "Percent", value: 100, periodSeconds: 15 },
];
const DEFAULT_SCALE_DOWN: readonly HpaScalingPolicy[] = [{ type: "Percent", value: 100, periodSeconds: 15 }];

/**
 * Decodes, defaults and validates an HPA as the API server does.
 *
 * @param kubernetes - the release of that server; default: the newest one known
 * @returns the spec, or undefined when an error was reported; codes `manifest_field_*`
 */
export function readHpaSpec(manifest: LoadedManifest, kubernetes: KubernetesRules = NEWEST_KUBERNETES): HpaSpec | undefined {
  let refused = false;
  const { value, report: watch } = clearOfIllTyped(manifest.value, HPA_SHAPE, (issue) => {
    refused ||= issue.severity !== "warning";
    manifest.report(issue);
  });
  const { metadata, spec: raw } = value as RawHpa;
  const behavior = releasedBehavior(raw?.behavior, ["spec", "behavior"], kubernetes, watch);
  const spec = withDefaultMetrics({ ...raw, ...(behavior == null ? {} : { behavior }) });
  const errors = new FieldErrors(watch);
  validateMetadata(metadata ?? {}, ["metadata"], errors);
  validateHpaSpec(spec, ["spec"], errors, kubernetes);
  if (errors.count > 0) return undefined;
  checkSelectors(spec, watch);
  return refused ? undefined : specFrom(spec);
}

/**
 * The spec of an object that is in the API already, which nothing validates again: limits may be out of bounds and metric types unknown.
 *
 * @param value - the object, its types as declared
 */
export function storedHpaSpec(value: { readonly [key: string]: unknown }): StoredHpaSpec {
  const spec = withDefaultMetrics((value as RawHpa).spec ?? {});
  const metrics = (spec.metrics ?? []).map((metric) => {
    const sourceType = metric.type ?? "";
    return METRIC_TYPES.includes(sourceType) ? metricFrom(metric) : { type: "Unknown" as const, sourceType };
  });
  return { ...specFrom({ ...spec, metrics: [] }), metrics };
}

/** Fills `behavior` in: as soon as it exists, both directions are defaulted. */
export function behaviorFrom(behavior: RawBehavior): HpaBehavior {
  const up = behavior.scaleUp ?? {};
  const down = behavior.scaleDown ?? {};
  return {
    scaleUp: { stabilizationWindowSeconds: up.stabilizationWindowSeconds ?? 0, ...rulesFrom(up, DEFAULT_SCALE_UP) },
    scaleDown: {
      ...(down.stabilizationWindowSeconds == null ? {} : { stabilizationWindowSeconds: down.stabilizationWindowSeconds }),
      ...rulesFrom(down, DEFAULT_SCALE_DOWN),
    },
  };
}

/**
 * `behavior` without what a release drops: a tolerance per direction, before it was on by default.
 *
 * @returns the behavior that the release stores; warning `hpa_tolerance_dropped`
 */
export function releasedBehavior(
  behavior: RawBehavior | null | undefined,
  path: IssuePath,
  kubernetes: KubernetesRules,
  report: Report,
): RawBehavior | null | undefined {
  if (behavior == null || kubernetes.tolerancePerDirection) return behavior;
  const kept: { -readonly [key in keyof RawBehavior]: RawBehavior[key] } = { ...behavior };
  for (const direction of ["scaleUp", "scaleDown"] as const) {
    const { tolerance, ...rules } = behavior[direction] ?? {};
    if (tolerance == null) continue;
    const at = [...path, direction, "tolerance"];
    report({ code: "hpa_tolerance_dropped", severity: "warning", path: at, data: { field: fieldName(at) } });
    kept[direction] = rules;
  }
  return kept;
}

/** A quantity that has passed the shape check, in whole milli-units. */
export function milliText(value: RawQuantity): string {
  const quantity = parseQuantity(String(value).trim());
  if (quantity === undefined) throw new TypeError(`not a quantity: ${value}`);
  return quantityMilli(quantity).toString();
}

function withDefaultMetrics(spec: RawHpaSpec): RawHpaSpec {
  return (spec.metrics ?? []).length === 0 ? { ...spec, metrics: DEFAULT_METRICS } : spec;
}

/** Valid for the API server, but the metrics APIs here select by equality only. */
function checkSelectors(spec: RawHpaSpec, report: Report): void {
  for (const [index, metric] of (spec.metrics ?? []).entries()) {
    for (const source of ["pods", "object", "external"] as const) {
      const expressions = metric[source]?.metric?.selector?.matchExpressions;
      if (!Array.isArray(expressions) || expressions.length === 0) continue;
      const path = ["spec", "metrics", index, source, "metric", "selector", "matchExpressions"];
      report({ code: "hpa_selector_unsupported", path, data: { field: fieldName(path) } });
    }
  }
}

function specFrom(spec: RawHpaSpec): HpaSpec {
  const behavior = spec.behavior == null ? {} : { behavior: behaviorFrom(spec.behavior) };
  const metrics = (spec.metrics ?? []).map(metricFrom);
  return { minReplicas: spec.minReplicas ?? 1, maxReplicas: spec.maxReplicas ?? 0, metrics, ...behavior };
}

function rulesFrom(rules: RawScalingRules, defaults: readonly HpaScalingPolicy[]): HpaScalingRules {
  const policies = rules.policies?.map(({ type, value, periodSeconds }) => ({
    type: type === "Percent" ? ("Percent" as const) : ("Pods" as const),
    value: value ?? 0,
    periodSeconds: periodSeconds ?? 0,
  }));
  return {
    selectPolicy: rules.selectPolicy === "Min" || rules.selectPolicy === "Disabled" ? rules.selectPolicy : "Max",
    policies: policies ?? defaults,
    ...(rules.tolerance == null ? {} : { tolerance: toleranceFrom(rules.tolerance) }),
  };
}

function toleranceFrom(value: RawQuantity): number {
  const quantity = parseQuantity(String(value).trim());
  if (quantity === undefined) throw new TypeError(`not a quantity: ${value}`);
  return quantityNumber(storedQuantity(quantity));
}

function metricFrom(metric: RawMetric): HpaMetric {
  switch (metric.type) {
    case "Pods":
      return { type: "Pods", metric: identifierFrom(metric.pods?.metric), target: targetFrom(metric.pods?.target) };
    case "External":
      return { type: "External", metric: identifierFrom(metric.external?.metric), target: targetFrom(metric.external?.target) };
    case "Object": {
      const { kind, name } = metric.object?.describedObject ?? {};
      const object = { kind: kind ?? "", name: name ?? "" };
      return { type: "Object", metric: identifierFrom(metric.object?.metric), object, target: targetFrom(metric.object?.target) };
    }
    case "ContainerResource": {
      const { name, container, target } = metric.containerResource ?? {};
      return { type: "ContainerResource", resource: name ?? "", container: container ?? "", target: targetFrom(target) };
    }
    default:
      return { type: "Resource", resource: metric.resource?.name ?? "", target: targetFrom(metric.resource?.target) };
  }
}

function identifierFrom(identifier: RawIdentifier | null | undefined): HpaMetricIdentifier {
  const labels = identifier?.selector?.matchLabels;
  return { name: identifier?.name ?? "", ...(labels == null ? {} : { matchLabels: labels }) };
}

function targetFrom(target: RawTarget | null | undefined): HpaTarget {
  return {
    type: target?.type ?? "",
    ...(target?.averageUtilization == null ? {} : { averageUtilization: target.averageUtilization }),
    ...(target?.averageValue == null ? {} : { averageValueMilli: milliText(target.averageValue) }),
    ...(target?.value == null ? {} : { valueMilli: milliText(target.value) }),
  };
}

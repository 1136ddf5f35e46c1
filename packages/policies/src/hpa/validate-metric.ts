import type { IssuePath } from "@replicast/sim-core";
import { formatQuantity, parseQuantity } from "@replicast/sim-core";
import { type FieldErrors, pathSegmentProblem } from "../manifest/field-errors.ts";
import type { RawIdentifier, RawMetric, RawMetricSource, RawSourceName, RawTarget } from "./raw.ts";
import { validateReference } from "./validate-reference.ts";

/** In the order in which upstream looks: the first source present is validated, the others are only counted. */
const SOURCES: readonly RawSourceName[] = ["object", "external", "pods", "resource", "containerResource"];

const SOURCE_OF_TYPE: { readonly [type: string]: RawSourceName } = {
  ContainerResource: "containerResource",
  External: "external",
  Object: "object",
  Pods: "pods",
  Resource: "resource",
};

/** @see kubernetes pkg/apis/core/helper: standard container resources */
const CONTAINER_RESOURCES: readonly string[] = ["cpu", "memory", "ephemeral-storage"];

/**
 * Validates one entry of `spec.metrics`.
 *
 * @see kubernetes v1.37 pkg/apis/autoscaling/validation/validation.go, validateMetricSpec
 */
export function validateMetric(metric: RawMetric, path: IssuePath, errors: FieldErrors): void {
  const type = metric.type ?? "";
  if (type === "") errors.required([...path, "type"], "must specify a metric source type");
  const expected = Object.hasOwn(SOURCE_OF_TYPE, type) ? SOURCE_OF_TYPE[type] : undefined;
  if (expected === undefined) errors.notSupported([...path, "type"], type, Object.keys(SOURCE_OF_TYPE));
  const present = SOURCES.filter((name) => metric[name] != null);
  const [first] = present;
  if (first !== undefined) validateSource(first, metric[first] ?? {}, [...path, first], errors);
  if (expected !== undefined && metric[expected] == null) {
    errors.required([...path, expected], "must populate information for the given metric source");
  }
  if (present.length < 2) return;
  for (const name of present) {
    if (name !== expected) errors.forbidden([...path, name], "must populate the given metric source only");
  }
}

function validateSource(name: RawSourceName, source: RawMetricSource, path: IssuePath, errors: FieldErrors): void {
  const target = source.target ?? {};
  const at = [...path, "target"];
  const count = [target.value, target.averageValue].filter((value) => value != null).length;
  switch (name) {
    case "object":
      validateReference(source.describedObject ?? {}, [...path, "describedObject"], false, errors);
      validateIdentifier(source.metric ?? {}, [...path, "metric"], errors);
      // Both may be set: the type decides.
      if (count === 0) errors.required([...at, "averageValue"], "must set either a target value or averageValue");
      break;
    case "external":
      validateIdentifier(source.metric ?? {}, [...path, "metric"], errors);
      if (count === 0) errors.required([...at, "averageValue"], "must set either a target value for metric or a per-pod target");
      else if (count === 2) errors.forbidden([...at, "value"], "may not set both a target value for metric and a per-pod target");
      break;
    case "pods":
      validateIdentifier(source.metric ?? {}, [...path, "metric"], errors);
      if (target.averageValue == null) errors.required([...at, "averageValue"], "must specify a positive target averageValue");
      break;
    case "containerResource":
      validateContainerResource(source, path, errors);
      validateResourceTarget(target, at, errors);
      break;
    case "resource":
      if ((source.name ?? "") === "") errors.required([...path, "name"], "must specify a resource name");
      validateResourceTarget(target, at, errors);
  }
  validateTarget(target, at, errors);
}

function validateContainerResource(source: RawMetricSource, path: IssuePath, errors: FieldErrors): void {
  const name = source.name ?? "";
  if (name === "") errors.required([...path, "name"], "must specify a resource name");
  else if (!name.includes("/") && !CONTAINER_RESOURCES.includes(name) && !name.startsWith("hugepages-")) {
    errors.invalid([...path, "name"], name, "must be a standard resource for containers");
  }
  if ((source.container ?? "") === "") errors.required([...path, "container"], "must specify a container");
}

function validateResourceTarget(target: RawTarget, path: IssuePath, errors: FieldErrors): void {
  const hasAverage = target.averageValue != null;
  const hasUtilization = target.averageUtilization != null;
  if (!hasAverage && !hasUtilization) {
    errors.required([...path, "averageUtilization"], "must set either a target raw value or a target utilization");
  } else if (hasAverage && hasUtilization) {
    errors.forbidden([...path, "averageValue"], "may not set both a target raw value and a target utilization");
  }
}

function validateIdentifier(identifier: RawIdentifier, path: IssuePath, errors: FieldErrors): void {
  const name = identifier.name ?? "";
  const problem = pathSegmentProblem(name);
  if (name === "") errors.required([...path, "name"], "must specify a metric name");
  else if (problem !== undefined) errors.invalid([...path, "name"], name, problem);
}

function validateTarget(target: RawTarget, path: IssuePath, errors: FieldErrors): void {
  const type = target.type ?? "";
  if (type === "") errors.required([...path, "type"], "must specify a metric target type");
  if (!["Utilization", "Value", "AverageValue"].includes(type)) {
    errors.invalid([...path, "type"], type, "must be either Utilization, Value, or AverageValue");
  }
  for (const key of ["value", "averageValue"] as const) {
    const quantity = target[key] == null ? undefined : parseQuantity(String(target[key]).trim());
    if (quantity !== undefined && quantity.mantissa <= 0n) errors.invalid([...path, key], formatQuantity(quantity), "must be positive");
  }
  const utilization = target.averageUtilization;
  if (utilization != null && utilization < 1) errors.invalid([...path, "averageUtilization"], utilization, "must be greater than 0");
}

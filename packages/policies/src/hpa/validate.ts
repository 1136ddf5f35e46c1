import type { IssuePath } from "@replicast/sim-core";
import { parseQuantity } from "@replicast/sim-core";
import type { FieldErrors } from "../manifest/field-errors.ts";
import type { RawBehavior, RawHpaSpec, RawQuantity, RawScalingRules } from "./raw.ts";
import { validateMetric } from "./validate-metric.ts";
import { validateReference } from "./validate-reference.ts";
import type { KubernetesRules } from "./versions.ts";

/** @see autoscaling/validation: MaxStabilizationWindowSeconds */
const MAX_WINDOW_SECONDS = 3600;
/** @see autoscaling/validation: MaxPeriodSeconds */
const MAX_PERIOD_SECONDS = 1800;

/**
 * Validates a defaulted HPA spec as the API server does.
 *
 * @see kubernetes v1.37 pkg/apis/autoscaling/validation/validation.go
 */
export function validateHpaSpec(spec: RawHpaSpec, path: IssuePath, errors: FieldErrors, { scalesToZero }: KubernetesRules): void {
  const minimum = spec.minReplicas ?? 1;
  const maximum = spec.maxReplicas ?? 0;
  const lowest = scalesToZero ? 0 : 1;
  if (minimum < lowest) errors.invalid([...path, "minReplicas"], minimum, `must be greater than or equal to ${lowest}`);
  if (maximum === 0) errors.required([...path, "maxReplicas"]);
  else if (maximum < 0) errors.invalid([...path, "maxReplicas"], maximum, "must be greater than or equal to 1");
  if (maximum < minimum) errors.invalid([...path, "maxReplicas"], maximum, "must be greater than or equal to `minReplicas`");
  validateReference(spec.scaleTargetRef ?? {}, [...path, "scaleTargetRef"], true, errors);
  const metrics = spec.metrics ?? [];
  for (const [index, metric] of metrics.entries()) validateMetric(metric, [...path, "metrics", index], errors);
  validateBehavior(spec.behavior, [...path, "behavior"], errors);
  if (minimum === 0 && !metrics.some(({ object, external }) => object != null || external != null)) {
    errors.forbidden([...path, "metrics"], "must specify at least one Object or External metric to support scaling to zero replicas");
  }
}

/** Validates `behavior`; absent directions are fine, defaults fill them in. */
export function validateBehavior(behavior: RawBehavior | null | undefined, path: IssuePath, errors: FieldErrors): void {
  if (behavior == null) return;
  for (const direction of ["scaleUp", "scaleDown"] as const) {
    const rules = behavior[direction];
    if (rules != null) validateRules(rules, [...path, direction], errors);
  }
}

function validateRules(rules: RawScalingRules, path: IssuePath, errors: FieldErrors): void {
  const window = rules.stabilizationWindowSeconds ?? 0;
  const windowPath = [...path, "stabilizationWindowSeconds"];
  if (window < 0) errors.invalid(windowPath, window, "must be greater than or equal to zero");
  if (window > MAX_WINDOW_SECONDS) errors.invalid(windowPath, window, `must be less than or equal to ${MAX_WINDOW_SECONDS}`);
  const select = rules.selectPolicy ?? "Max";
  if (!["Disabled", "Max", "Min"].includes(select)) errors.notSupported([...path, "selectPolicy"], select, ["Disabled", "Max", "Min"]);
  // An empty list is not an absent one: only the latter is defaulted.
  if (rules.policies?.length === 0) errors.required([...path, "policies"], "must specify at least one Policy");
  for (const [index, policy] of (rules.policies ?? []).entries()) {
    const at = [...path, "policies", index];
    const type = policy.type ?? "";
    const value = policy.value ?? 0;
    const period = policy.periodSeconds ?? 0;
    if (type !== "Pods" && type !== "Percent") errors.notSupported([...at, "type"], type, ["Percent", "Pods"]);
    if (value <= 0) errors.invalid([...at, "value"], value, "must be greater than zero");
    if (period <= 0) errors.invalid([...at, "periodSeconds"], period, "must be greater than zero");
    if (period > MAX_PERIOD_SECONDS)
      errors.invalid([...at, "periodSeconds"], period, `must be less than or equal to ${MAX_PERIOD_SECONDS}`);
  }
  if (rules.tolerance != null && isNegative(rules.tolerance)) {
    errors.invalid([...path, "tolerance"], String(rules.tolerance), "must be greater than or equal to zero");
  }
}

function isNegative(value: RawQuantity): boolean {
  return (parseQuantity(String(value).trim())?.mantissa ?? 0n) < 0n;
}

import type { IssuePath } from "@replicast/sim-core";
import type { FieldErrors } from "../manifest/field-errors.ts";
import type { Report } from "../manifest/shape.ts";
import type { RawFallback, RawScaledObjectSpec, RawTrigger } from "./raw.ts";
import { KEDA_DEFAULTS } from "./spec.ts";
import type { StageErrors } from "./validate-cluster.ts";

const FALLBACK_BEHAVIORS: readonly string[] = [
  "static",
  "currentReplicas",
  "currentReplicasIfHigher",
  "currentReplicasIfLower",
  "scalingModifiers",
];
const AUTHENTICATION_KINDS: readonly string[] = ["TriggerAuthentication", "ClusterTriggerAuthentication"];
const UNCACHED_TYPES: readonly string[] = ["cpu", "memory", "cron"];
/** The name becomes a label value. @see keda v2.20 apis/keda/v1alpha1/scaledobject_webhook.go */
const NAME_LIMIT = 63;

/**
 * Checks a ScaledObject by itself against the CRD schema, the admission webhook and what the operator repeats of it.
 *
 * @see keda v2.20 config/crd/bases/keda.sh_scaledobjects.yaml and apis/keda/v1alpha1/scaledobject_webhook.go
 */
export function validateScaledObject(name: string, raw: RawScaledObjectSpec, schema: FieldErrors, stages: StageErrors): void {
  const { admission } = stages;
  const spec: IssuePath = ["spec"];
  if (name.length > NAME_LIMIT) admission.invalid(["metadata", "name"], name, `must be no more than ${NAME_LIMIT} characters`);
  const hpaName = raw.advanced?.horizontalPodAutoscalerConfig?.name ?? "";
  if (hpaName.length > NAME_LIMIT) {
    const path = [...spec, "advanced", "horizontalPodAutoscalerConfig", "name"];
    admission.invalid(path, hpaName, `must be no more than ${NAME_LIMIT} characters`);
  }
  if ((raw.scaleTargetRef?.name ?? "") === "") schema.required([...spec, "scaleTargetRef", "name"]);
  validateCounts(raw, schema, stages);
  if (raw.fallback != null) validateFallback(raw.fallback, raw.triggers ?? [], schema, admission);
  if (raw.triggers == null || raw.triggers.length === 0) schema.required([...spec, "triggers"]);
  for (const [index, trigger] of (raw.triggers ?? []).entries()) {
    validateTrigger(trigger, [...spec, "triggers", index], schema, stages.both);
  }
}

/**
 * Warns as the webhook does of periods that nothing waits for: from one replica on the HPA decides, with times of its own.
 *
 * @see keda v2.20 apis/keda/v1alpha1/scaledobject_webhook.go
 */
export function warnAboutPeriods(raw: RawScaledObjectSpec, report: Report): void {
  if ((raw.minReplicaCount ?? KEDA_DEFAULTS.minReplicaCount) === 0 || raw.idleReplicaCount != null) return;
  const usesCache = (raw.triggers ?? []).some(({ useCachedMetrics }) => useCachedMetrics === true);
  for (const [key, field, isUsed] of [
    ["pollingInterval", "PollingInterval", usesCache],
    ["cooldownPeriod", "CooldownPeriod", false],
  ] as const) {
    if (raw[key] == null || isUsed) continue;
    const when = `minReplicaCount = 0 or idleReplicaCount = 0${key === "pollingInterval" ? " or useCachedMetrics is enabled" : ""}`;
    const detail = `${field} is configured but is not relevant. ${field} is only relevant when ${when}`;
    report({ code: "keda_period_irrelevant", severity: "warning", path: ["spec", key], data: { field: `spec.${key}`, detail } });
  }
}

function validateCounts(raw: RawScaledObjectSpec, errors: FieldErrors, { admission, both }: StageErrors): void {
  const atLeast = (key: keyof RawScaledObjectSpec & string, value: number | null | undefined, minimum: number): void => {
    if (value != null && value < minimum) errors.invalid(["spec", key], value, `must be greater than or equal to ${minimum}`);
  };
  atLeast("pollingInterval", raw.pollingInterval, 1);
  atLeast("cooldownPeriod", raw.cooldownPeriod, 0);
  atLeast("initialCooldownPeriod", raw.initialCooldownPeriod, 0);
  atLeast("minReplicaCount", raw.minReplicaCount, 0);
  atLeast("maxReplicaCount", raw.maxReplicaCount, 1);
  atLeast("idleReplicaCount", raw.idleReplicaCount, 0);
  const minimum = raw.minReplicaCount ?? KEDA_DEFAULTS.minReplicaCount;
  const maximum = raw.maxReplicaCount ?? KEDA_DEFAULTS.maxReplicaCount;
  if (minimum > maximum) errors.invalid(["spec", "minReplicaCount"], minimum, "must be less than or equal to maxReplicaCount");
  const idle = raw.idleReplicaCount;
  // A minimum that is set to 0 counts as 1 here; one that is unset counts as 0.
  const idleBelow = raw.minReplicaCount === 0 ? 1 : minimum;
  if (idle != null && idle >= idleBelow) both.invalid(["spec", "idleReplicaCount"], idle, `must be less than minReplicaCount (${minimum})`);
  const triggers = raw.triggers ?? [];
  if (triggers.length > 0 && triggers.every(isResource) && minimum === 0) {
    admission.invalid(["spec", "minReplicaCount"], 0, "with only cpu and memory triggers the count cannot go to zero; set it to 1 or more");
  }
}

function validateFallback(fallback: RawFallback, triggers: readonly RawTrigger[], errors: FieldErrors, admission: FieldErrors): void {
  const path: IssuePath = ["spec", "fallback"];
  for (const key of ["failureThreshold", "replicas"] as const) {
    const value = fallback[key];
    if (value == null) errors.required([...path, key]);
    else if (value < 0) errors.invalid([...path, key], value, "must be greater than or equal to 0");
  }
  const behavior = fallback.behavior ?? "static";
  if (!FALLBACK_BEHAVIORS.includes(behavior)) errors.notSupported([...path, "behavior"], behavior, FALLBACK_BEHAVIORS);
  if (triggers.length > 0 && triggers.every(isResource)) {
    admission.forbidden(path, "a fallback needs at least one trigger that is not cpu or memory");
  }
}

function validateTrigger(trigger: RawTrigger, path: IssuePath, errors: FieldErrors, both: FieldErrors): void {
  if ((trigger.type ?? "") === "") errors.required([...path, "type"]);
  if (trigger.metadata == null) errors.required([...path, "metadata"]);
  if (trigger.useCachedMetrics === true && UNCACHED_TYPES.includes(trigger.type ?? "")) {
    both.forbidden([...path, "useCachedMetrics"], `property "useCachedMetrics" is not supported for "${trigger.type}" scaler`);
  }
  const kind = trigger.authenticationRef?.kind ?? "TriggerAuthentication";
  if (!AUTHENTICATION_KINDS.includes(kind)) {
    errors.notSupported([...path, "authenticationRef", "kind"], kind, AUTHENTICATION_KINDS);
  }
}

function isResource(trigger: RawTrigger): boolean {
  return trigger.type === "cpu" || trigger.type === "memory";
}

import type { IssuePath, ZoneLookup } from "@replicast/sim-core";
import { behaviorFrom, releasedBehavior } from "../hpa/manifest.ts";
import type { HpaBehavior, HpaSpec } from "../hpa/spec.ts";
import { validateBehavior } from "../hpa/validate.ts";
import { type KubernetesRules, NEWEST_KUBERNETES } from "../hpa/versions.ts";
import { FieldErrors } from "../manifest/field-errors.ts";
import type { LoadedManifest } from "../manifest/load.ts";
import { validateMetadata } from "../manifest/metadata.ts";
import { clearOfIllTyped, type Report } from "../manifest/shape.ts";
import { nearest } from "../parse.ts";
import { type ClusterView, EMPTY_CLUSTER } from "./cluster-view.ts";
import { readCron } from "./cron-trigger.ts";
import { generatedHpa } from "./hpa-spec.ts";
import { readModifiers } from "./modifiers.ts";
import { readPrometheus } from "./prometheus.ts";
import { type RawScaledObject, type RawScaledObjectSpec, type RawTrigger, SCALED_OBJECT_SHAPE } from "./raw.ts";
import { readResource } from "./resource-trigger.ts";
import { roundToMilli } from "./round.ts";
import { SCALER_TYPES, TARGET_KEYS } from "./scaler-types.ts";
import {
  EXTERNAL_METRIC_TYPES,
  KEDA_DEFAULTS,
  type KedaAnnotations,
  type KedaFallback,
  type KedaSpec,
  type KedaTrigger,
  type ScalingModifiers,
} from "./spec.ts";
import { readSupplied, type TriggerPlace } from "./supplied-trigger.ts";
import { validateScaledObject, warnAboutPeriods } from "./validate.ts";
import { type StageErrors, validateAgainst } from "./validate-cluster.ts";

/** The API group and version this reader knows. */
export const SCALED_OBJECT_KIND = { kind: "ScaledObject", apiVersion: "keda.sh/v1alpha1" } as const;

/** A ScaledObject and the HPA that KEDA makes of it. */
export interface ScaledObject {
  readonly spec: KedaSpec;
  readonly hpa: HpaSpec;
}

/** What reading a ScaledObject depends on besides the object. */
export interface ScaledObjectReading {
  readonly lookup: ZoneLookup;
  readonly cluster?: ClusterView;
  /** Namespace of an object that names none. */
  readonly namespace?: string;
  /** Release of the server that stores the generated HPA; default: the newest one known. */
  readonly kubernetes?: KubernetesRules;
  /** The admission webhook is not installed; what the operator checks by itself still counts. */
  readonly withoutWebhook?: boolean;
}

/**
 * Decodes, defaults and validates a ScaledObject, as CRD schema, admission webhook and operator do one after the other; each issue says
 * which of them refuses (`stage`).
 *
 * @returns undefined when an error was reported; codes `manifest_field_*` and `keda_*`
 */
export function readScaledObject(manifest: LoadedManifest, reading: ScaledObjectReading): ScaledObject | undefined {
  let refused = false;
  const { value, report: watch } = clearOfIllTyped(manifest.value, SCALED_OBJECT_SHAPE, (issue) => {
    refused ||= issue.severity !== "warning";
    manifest.report(issue);
  });
  const { metadata, spec: raw } = value as RawScaledObject;
  const schema = new FieldErrors(watch, { stage: "schema" });
  const stages = stageErrors(watch, reading.withoutWebhook ?? false);
  validateMetadata(metadata ?? {}, ["metadata"], schema);
  validateScaledObject(metadata?.name ?? "", raw ?? {}, schema, stages);
  const behavior = readBehavior(raw ?? {}, reading.kubernetes ?? NEWEST_KUBERNETES, stages.operator, watch);
  const scalingModifiers = readModifiers(raw ?? {}, schema, stages);
  validateAgainst(reading.cluster ?? EMPTY_CLUSTER, value as RawScaledObject, stages, watch);
  const namespace = metadata?.namespace ?? reading.namespace ?? "default";
  const triggers = readTriggers(raw?.triggers ?? [], namespace, stages.operator, watch, reading.lookup);
  if (refused) return undefined;
  if (reading.withoutWebhook !== true) warnAboutPeriods(raw ?? {}, watch);
  const spec = specFrom(raw ?? {}, triggers, scalingModifiers, annotationsFrom(metadata?.annotations ?? {}, watch));
  return { spec, hpa: generatedHpa(spec, pausedBehavior(spec.annotations, behavior)) };
}

function readBehavior(raw: RawScaledObjectSpec, kubernetes: KubernetesRules, errors: FieldErrors, report: Report): HpaBehavior | undefined {
  const path = ["spec", "advanced", "horizontalPodAutoscalerConfig", "behavior"];
  const behavior = releasedBehavior(raw.advanced?.horizontalPodAutoscalerConfig?.behavior, path, kubernetes, report);
  validateBehavior(behavior, path, errors);
  return behavior == null ? undefined : behaviorFrom(behavior);
}

/** Without the webhook its own findings are nobody's. */
function stageErrors(report: Report, withoutWebhook: boolean): StageErrors {
  const operator = new FieldErrors(report, { stage: "operator" });
  if (withoutWebhook) return { admission: new FieldErrors(() => undefined), both: operator, operator };
  const admission = new FieldErrors(report, { stage: "admission-webhook" });
  return { admission, both: admission, operator };
}

/** What KEDA accepts and the API server refuses in the HPA made of it; then nothing scales. */
export function checkGeneratedHpa(spec: KedaSpec, report: Report): void {
  const errors = new FieldErrors(report, { stage: "generated-hpa" });
  const { scalingModifiers } = spec;
  if (scalingModifiers !== undefined) {
    checkTarget(scalingModifiers.target, ["spec", "advanced", "scalingModifiers", "target"], errors);
    return;
  }
  for (const [index, trigger] of spec.triggers.entries()) {
    if (trigger.type === "resource") continue;
    const path = ["spec", "triggers", index];
    if (!EXTERNAL_METRIC_TYPES.includes(trigger.metricType)) {
      errors.notSupported([...path, "metricType"], trigger.metricType, EXTERNAL_METRIC_TYPES);
    }
    if (trigger.type === "cron") continue;
    const key = trigger.type === "prometheus" ? "threshold" : TARGET_KEYS[trigger.scaler]?.target;
    if (trigger.threshold !== undefined && key !== undefined) checkTarget(trigger.threshold, [...path, "metadata", key], errors);
  }
}

function checkTarget(target: number, path: IssuePath, errors: FieldErrors): void {
  if (roundToMilli(target) > 0n) return;
  errors.invalid(path, String(target), "the generated HPA needs a positive target; KEDA rounds to thousandths");
}

function specFrom(
  raw: RawScaledObjectSpec,
  triggers: readonly KedaTrigger[],
  scalingModifiers: ScalingModifiers | undefined,
  annotations: KedaAnnotations,
): KedaSpec {
  const { idleReplicaCount, fallback } = raw;
  return {
    pollingIntervalSeconds: raw.pollingInterval ?? KEDA_DEFAULTS.pollingIntervalSeconds,
    cooldownPeriodSeconds: raw.cooldownPeriod ?? KEDA_DEFAULTS.cooldownPeriodSeconds,
    initialCooldownPeriodSeconds: raw.initialCooldownPeriod ?? KEDA_DEFAULTS.initialCooldownPeriodSeconds,
    minReplicaCount: raw.minReplicaCount ?? KEDA_DEFAULTS.minReplicaCount,
    maxReplicaCount: raw.maxReplicaCount ?? KEDA_DEFAULTS.maxReplicaCount,
    ...(idleReplicaCount == null ? {} : { idleReplicaCount }),
    ...(fallback == null
      ? {}
      : {
          fallback: {
            failureThreshold: fallback.failureThreshold ?? 0,
            replicas: fallback.replicas ?? 0,
            behavior: (fallback.behavior ?? "static") as KedaFallback["behavior"],
          },
        }),
    triggers,
    ...(scalingModifiers === undefined ? {} : { scalingModifiers }),
    annotations,
  };
}

function readTriggers(
  raw: readonly RawTrigger[],
  namespace: string,
  errors: FieldErrors,
  report: Report,
  lookup: ZoneLookup,
): readonly KedaTrigger[] {
  return raw.flatMap((trigger, index) => {
    const place = { index, path: ["spec", "triggers", index], namespace };
    const read = readTrigger(trigger, place, errors, report, lookup);
    return read === undefined ? [] : [read];
  });
}

function readTrigger(
  trigger: RawTrigger,
  place: TriggerPlace,
  errors: FieldErrors,
  report: Report,
  lookup: ZoneLookup,
): KedaTrigger | undefined {
  const type = trigger.type ?? "";
  const { index, path } = place;
  if (type === "") return undefined;
  switch (type) {
    case "prometheus":
      return readPrometheus(trigger, index, path, errors);
    case "cron":
      return readCron(trigger, { index, path, errors, report, lookup });
    case "cpu":
    case "memory":
      return readResource(trigger, type, path, errors);
  }
  if (SCALER_TYPES.includes(type)) return readSupplied(trigger, type, place, errors);
  const near = nearest(type, SCALER_TYPES);
  const data = { type, stage: "operator", ...(near === undefined ? {} : { near }) };
  report({ code: "keda_trigger_unknown", path: [...path, "type"], data });
  return undefined;
}

const PREFIX = "autoscaling.keda.sh/";

/** Any text but a false boolean pauses. @see keda v2.20 apis/keda/v1alpha1/scaledobject_types.go, getBoolAnnotation */
function annotationsFrom(annotations: Readonly<Record<string, string>>, report: Report): KedaAnnotations {
  const flag = (name: string): boolean => {
    const text = annotations[`${PREFIX}${name}`];
    return text !== undefined && !["0", "f", "F", "FALSE", "false", "False"].includes(text);
  };
  const count = annotations[`${PREFIX}paused-replicas`];
  const base = {
    pausedScaleIn: flag("paused-scale-in"),
    pausedScaleOut: flag("paused-scale-out"),
    forceActivation: flag("force-activation"),
  };
  if (count === undefined) return { ...base, paused: flag("paused") };
  if (/^\d+$/.test(count)) return { ...base, paused: true, pausedReplicas: Number(count) };
  const path = ["metadata", "annotations", `${PREFIX}paused-replicas`];
  report({ code: "keda_paused_replicas", severity: "warning", path, data: { value: count } });
  return { ...base, paused: true };
}

/** A direction that is paused is closed in the HPA, too. @see keda v2.20 controllers/keda/hpa.go */
function pausedBehavior({ pausedScaleIn, pausedScaleOut }: KedaAnnotations, behavior: HpaBehavior | undefined): HpaBehavior | undefined {
  if (!pausedScaleIn && !pausedScaleOut) return behavior;
  const { scaleUp, scaleDown } = behavior ?? behaviorFrom({});
  return {
    scaleUp: pausedScaleOut ? { ...scaleUp, selectPolicy: "Disabled" } : scaleUp,
    scaleDown: pausedScaleIn ? { ...scaleDown, selectPolicy: "Disabled" } : scaleDown,
  };
}

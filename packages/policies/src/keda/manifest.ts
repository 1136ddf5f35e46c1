import type { IssuePath } from "@replicast/sim-core";
import { behaviorFrom } from "../hpa/manifest.ts";
import type { HpaBehavior, HpaSpec } from "../hpa/spec.ts";
import { validateBehavior } from "../hpa/validate.ts";
import { FieldErrors } from "../manifest/field-errors.ts";
import type { LoadedManifest } from "../manifest/load.ts";
import { validateMetadata } from "../manifest/metadata.ts";
import { checkShape, type Report } from "../manifest/shape.ts";
import { nearest } from "../parse.ts";
import type { ZoneLookup } from "./cron.ts";
import { readCron } from "./cron-trigger.ts";
import { generatedHpa } from "./hpa-spec.ts";
import { readModifiers } from "./modifiers.ts";
import { readPrometheus } from "./prometheus.ts";
import { type RawScaledObject, type RawScaledObjectSpec, type RawTrigger, SCALED_OBJECT_SHAPE } from "./raw.ts";
import { readResource } from "./resource-trigger.ts";
import { roundToMilli } from "./round.ts";
import { KEDA_DEFAULTS, type KedaAnnotations, type KedaFallback, type KedaSpec, type KedaTrigger, type ScalingModifiers } from "./spec.ts";
import { validateScaledObject } from "./validate.ts";

/** The API group and version this reader knows. */
export const SCALED_OBJECT_KIND = { kind: "ScaledObject", apiVersion: "keda.sh/v1alpha1" } as const;

/** A ScaledObject and the HPA that KEDA makes of it. */
export interface ScaledObject {
  readonly spec: KedaSpec;
  readonly hpa: HpaSpec;
}

const TRIGGER_TYPES: readonly string[] = ["prometheus", "cron", "cpu", "memory"];

/**
 * Decodes, defaults and validates a ScaledObject, as CRD schema, admission webhook and operator do together.
 *
 * @returns undefined when an error was reported; codes `manifest_field_*` and `keda_*`
 */
export function readScaledObject({ value, report }: LoadedManifest, lookup: ZoneLookup): ScaledObject | undefined {
  let refused = false;
  const watch: Report = (issue) => {
    refused ||= issue.severity !== "warning";
    report(issue);
  };
  checkShape(value, SCALED_OBJECT_SHAPE, [], watch);
  if (refused) return undefined;
  const { metadata, spec: raw } = value as RawScaledObject;
  const errors = new FieldErrors(watch);
  validateMetadata(metadata ?? {}, ["metadata"], errors);
  validateScaledObject(metadata?.name ?? "", raw ?? {}, errors);
  const config = raw?.advanced?.horizontalPodAutoscalerConfig;
  validateBehavior(config?.behavior, ["spec", "advanced", "horizontalPodAutoscalerConfig", "behavior"], errors);
  const scalingModifiers = readModifiers(raw ?? {}, errors);
  const triggers = readTriggers(raw?.triggers ?? [], errors, watch, lookup);
  if (refused) return undefined;
  const spec = specFrom(raw ?? {}, triggers, scalingModifiers, annotationsFrom(metadata?.annotations ?? {}, watch));
  const hpa = generatedHpa(spec, pausedBehavior(spec.annotations, config?.behavior == null ? undefined : behaviorFrom(config.behavior)));
  checkTargets(spec, errors);
  return refused ? undefined : { spec, hpa };
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

function readTriggers(raw: readonly RawTrigger[], errors: FieldErrors, report: Report, lookup: ZoneLookup): readonly KedaTrigger[] {
  const triggers: KedaTrigger[] = [];
  for (const [index, trigger] of raw.entries()) {
    const path = ["spec", "triggers", index];
    const read = readTrigger(trigger, index, path, errors, report, lookup);
    if (read !== undefined) triggers.push(read);
  }
  return triggers;
}

function readTrigger(
  trigger: RawTrigger,
  index: number,
  path: IssuePath,
  errors: FieldErrors,
  report: Report,
  lookup: ZoneLookup,
): KedaTrigger | undefined {
  const type = trigger.type ?? "";
  switch (type) {
    case "":
      return undefined;
    case "prometheus":
      return readPrometheus(trigger, index, path, errors);
    case "cron":
      return readCron(trigger, { index, path, errors, report, lookup });
    case "cpu":
    case "memory":
      return readResource(trigger, type, path, errors);
    default: {
      const near = nearest(type, TRIGGER_TYPES);
      const data = { type, supported: TRIGGER_TYPES, ...(near === undefined ? {} : { near }) };
      report({ code: "keda_trigger_unsupported", path: [...path, "type"], data });
      return undefined;
    }
  }
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

/** KEDA accepts these, but the API server refuses the HPA made of them. */
function checkTargets(spec: KedaSpec, errors: FieldErrors): void {
  const { scalingModifiers } = spec;
  const needed = "the generated HPA needs a positive target; KEDA rounds to thousandths";
  if (scalingModifiers !== undefined) {
    const path = ["spec", "advanced", "scalingModifiers", "target"];
    if (roundToMilli(scalingModifiers.target) <= 0n) errors.invalid(path, String(scalingModifiers.target), needed);
    return;
  }
  for (const [index, trigger] of spec.triggers.entries()) {
    if (trigger.type !== "prometheus" || trigger.threshold >= 0.0005) continue;
    const path = ["spec", "triggers", index, "metadata", "threshold"];
    errors.invalid(path, String(trigger.threshold), needed);
  }
}

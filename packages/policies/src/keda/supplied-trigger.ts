import type { IssuePath, MetricAnswer } from "@replicast/sim-core";
import type { FieldErrors } from "../manifest/field-errors.ts";
import { normalizedName } from "./metric-name.ts";
import { metricTypeOf } from "./metric-type.ts";
import { readNumber } from "./number.ts";
import type { TriggerReading } from "./prometheus.ts";
import type { RawTrigger } from "./raw.ts";
import { TARGET_KEYS } from "./scaler-types.ts";
import type { SuppliedTrigger } from "./spec.ts";

/** Metadata without which KEDA does not build the scaler, for the types whose vectors say so. */
const REQUIRED: { readonly [type: string]: readonly string[] } = {
  "kubernetes-workload": ["podSelector", "value"],
  "metrics-api": ["url", "valueLocation", "targetValue"],
};

/** Where in the manifest a trigger stands. */
export interface TriggerPlace {
  /** Index in `spec.triggers`, a part of the metric's name. */
  readonly index: number;
  readonly path: IssuePath;
  /** Namespace of the ScaledObject. */
  readonly namespace: string;
}

/**
 * Reads a trigger whose source lies outside of the simulation: the manifest says what one replica takes, the scenario what there is.
 *
 * @see keda v2.20 pkg/scalers/kubernetes_workload_scaler.go and metrics_api_scaler.go for the names of the metrics
 */
export function readSupplied(trigger: RawTrigger, scaler: string, place: TriggerPlace, errors: FieldErrors): SuppliedTrigger | undefined {
  const before = errors.count;
  const { index, path } = place;
  const metadata = trigger.metadata ?? {};
  const at = [...path, "metadata"];
  const metricType = metricTypeOf(trigger, path, errors);
  for (const key of REQUIRED[scaler] ?? []) {
    if ((metadata[key] ?? "") === "") errors.required([...at, key], `the ${scaler} trigger needs it`);
  }
  const keys = TARGET_KEYS[scaler];
  const threshold = keys && readNumber(metadata, keys.target, at, errors);
  const activationThreshold = keys && readNumber(metadata, keys.activation, at, errors);
  if (scaler === "kubernetes-workload" && threshold !== undefined && threshold <= 0) {
    errors.invalid([...at, "value"], metadata["value"] ?? "", "must be a number above 0");
  }
  if (errors.count > before || metricType === undefined) return undefined;
  const name = trigger.name ?? "";
  const { podSelector = "" } = metadata;
  return {
    type: "supplied",
    scaler,
    ...(name === "" ? {} : { name }),
    metricName: `s${index}-${normalizedName(plainName(scaler, metadata, place.namespace))}`,
    metricType,
    useCachedMetrics: trigger.useCachedMetrics ?? false,
    ...(threshold === undefined ? {} : { threshold }),
    activationThreshold: activationThreshold ?? 0,
    ...(podSelector === "" ? {} : { podSelector }),
  };
}

function plainName(scaler: string, metadata: Readonly<Record<string, string>>, namespace: string): string {
  if (scaler === "kubernetes-workload") return `workload-${namespace}`;
  if (scaler === "metrics-api") return `metric-api-${metadata["valueLocation"] ?? ""}`;
  return scaler;
}

/** What a supplied trigger's value may come from. */
export interface SuppliedInput {
  /** Answer to the scenario's query. */
  readonly answer: MetricAnswer | undefined;
  readonly nowSeconds: number;
  /** Pods of the scale target that have not ended. */
  readonly existingPods: number;
}

/** Value and activity of a trigger from what the scenario supplies. A query must give one number. */
export function evaluateSupplied(trigger: SuppliedTrigger, input: SuppliedInput): TriggerReading {
  const { source } = trigger;
  switch (source?.kind) {
    case undefined:
      return { ok: false, error: `nothing supplies values for the ${trigger.scaler} trigger` };
    case "pods":
      return readingOf(trigger, input.existingPods);
    case "series": {
      const value = source.points.findLast(([atSeconds]) => atSeconds <= input.nowSeconds)?.[1];
      return typeof value === "number" ? readingOf(trigger, value) : { ok: false, error: "the supplied series says that the source fails" };
    }
    case "query":
      return fromAnswer(trigger, input.answer);
  }
}

function fromAnswer(trigger: SuppliedTrigger, answer: MetricAnswer | undefined): TriggerReading {
  if (answer === undefined) return { ok: false, error: "the query was not asked" };
  if (!answer.ok) return { ok: false, error: answer.error };
  const [element, ...more] = answer.elements;
  if (element === undefined || more.length > 0 || !Number.isFinite(element.value)) {
    const what = element === undefined ? "nothing" : more.length > 0 ? `${answer.elements.length} elements` : String(element.value);
    return { ok: false, error: `the supplied query gives ${what} instead of one number` };
  }
  return readingOf(trigger, element.value);
}

function readingOf({ activationThreshold }: SuppliedTrigger, value: number): TriggerReading {
  return { ok: true, value, active: value > activationThreshold };
}

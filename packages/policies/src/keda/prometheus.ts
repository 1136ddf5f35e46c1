import type { IssuePath, MetricAnswer } from "@replicast/sim-core";
import type { FieldErrors } from "../manifest/field-errors.ts";
import { metricTypeOf } from "./metric-type.ts";
import { readNumber } from "./number.ts";
import type { RawTrigger } from "./raw.ts";
import type { PrometheusTrigger } from "./spec.ts";

/** A trigger's value, or why there is none. */
export type TriggerReading =
  | { readonly ok: true; readonly value: number; readonly active: boolean; readonly ageSeconds?: number }
  | { readonly ok: false; readonly error: string };

/** @see Go strconv.ParseBool */
const TRUE: readonly string[] = ["1", "t", "T", "TRUE", "true", "True"];
const FALSE: readonly string[] = ["0", "f", "F", "FALSE", "false", "False"];

/**
 * Reads the metadata of a prometheus trigger.
 *
 * @param index - place in `spec.triggers`, a part of the metric's name
 * @see keda v2.20 pkg/scalers/prometheus_scaler.go
 */
export function readPrometheus(trigger: RawTrigger, index: number, path: IssuePath, errors: FieldErrors): PrometheusTrigger | undefined {
  const before = errors.count;
  const metadata = trigger.metadata ?? {};
  const at = [...path, "metadata"];
  const metricType = metricTypeOf(trigger, path, errors);
  for (const key of ["serverAddress", "query", "threshold"] as const) {
    if ((metadata[key] ?? "") === "") errors.required([...at, key], "the prometheus trigger needs it");
  }
  const threshold = readNumber(metadata, "threshold", at, errors);
  const activationThreshold = readNumber(metadata, "activationThreshold", at, errors) ?? 0;
  const ignoreNullValues = readBoolean(metadata, "ignoreNullValues", at, errors) ?? true;
  readBoolean(metadata, "unsafeSsl", at, errors);
  if (errors.count > before || metricType === undefined || threshold === undefined) return undefined;
  const query = metadata["query"] ?? "";
  const metricName = `s${index}-prometheus`;
  const useCachedMetrics = trigger.useCachedMetrics ?? false;
  const name = trigger.name ?? "";
  const named = name === "" ? {} : { name };
  return {
    type: "prometheus",
    ...named,
    metricName,
    metricType,
    query,
    useCachedMetrics,
    threshold,
    activationThreshold,
    ignoreNullValues,
  };
}

/**
 * Value and activity of a prometheus trigger from the answer to its query. Activity compares the unrounded value.
 *
 * @see keda v2.20 pkg/scalers/prometheus_scaler.go, ExecutePromQuery and GetMetricsAndActivity
 */
export function evaluatePrometheus(trigger: PrometheusTrigger, answer: MetricAnswer | undefined): TriggerReading {
  if (answer === undefined) return { ok: false, error: "the query was not asked" };
  if (!answer.ok) return { ok: false, error: answer.error };
  if (answer.scalar === true) return { ok: false, error: "the query yields a scalar, which the prometheus trigger cannot decode" };
  const [element, ...more] = answer.elements;
  if (more.length > 0) return { ok: false, error: `prometheus query ${trigger.query} returned multiple elements` };
  if (element === undefined || !Number.isFinite(element.value)) {
    const what = element === undefined ? "an empty result" : String(element.value);
    return trigger.ignoreNullValues ? reading(trigger, 0, undefined) : { ok: false, error: `prometheus query returns ${what}` };
  }
  return reading(trigger, element.value, answer.ageSeconds);
}

function reading(trigger: PrometheusTrigger, value: number, ageSeconds: number | undefined): TriggerReading {
  return { ok: true, value, active: value > trigger.activationThreshold, ...(ageSeconds === undefined ? {} : { ageSeconds }) };
}

function readBoolean(metadata: Readonly<Record<string, string>>, key: string, path: IssuePath, errors: FieldErrors): boolean | undefined {
  const text = metadata[key] ?? "";
  if (text === "") return undefined;
  if (TRUE.includes(text)) return true;
  if (!FALSE.includes(text)) errors.invalid([...path, key], text, 'must be "true" or "false"');
  return false;
}

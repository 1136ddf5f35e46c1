import type { IssuePath } from "@replicast/sim-core";
import type { FieldErrors } from "../manifest/field-errors.ts";
import type { RawTrigger } from "./raw.ts";
import { EXTERNAL_METRIC_TYPES, type KedaMetricType } from "./spec.ts";

/**
 * Target type of an external trigger. Of other names KEDA refuses only Utilization; the rest it passes on to the HPA, which the API server
 * then refuses.
 *
 * @see keda v2.20 pkg/scalers/scaler.go, GetMetricTargetType
 */
export function metricTypeOf(trigger: RawTrigger, path: IssuePath, errors: FieldErrors): KedaMetricType | undefined {
  const type = trigger.metricType ?? "";
  if (type === "") return "AverageValue";
  if (type !== "Utilization") return type;
  errors.notSupported([...path, "metricType"], type, EXTERNAL_METRIC_TYPES);
  return undefined;
}

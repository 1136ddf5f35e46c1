import type { IssuePath } from "@replicast/sim-core";
import type { FieldErrors } from "../manifest/field-errors.ts";
import type { RawTrigger } from "./raw.ts";
import type { KedaMetricType } from "./spec.ts";

/** Target type of an external trigger. @see keda v2.20 pkg/scalers/scaler.go, GetMetricTargetType */
export function metricTypeOf(trigger: RawTrigger, path: IssuePath, errors: FieldErrors): KedaMetricType | undefined {
  const type = trigger.metricType ?? "";
  if (type === "" || type === "AverageValue") return "AverageValue";
  if (type === "Value") return "Value";
  errors.notSupported([...path, "metricType"], type, ["AverageValue", "Value"]);
  return undefined;
}

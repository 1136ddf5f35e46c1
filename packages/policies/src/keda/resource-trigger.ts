import type { IssuePath } from "@replicast/sim-core";
import { parseQuantity, quantityMilli } from "@replicast/sim-core";
import type { FieldErrors } from "../manifest/field-errors.ts";
import type { RawTrigger } from "./raw.ts";
import type { ResourceTrigger } from "./spec.ts";

/**
 * Reads a cpu or memory trigger: KEDA only turns it into a Resource metric of the HPA.
 *
 * @see keda v2.20 pkg/scalers/cpu_memory_scaler.go
 */
export function readResource(
  trigger: RawTrigger,
  resource: "cpu" | "memory",
  path: IssuePath,
  errors: FieldErrors,
): ResourceTrigger | undefined {
  const metadata = trigger.metadata ?? {};
  const text = metadata["value"] ?? "";
  const container = metadata["containerName"] ?? "";
  const type = trigger.metricType ?? "";
  const at = [...path, "metadata", "value"];
  const base = { type: "resource", resource, ...(container === "" ? {} : { container }) } as const;
  if (text === "") errors.required(at, `the ${resource} trigger needs it`);
  else if (type === "Utilization") {
    if (/^[+-]?\d+$/.test(text)) return { ...base, averageUtilization: Number(text) };
    errors.invalid(at, text, "must be a whole number of percent");
  } else if (type === "AverageValue") {
    const quantity = parseQuantity(text);
    if (quantity !== undefined) return { ...base, averageValueMilli: quantityMilli(quantity).toString() };
    errors.invalid(at, text, "must be a quantity");
  } else errors.notSupported([...path, "metricType"], type, ["Utilization", "AverageValue"]);
  return undefined;
}

import type { IssuePath } from "@replicast/sim-core";
import { type FieldErrors, pathSegmentProblem } from "../manifest/field-errors.ts";
import type { RawObjectReference } from "./raw.ts";

/**
 * Validates a reference to another object.
 *
 * @param needsGroup - a scale target must name its API group, but for a ReplicationController
 * @see kubernetes v1.37 pkg/apis/autoscaling/validation/validation.go, ValidateCrossVersionObjectReference
 */
export function validateReference(reference: RawObjectReference, path: IssuePath, needsGroup: boolean, errors: FieldErrors): void {
  for (const key of ["kind", "name"] as const) {
    const value = reference[key] ?? "";
    const problem = pathSegmentProblem(value);
    if (value === "") errors.required([...path, key]);
    else if (problem !== undefined) errors.invalid([...path, key], value, problem);
  }
  const apiVersion = reference.apiVersion ?? "";
  const slashes = apiVersion.split("/").length - 1;
  if (slashes > 1) errors.invalid([...path, "apiVersion"], apiVersion, `unexpected GroupVersion string: ${apiVersion}`);
  else if (needsGroup && slashes === 0 && reference.kind !== "ReplicationController") {
    errors.invalid([...path, "apiVersion"], apiVersion, "apiVersion must specify API group");
  }
}

import type { IssuePath, Json } from "../../errors.ts";
import type { ManifestObject } from "./documents.ts";
import { type Node, textAt, valueAt } from "./node.ts";
import { ObjectErrors } from "./object-shape.ts";
import type { Stated } from "./stated.ts";

const ROLLING = ["spec", "strategy", "rollingUpdate"] as const;
/** @see apps/v1 Deployment: maxSurge and maxUnavailable 25%, progressDeadlineSeconds 600 */
const DEFAULT_AMOUNT = "25%";
const PROGRESS_DEADLINE_SECONDS = 600;

/** Reads how a Deployment replaces its pods; what the API server would refuse is an error in its words. */
export function readStrategy(object: ManifestObject, stated: Stated): void {
  const errors = new ObjectErrors(object);
  const { value } = object;
  const type = textAt(value, ["spec", "strategy", "type"]);
  if (type !== undefined && type !== "Recreate" && type !== "RollingUpdate")
    errors.notSupported(["spec", "strategy", "type"], type, ["Recreate", "RollingUpdate"]);
  else if (type !== undefined) stated.set(["strategy", "type"], type, ["spec", "strategy", "type"]);
  if (type === "Recreate") {
    if (valueAt(value, ROLLING) !== undefined && valueAt(value, ROLLING) !== null)
      errors.add(ROLLING, "Forbidden: may not be specified when strategy `type` is 'Recreate'");
  } else readAmounts(value, stated, errors);
  readTimes(value, stated, errors);
  stated.issues.push(...errors.issues);
}

function readAmounts(value: Node, stated: Stated, errors: ObjectErrors): void {
  const read = (key: "maxSurge" | "maxUnavailable"): string | number => {
    const amount = readAmount(value, [...ROLLING, key], key === "maxUnavailable", errors);
    if (amount !== undefined) stated.set(["strategy", key], amount, [...ROLLING, key]);
    return amount ?? DEFAULT_AMOUNT;
  };
  const [surge, unavailable] = [read("maxSurge"), read("maxUnavailable")];
  if (isZero(surge) && isZero(unavailable))
    errors.invalid([...ROLLING, "maxUnavailable"], unavailable, "may not be 0 when `maxSurge` is 0");
}

const isZero = (amount: string | number): boolean => amount === 0 || amount === "0%";

/**
 * A number of pods or a percentage; undefined where nothing is written, or nothing that the API server takes.
 * @see kubernetes pkg/apis/apps/validation: ValidatePositiveIntOrPercent, IsNotMoreThan100Percent
 */
export function readAmount(value: unknown, path: IssuePath, isAtMostAll: boolean, errors: ObjectErrors): string | number | undefined {
  const written = valueAt(value, path);
  if (written === undefined || written === null) return undefined;
  if (typeof written === "number" && Number.isInteger(written) && written >= 0) return written;
  if (typeof written === "number") errors.invalid(path, written, "must be greater than or equal to 0");
  else if (typeof written !== "string") errors.invalid(path, typeof written, "must be an integer or percentage (e.g '5%')");
  else if (!/^[0-9]+%$/.test(written))
    errors.invalid(path, written, "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%', or '93%')");
  else if (isAtMostAll && Number(written.slice(0, -1)) > 100) errors.invalid(path, written, "must not be greater than 100%");
  else return written;
  return undefined;
}

function readTimes(value: Node, stated: Stated, errors: ObjectErrors): void {
  const read = (key: string): number | undefined => {
    const written = valueAt(value, ["spec", key]);
    if (written === undefined || written === null) return undefined;
    if (typeof written === "number" && Number.isInteger(written) && written >= 0) return written;
    errors.invalid(["spec", key], written as Json, "must be greater than or equal to 0");
    return undefined;
  };
  const [ready, deadline] = [read("minReadySeconds"), read("progressDeadlineSeconds")];
  if (ready !== undefined) stated.set(["strategy", "minReady"], `${ready}s`, ["spec", "minReadySeconds"]);
  if (deadline !== undefined) stated.set(["strategy", "progressDeadline"], `${deadline}s`, ["spec", "progressDeadlineSeconds"]);
  if ((deadline ?? PROGRESS_DEADLINE_SECONDS) <= (ready ?? 0))
    errors.invalid(["spec", "progressDeadlineSeconds"], deadline ?? PROGRESS_DEADLINE_SECONDS, "must be greater than minReadySeconds");
}

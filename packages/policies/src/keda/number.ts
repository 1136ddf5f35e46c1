import type { IssuePath } from "@replicast/sim-core";
import type { FieldErrors } from "../manifest/field-errors.ts";

/** The operator reads numbers as JSON does: `5`, `0.5`, `1e3`, no suffixes. */
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/** A number in a trigger's metadata; undefined when it is absent or was refused. */
export function readNumber(
  metadata: Readonly<Record<string, string>>,
  key: string,
  path: IssuePath,
  errors: FieldErrors,
): number | undefined {
  const text = metadata[key] ?? "";
  if (text === "") return undefined;
  if (NUMBER.test(text.trim())) return Number(text);
  errors.invalid([...path, key], text, "must be a plain number, without a suffix");
  return undefined;
}

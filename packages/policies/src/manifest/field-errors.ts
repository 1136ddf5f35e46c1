import type { IssuePath, Json } from "@replicast/sim-core";
import { fieldName, type Report } from "./shape.ts";

/**
 * Reports what an API server's validation finds, in its own words: users search for them.
 *
 * @see apimachinery pkg/util/validation/field/errors.go
 */
export class FieldErrors {
  readonly #report: Report;
  readonly #data: { readonly [key: string]: Json };
  /** Errors reported so far. */
  count = 0;

  /** @param data - what each issue says besides: who refuses */
  constructor(report: Report, data: { readonly [key: string]: Json } = {}) {
    this.#report = report;
    this.#data = data;
  }

  /** A value that must be there is not. */
  required(path: IssuePath, detail = ""): void {
    this.#add("manifest_field_required", path, detail === "" ? "Required value" : `Required value: ${detail}`);
  }

  /** A value is out of range or malformed. */
  invalid(path: IssuePath, value: string | number, detail: string): void {
    this.#add("manifest_field_invalid", path, `Invalid value: ${JSON.stringify(value)}: ${detail}`);
  }

  /** A value is not one of a fixed set. */
  notSupported(path: IssuePath, value: string, supported: readonly string[]): void {
    const list = supported.map((entry) => `"${entry}"`).join(", ");
    this.#add("manifest_field_not_supported", path, `Unsupported value: ${JSON.stringify(value)}: supported values: ${list}`);
  }

  /** A value may not be there. */
  forbidden(path: IssuePath, detail: string): void {
    this.#add("manifest_field_forbidden", path, `Forbidden: ${detail}`);
  }

  #add(code: string, path: IssuePath, detail: string): void {
    this.count += 1;
    this.#report({ code, path, data: { field: fieldName(path), detail, ...this.#data } });
  }
}

/** What is wrong with a name that becomes a part of an API path. @see apimachinery pkg/api/validation/path/name.go */
export function pathSegmentProblem(name: string): string | undefined {
  if (name === "." || name === "..") return `may not be '${name}'`;
  if (name.includes("/")) return "may not contain '/'";
  return name.includes("%") ? "may not contain '%'" : undefined;
}

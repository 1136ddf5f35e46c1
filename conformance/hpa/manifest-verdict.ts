import { mismatch } from "../mismatch.ts";
import type { VectorKind } from "../suite.ts";
import { readHpa } from "./manifests.ts";

interface ManifestCase {
  readonly name: string;
  readonly manifest: string;
  readonly expected: {
    readonly valid: boolean;
    readonly errors?: readonly { readonly type: string; readonly field: string; readonly message: string }[];
    readonly strictErrors?: readonly string[];
    readonly defaulted?: unknown;
  };
}

const TYPE_OF_CODE: Readonly<Record<string, string>> = {
  manifest_field_required: "FieldValueRequired",
  manifest_field_invalid: "FieldValueInvalid",
  manifest_field_not_supported: "FieldValueNotSupported",
  manifest_field_forbidden: "FieldValueForbidden",
};

const sorted = (lines: readonly string[]): readonly string[] => [...lines].sort();

function check({ manifest, expected }: ManifestCase): string | undefined {
  const { spec, issues } = readHpa(manifest);
  const errors = issues.filter(({ severity }) => severity !== "warning");
  const warnings = issues.length - errors.length;
  const wrong = mismatch(["valid", expected.valid, spec !== undefined], ["strictErrors", (expected.strictErrors ?? []).length, warnings]);
  if (wrong !== undefined) return wrong;
  // The stored object read again must mean the same: defaults were filled in as the server does.
  if (expected.valid) return mismatch(["defaulted", readHpa(JSON.stringify(expected.defaulted)).spec, spec]);
  // Decoding stops at the first error, which has no field.
  if (expected.errors === undefined) return mismatch(["errors", true, errors.length > 0]);
  const wanted = expected.errors.map(({ type, field, message }) => `${type} ${field} ${message}`);
  const got = errors.map(({ code, data }) => `${TYPE_OF_CODE[code]} ${data?.["field"]} ${data?.["detail"]}`);
  return mismatch(["errors", sorted(wanted), sorted(got)]);
}

/** A manifest → verdict, errors, defaulted object. */
export const manifestVerdict: VectorKind<ManifestCase> = {
  kind: "manifests",
  recognises: (vector) => typeof vector["manifest"] === "string",
  check,
};

import { expect, it } from "vitest";
import { readHpa } from "./manifests.ts";
import { failures, readVectors } from "./vectors.ts";

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

function passes({ manifest, expected }: ManifestCase): boolean {
  const { spec, issues } = readHpa(manifest);
  const warnings = issues.filter(({ severity }) => severity === "warning");
  if (warnings.length !== (expected.strictErrors ?? []).length) return false;
  if (expected.valid) {
    // The stored object read again must mean the same: defaults were filled in as the server does.
    const again = readHpa(JSON.stringify(expected.defaulted));
    expect(spec).toEqual(again.spec);
    return spec !== undefined;
  }
  const errors = issues.filter(({ severity }) => severity !== "warning");
  if (expected.errors === undefined) return spec === undefined && errors.length > 0;
  const found = errors.map(({ code, data }) => `${TYPE_OF_CODE[code]} ${data?.["field"]} ${data?.["detail"]}`);
  expect(sorted(found)).toEqual(sorted(expected.errors.map(({ type, field, message }) => `${type} ${field} ${message}`)));
  return spec === undefined;
}

it("accepts, defaults and refuses manifests as the API server does, in its words", () => {
  const cases = readVectors<ManifestCase>("hpa/manifests.jsonl");
  expect(failures(cases, passes)).toEqual([]);
  expect(cases.length).toBe(96);
});

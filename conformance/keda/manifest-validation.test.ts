import { expect, it } from "vitest";
import { failures, readVectors } from "../hpa/vectors.ts";
import { readObject } from "./scaled-objects.ts";

interface ManifestCase {
  readonly name: string;
  readonly inputs: { readonly object: Readonly<Record<string, unknown>> };
  readonly expected: { readonly valid: boolean; readonly prunedFields?: readonly string[] };
}

/** Where the verdict differs, with the reason. */
const DIFFERENT: Readonly<Record<string, string>> = {
  "manifest-ok-threshold-negative": "the API server refuses the generated HPA: its target is 0",
  "manifest-ok-target-zero-threshold": "the API server refuses the generated HPA: its target is 0",
  "manifest-bad-memory-no-request": "the reader does not see the target's containers",
  "manifest-bad-other-so-same-target": "the reader sees one object only",
  "manifest-bad-other-so-same-hpa-name": "the reader sees one object only",
  "manifest-bad-transfer-without-name": "the reader sees one object only",
  "manifest-bad-kind-not-scalable": "the scenario says what is scaled",
  "manifest-bad-kind-unknown": "the scenario says what is scaled",
  "manifest-bad-target-not-found": "the scenario says what is scaled",
};

function passes({ inputs, expected }: ManifestCase): boolean {
  const { object, issues } = readObject(inputs.object);
  const unknown = issues.filter(({ code }) => code === "manifest_unknown_field").map(({ data }) => data?.["field"]);
  return (object !== undefined) === expected.valid && unknown.length === (expected.prunedFields ?? []).length;
}

it("accepts and refuses ScaledObjects as schema, webhook and operator together do", () => {
  const cases = readVectors<ManifestCase>("keda/manifest-validation.jsonl");
  expect(failures(cases, passes)).toEqual(Object.keys(DIFFERENT));
  expect(cases.length).toBe(81);
});

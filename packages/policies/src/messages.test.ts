import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { policyMessages } from "./messages.ts";

const sources = ["hpa", "keda", "manifest"].flatMap((folder) => {
  const url = new URL(`./${folder}/`, import.meta.url);
  const files = readdirSync(url).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
  return files.map((name) => readFileSync(new URL(name, url), "utf8"));
});

it("has a text and a hint for every code that is raised, and for no other", () => {
  const raised = sources.flatMap((source) => source.match(/"(manifest|policy|hpa|keda)_[a-z_]+"/g) ?? []).map((code) => code.slice(1, -1));
  expect([...new Set(raised)].sort()).toEqual(Object.keys(policyMessages).sort());
  for (const [code, message] of Object.entries(policyMessages)) {
    const { text, hint } = message({ code, path: [], data: { field: "spec.field", detail: "Required value", option: "tolerance" } });
    expect(text.length).toBeGreaterThan(10);
    expect(hint.length).toBeGreaterThan(10);
  }
});

it("offers what was probably meant", () => {
  const data = { field: "spec.maxReplica", near: "maxReplicas" };
  expect(policyMessages["manifest_unknown_field"]?.({ code: "manifest_unknown_field", path: [], data })).toEqual({
    text: "spec.maxReplica is no field of this object: kubectl refuses it, and the API server by itself drops it",
    hint: 'did you mean "maxReplicas"?',
  });
});

it.each([
  { wanted: "HorizontalPodAutoscaler", found: ["ScaledObject chat"], hint: "kind: keda reads a ScaledObject" },
  { wanted: "ScaledObject", found: ["HorizontalPodAutoscaler chat"], hint: "kind: hpa reads a HorizontalPodAutoscaler" },
  { wanted: "ScaledObject", found: ["Service chat"], hint: "give the file that holds the ScaledObject" },
])("of a file with $found and no $wanted says: $hint", ({ wanted, found, hint }) => {
  expect(policyMessages["manifest_kind_missing"]?.({ code: "manifest_kind_missing", path: [], data: { wanted, found } }).hint).toBe(hint);
});

it("proposes no release of Kubernetes that only looks like the one named", () => {
  const data = { actual: "1.40", known: ["1.30", "1.37"] };
  expect(policyMessages["hpa_kubernetes_unknown"]?.({ code: "hpa_kubernetes_unknown", path: [], data }).hint).toBe(
    "use one of: 1.30, 1.37",
  );
});

import type { Issue } from "@replicast/sim-core";
import fc from "fast-check";
import { expect, it } from "vitest";
import { readHpaSpec } from "../hpa/manifest.ts";
import { readScaledObject } from "../keda/manifest.ts";
import { checkShape, clearOfIllTyped, fieldName, type Shape } from "./shape.ts";

const SHAPE: Shape = {
  fields: { count: "int32", size: "quantity", names: { list: "string" }, labels: "strings", free: "any", on: "boolean" },
};

const check = (value: unknown): readonly string[] => {
  const issues: Issue[] = [];
  checkShape(value, SHAPE, ["spec"], (issue) => issues.push(issue));
  return issues.map(({ code, path }) => `${code} ${fieldName(path)}`);
};

it.each([
  { value: { count: 3, size: 1.5, names: ["a"], labels: { a: "b" }, free: [{}], on: true }, finds: [] },
  { value: { count: null, size: "80Gi" }, finds: [] },
  { value: { count: "3" }, finds: ["manifest_field_type spec.count"] },
  { value: { count: 2_147_483_648 }, finds: ["manifest_field_type spec.count"] },
  { value: { count: 1.5 }, finds: ["manifest_field_type spec.count"] },
  { value: { size: "10%" }, finds: ["manifest_field_type spec.size"] },
  { value: { names: ["a", 1] }, finds: ["manifest_field_type spec.names[1]"] },
  { value: { names: { a: 1 } }, finds: ["manifest_field_type spec.names"] },
  { value: { labels: { a: true } }, finds: ["manifest_field_type spec.labels.a"] },
  { value: { labels: ["a"] }, finds: ["manifest_field_type spec.labels"] },
  { value: { cuont: 1 }, finds: ["manifest_unknown_field spec.cuont"] },
  { value: [], finds: ["manifest_field_type spec"] },
])("finds $finds in $value", ({ value, finds }) => {
  expect(check(value)).toEqual(finds);
});

it("warns about an unknown field with the one that was probably meant", () => {
  const issues: Issue[] = [];
  checkShape({ cuont: 1 }, SHAPE, [], (issue) => issues.push(issue));
  expect(issues).toMatchObject([{ severity: "warning", data: { field: "cuont", near: "count" } }]);
});

it("keeps what is well typed, at its place, and drops what validation says of the rest", () => {
  const issues: Issue[] = [];
  const { value, report } = clearOfIllTyped({ count: "3", size: 2, names: ["a", 1, "c"] }, SHAPE, (issue) => issues.push(issue));
  expect(value).toEqual({ size: 2, names: ["a", "", "c"] });
  for (const path of [["count"], ["names", 1], ["names"], ["size"], ["names", 2]])
    report({ code: "manifest_field_invalid", path, data: {} });
  expect(issues.slice(2).map(({ path }) => fieldName(path))).toEqual(["size", "names[2]"]);
});

const HPA = {
  metadata: { name: "chat" },
  spec: {
    scaleTargetRef: { kind: "Deployment", name: "chat", apiVersion: "apps/v1" },
    minReplicas: 2,
    maxReplicas: 8,
    metrics: [
      {
        type: "Pods",
        pods: { metric: { name: "m", selector: { matchLabels: { a: "b" } } }, target: { type: "AverageValue", averageValue: "5" } },
      },
    ],
    behavior: { scaleUp: { policies: [{ type: "Pods", value: 1, periodSeconds: 15 }], tolerance: "0.1" } },
  },
};
const SCALED_OBJECT = {
  metadata: { name: "chat", annotations: { "autoscaling.keda.sh/paused": "false" } },
  spec: {
    scaleTargetRef: { name: "chat" },
    pollingInterval: 30,
    triggers: [{ type: "prometheus", metadata: { serverAddress: "http://p", query: "up", threshold: "5" } }],
    advanced: { scalingModifiers: { formula: "a + 1", target: "2" } },
  },
};
const readHpa = (value: Readonly<Record<string, unknown>>, report: (issue: Issue) => void): void => {
  readHpaSpec({ value, report });
};
const readKeda = (value: Readonly<Record<string, unknown>>, report: (issue: Issue) => void): void => {
  readScaledObject({ value, report }, { lookup: (timeZone) => ({ timeZone, fromEpochSeconds: [0], offsetSeconds: [0] }) });
};

it("tells faults of values beside faults of types", () => {
  const codes: string[] = [];
  const spec = { ...HPA.spec, minReplicas: "2", maxReplicas: -1 };
  readHpa({ ...HPA, spec }, ({ code, path }) => codes.push(`${code} ${fieldName(path)}`));
  expect([...new Set(codes)]).toEqual(["manifest_field_type spec.minReplicas", "manifest_field_invalid spec.maxReplicas"]);
});

it.each([
  { kind: "an HPA", object: HPA, read: readHpa },
  { kind: "a ScaledObject", object: SCALED_OBJECT, read: readKeda },
])("lets no value of any type anywhere in $kind break validation", ({ object, read }) => {
  const odd = fc.constantFrom<unknown>(null, true, 1.5, -1, "", "x", [], {}, [null], [[]], { a: [] });
  fc.assert(
    fc.property(fc.nat(), odd, fc.nat(), odd, (first, value, second, other) => {
      const issues: Issue[] = [];
      const places = placesOf(object);
      const once = replaced(object, places[first % places.length] as Place, value);
      read(replaced(once, places[second % places.length] as Place, other) as Readonly<Record<string, unknown>>, (issue) =>
        issues.push(issue),
      );
      for (const { code } of issues) expect(code).toMatch(/^(manifest|hpa|keda)_/);
    }),
    { numRuns: 500 },
  );
});

type Place = readonly (string | number)[];

function placesOf(value: unknown): readonly Place[] {
  if (typeof value !== "object" || value === null) return [];
  const steps = Array.isArray(value) ? value.map((_, index) => index) : Object.keys(value);
  return steps.flatMap((step) => [[step], ...placesOf((value as Record<string | number, unknown>)[step]).map((rest) => [step, ...rest])]);
}

function replaced(value: unknown, [step, ...rest]: Place, by: unknown): unknown {
  if (step === undefined) return by;
  if (Array.isArray(value)) return value.map((entry: unknown, index) => (index === step ? replaced(entry, rest, by) : entry));
  if (typeof value !== "object" || value === null) return value;
  return { ...value, [step]: replaced((value as Record<string | number, unknown>)[step], rest, by) };
}

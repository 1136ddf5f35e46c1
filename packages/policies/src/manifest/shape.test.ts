import type { Issue } from "@replicast/sim-core";
import { expect, it } from "vitest";
import { checkShape, fieldName, type Shape } from "./shape.ts";

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

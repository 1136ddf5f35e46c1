import { expect, it } from "vitest";
import { readManifestFile } from "./documents.ts";

it("reads several documents and knows where each value stands", () => {
  const { documents, issues } = readManifestFile("# comment\nkind: A\n---\n---\nkind: B\nspec:\n  list:\n    - {x: 1}\n", "f.yaml");
  expect(issues).toEqual([]);
  expect(documents.map(({ kind }) => kind)).toEqual(["A", "B"]);
  const [, second] = documents;
  expect(second?.locate(["spec", "list", 0, "x"])).toEqual({ line: 8, column: 11 });
  expect(second?.locate(["spec", "list", 0, "absent"])).toEqual({ line: 8, column: 7 });
});

it("reads JSON, too, and resolves merge keys", () => {
  expect(readManifestFile('{"kind": "A"}', "f.json").documents[0]?.value).toEqual({ kind: "A" });
  expect(readManifestFile("base: &b {x: 1}\nspec: {<<: *b, y: 2}\n", "f.yaml").documents[0]?.value["spec"]).toEqual({ x: 1, y: 2 });
});

it.each([
  { text: "kind: A\n  bad: indent\n", code: "manifest_yaml_invalid", line: 1 },
  { text: "kind: A\nkind: B\n", code: "manifest_yaml_invalid", line: 2 },
  { text: "- a\n- b\n", code: "manifest_not_an_object", line: 1 },
  { text: "kind: A\nspec: { min: {{ .Values.min }} }\n", code: "manifest_yaml_invalid", line: 2 },
  { text: "kind: A\0", code: "manifest_yaml_invalid", line: 1 },
  { text: "kind: A\nspec: *nowhere\n", code: "manifest_yaml_invalid", line: 2 },
  { text: "kind: A\nspec: &s { a: *s }\n", code: "manifest_yaml_invalid", line: 2 },
])("refuses $text with $code", ({ text, code, line }) => {
  expect(readManifestFile(text, "f.yaml").issues[0]).toMatchObject({ code, file: "f.yaml", line });
});

it("does not expand a bomb of aliases", () => {
  const levels = Array.from({ length: 9 }, (_, level) => `a${level + 1}: &a${level + 1} [${Array(9).fill(`*a${level}`).join(", ")}]`);
  expect(readManifestFile(`a0: &a0 [lol]\n${levels.join("\n")}\n`, "f.yaml").issues).toMatchObject([{ code: "manifest_yaml_invalid" }]);
});

it("tells of a syntax error once, where it begins, and not of all that follows from it", () => {
  const { issues } = readManifestFile("kind: A\nspec: {\n  a: b: c\n  d: [e\nf: g: h\n", "f.yaml");
  expect(issues).toMatchObject([{ code: "manifest_yaml_invalid", line: 3 }]);
});

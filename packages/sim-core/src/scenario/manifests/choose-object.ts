import type { Issue } from "../../errors.ts";
import type { ManifestObject } from "./documents.ts";

/** The one object of a kind in a file, or the one of a name; an issue without a path where there is none, or none in particular. */
export function chooseObject(
  objects: readonly ManifestObject[],
  kind: string,
  name: string | undefined,
  file: string,
): ManifestObject | Issue {
  const all = objects.filter((object) => object.kind === kind);
  const named = all.length > 1 ? all.filter((object) => object.name === name) : all;
  const [chosen] = named;
  if (chosen !== undefined && named.length === 1) return chosen;
  const found = objects.map((object) => `${object.kind || "?"} ${object.name}`.trim());
  const code = all.length > 1 ? "object_ambiguous" : "object_not_in_file";
  return { code, path: [], file, line: 1, column: 1, data: { kind, found, ...(name === undefined ? {} : { name }) } };
}

/** An issue about an object of another API version than the one that is read; none when it is that one. */
export function versionIssues(object: ManifestObject, wanted: string): readonly Issue[] {
  if (object.apiVersion === wanted) return [];
  const data = { kind: object.kind, actual: object.apiVersion, wanted };
  return [{ code: "deployment_manifest_api_version", path: [], ...object.locate(["apiVersion"]), data }];
}

import { readHpaSpec } from "../../packages/policies/src/hpa/manifest.ts";
import type { HpaSpec } from "../../packages/policies/src/hpa/spec.ts";
import { readManifestFile } from "../../packages/policies/src/manifest/documents.ts";
import type { Issue } from "../../packages/sim-core/src/errors.ts";

/** A manifest read by the HPA reader: its spec, or what was wrong. */
export function readHpa(text: string): { readonly spec: HpaSpec | undefined; readonly issues: readonly Issue[] } {
  const { documents, issues } = readManifestFile(text, "hpa.yaml");
  const [document] = documents;
  if (document === undefined || issues.length > 0) return { spec: undefined, issues };
  const found: Issue[] = [];
  const spec = readHpaSpec({ value: document.value, report: (issue) => found.push(issue) });
  return { spec, issues: found };
}

/** A spec given as an object; throws when it is refused. */
export function specOf(spec: unknown): HpaSpec {
  const found: Issue[] = [];
  const read = readHpaSpec({ value: { metadata: { name: "llm" }, spec }, report: (issue) => found.push(issue) });
  if (read === undefined) throw new Error(JSON.stringify(found));
  return read;
}

import type { Issue, IssuePath, PolicyContext } from "@replicast/sim-core";
import { isRecord, type ManifestDocument, readManifestFile } from "./documents.ts";
import type { Report } from "./shape.ts";

/** Which object a policy reads. */
export interface ManifestKind {
  readonly kind: string;
  readonly apiVersion: string;
}

/** The object a policy's entry names, and how its issues are told. */
export interface LoadedManifest {
  readonly value: { readonly [key: string]: unknown };
  /** Other objects of the same file: what admission may look at. */
  readonly others?: readonly { readonly [key: string]: unknown }[];
  /** Adds an issue whose path starts at the object's root; completes file and position. */
  readonly report: Report;
}

/** Nobody here asks for a password. */
const CREDENTIALS: readonly string[] = ["TriggerAuthentication", "ClusterTriggerAuthentication"];

/**
 * Finds the object for a policy's scenario entry: from the file named by `manifest`, or inline from `spec`.
 *
 * @param raw - the scenario's entry
 * @param add - takes the issues, completed with file, line and column
 * @returns undefined when there is nothing to read; the reason is among the issues
 */
export function loadManifest(
  raw: { readonly [key: string]: unknown },
  wanted: ManifestKind,
  context: PolicyContext,
  add: Report,
): LoadedManifest | undefined {
  const { manifest, spec } = raw;
  if ((manifest === undefined) === (spec === undefined)) {
    add({ code: "policy_manifest_or_spec", path: [], data: { kind: wanted.kind } });
    return undefined;
  }
  if (manifest === undefined) {
    const name = context.deployment.name;
    const value = { apiVersion: wanted.apiVersion, kind: wanted.kind, metadata: { name }, spec };
    return { value, report: add };
  }
  if (typeof manifest !== "string" || manifest === "") {
    add({ code: "policy_option_type", path: ["manifest"], data: { option: "manifest", expected: "the path of a YAML file" } });
    return undefined;
  }
  const text = context.readFile(manifest);
  if (text === undefined) {
    add({ code: "manifest_file_missing", path: ["manifest"], data: { file: manifest } });
    return undefined;
  }
  return pickDocument(text, manifest, wanted, context.deployment.name, add);
}

function pickDocument(text: string, file: string, wanted: ManifestKind, deployment: string, add: Report): LoadedManifest | undefined {
  const { documents, issues } = readManifestFile(text, file);
  for (const issue of issues) add(issue);
  const named = documents.filter(({ kind }) => kind === wanted.kind);
  // a Service of Knative and one of the core share their kind
  const ofGroup = named.filter(({ apiVersion }) => groupOf(apiVersion) === groupOf(wanted.apiVersion));
  const ofKind = ofGroup.length > 0 ? ofGroup : named;
  const chosen = ofKind.length > 1 ? ofKind.filter((document) => targetName(document) === deployment) : ofKind;
  // A file without the object is an error that names all it holds; warnings about each would only repeat it.
  for (const document of ofKind.length === 0 ? [] : documents) {
    const code = CREDENTIALS.includes(document.kind) ? "manifest_credentials_ignored" : "manifest_document_ignored";
    if (!chosen.includes(document)) add(at(document, file, code, ["kind"], "warning", { wanted: wanted.kind }));
  }
  const [document] = chosen;
  if (document === undefined || chosen.length > 1) {
    if (issues.length > 0) return undefined;
    const found = documents.map(({ kind, name }) => `${kind || "?"} ${name}`.trim());
    const code = ofKind.length > 1 ? "manifest_ambiguous" : "manifest_kind_missing";
    add({ code, path: [], file, line: 1, column: 1, data: { wanted: wanted.kind, found, deployment } });
    return undefined;
  }
  if (document.apiVersion !== wanted.apiVersion) {
    add(at(document, file, "manifest_api_version", ["apiVersion"], "error", { wanted: wanted.apiVersion }));
    return undefined;
  }
  const others = documents.filter((other) => other !== document).map(({ value }) => value);
  return { value: document.value, others, report: (issue) => add({ ...issue, file, ...document.locate(issue.path) }) };
}

function at(
  document: ManifestDocument,
  file: string,
  code: string,
  path: IssuePath,
  severity: "error" | "warning",
  data: { readonly [key: string]: string },
): Issue {
  const { kind, apiVersion, name } = document;
  return { code, severity, path, file, ...document.locate(path), data: { ...data, kind, apiVersion, name } };
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes("/") ? (apiVersion.split("/")[0] as string) : "";
}

function targetName({ value }: ManifestDocument): string | undefined {
  const { spec } = value;
  const target = isRecord(spec) ? spec["scaleTargetRef"] : undefined;
  const name = isRecord(target) ? target["name"] : undefined;
  return typeof name === "string" ? name : undefined;
}

import { type Document, isAlias, isNode, isScalar, LineCounter, parseAllDocuments } from "yaml";
import type { Issue, IssuePath } from "../../errors.ts";
import { locate, MAX_ALIASES, type Position } from "../source.ts";
import { yamlIssues } from "../yaml-issues.ts";
import { isRecord, type Node } from "./node.ts";

/** Longest manifest file accepted, characters: a whole rendered chart. */
const MAX_CHARACTERS = 5_000_000;

/** One Kubernetes object of a file; a List counts as the objects in it. */
export interface ManifestObject {
  readonly kind: string;
  readonly apiVersion: string;
  readonly name: string;
  readonly namespace: string | undefined;
  readonly value: Node;
  /**
   * Where the value at a path stands, or its nearest written ancestor.
   * @param text a piece of the text at the path: points at its line within a block of several
   */
  readonly locate: (path: IssuePath, text?: string) => Position;
}

export interface ManifestObjects {
  readonly objects: readonly ManifestObject[];
  readonly issues: readonly Issue[];
}

/**
 * Reads all objects of a manifest file as people print them: several documents, comments, empty documents, Lists, JSON.
 * Issues: those of {@link yamlIssues}, `not_text`, `file_too_long`, `too_many_aliases`, `deployment_manifest_not_an_object`.
 */
export function readManifestObjects(text: string, file: string): ManifestObjects {
  if (text.length > MAX_CHARACTERS) {
    const data = { maximum: MAX_CHARACTERS, actual: text.length };
    return { objects: [], issues: [{ code: "file_too_long", path: [], file, data }] };
  }
  if (text.includes("\0")) return { objects: [], issues: [{ code: "not_text", path: [], file }] };
  const lines = new LineCounter();
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const options = { lineCounter: lines, prettyErrors: false, strict: true, uniqueKeys: true, merge: true, logLevel: "error" } as const;
  const parsed = parseAllDocuments(text, options);
  const documents = Array.isArray(parsed) ? parsed : [];
  const issues = documents.flatMap((document) => yamlIssues(document, text, at));
  if (issues.length > 0) return { objects: [], issues };
  const found: Issue[] = [];
  const objects = documents.flatMap((document) => objectsOf(document, at, file, found));
  return { objects, issues: found };
}

type At = (offset: number) => Position;

function objectsOf(document: Document.Parsed, at: At, file: string, issues: Issue[]): readonly ManifestObject[] {
  const value = readValue(document, file, issues);
  if (value === null || value === undefined) return [];
  if (!isRecord(value)) {
    issues.push({ code: "deployment_manifest_not_an_object", path: [], ...locate(document, [], "value", at, file) });
    return [];
  }
  const list = value["items"];
  // `kubectl get -o yaml` prints a List, and kinds such as DeploymentList.
  const isList = typeof value["kind"] === "string" && value["kind"].endsWith("List") && Array.isArray(list);
  if (!isList) return [objectAt(document, value, [], at, file)];
  return list.flatMap((item: unknown, index) => (isRecord(item) ? [objectAt(document, item, ["items", index], at, file)] : []));
}

function readValue(document: Document, file: string, issues: Issue[]): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    issues.push({ code: "too_many_aliases", path: [], file, line: 1, column: 1, data: { maximum: MAX_ALIASES } });
    return undefined;
  }
}

function objectAt(document: Document, value: Node, root: IssuePath, at: At, file: string): ManifestObject {
  const metadata = isRecord(value["metadata"]) ? value["metadata"] : {};
  const namespace = textOr(metadata["namespace"]);
  return {
    kind: textOr(value["kind"]),
    apiVersion: textOr(value["apiVersion"]),
    name: textOr(metadata["name"]),
    namespace: namespace === "" ? undefined : namespace,
    value,
    locate(path, text) {
      const full = [...root, ...path];
      const position = locate(document, full, "value", at, file);
      return text === undefined ? position : withinBlock(document, full, text, position);
    },
  };
}

/** A script in a block scalar has many lines; the block itself begins with its `|`. */
function withinBlock(document: Document, path: IssuePath, text: string, position: Position): Position {
  const written: unknown = document.getIn(path, true);
  const node = isNode(written) && isAlias(written) ? written.resolve(document) : written;
  if (!isScalar(node) || typeof node.source !== "string" || position.line === undefined) return position;
  if (node.type !== "BLOCK_LITERAL") return position;
  const before = node.source.indexOf(text);
  if (before < 0) return position;
  const lines = node.source.slice(0, before).split("\n").length;
  return { file: position.file, line: position.line + lines };
}

function textOr(value: unknown): string {
  return typeof value === "string" ? value : "";
}

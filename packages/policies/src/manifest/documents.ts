import type { Issue, IssuePath } from "@replicast/sim-core";
import { type Document, isNode, LineCounter, parseAllDocuments } from "yaml";

/** One document of a manifest file. */
export interface ManifestDocument {
  readonly kind: string;
  readonly apiVersion: string;
  readonly name: string;
  readonly value: { readonly [key: string]: unknown };
  /** Position of the value at a path, or of its nearest ancestor that is written down. */
  readonly locate: (path: IssuePath) => SourcePosition;
}

/** 1-based, as editors count. */
export interface SourcePosition {
  readonly line: number;
  readonly column: number;
}

export interface ManifestFile {
  readonly documents: readonly ManifestDocument[];
  readonly issues: readonly Issue[];
}

/**
 * Reads all documents of a YAML (or JSON) manifest file.
 *
 * @param file - name of the file, for the issues
 * @returns the documents that are objects; issues `manifest_yaml_invalid` and `manifest_not_an_object`
 */
export function readManifestFile(text: string, file: string): ManifestFile {
  const lines = new LineCounter();
  // `merge`: the API tools resolve `<<`, too.
  const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, merge: true });
  const documents: ManifestDocument[] = [];
  const issues: Issue[] = [];
  for (const document of Array.isArray(parsed) ? parsed : []) {
    for (const error of document.errors) {
      const { line, col } = lines.linePos(error.pos[0]);
      issues.push({ code: "manifest_yaml_invalid", path: [], file, line, column: col, data: { detail: error.message } });
    }
    if (document.errors.length > 0) continue;
    const value: unknown = document.toJS();
    if (value === null || value === undefined) continue;
    const locate = locator(document, lines);
    if (isRecord(value)) documents.push({ ...identity(value), value, locate });
    else issues.push({ code: "manifest_not_an_object", path: [], file, ...locate([]) });
  }
  return { documents, issues };
}

/** True for a plain object, not for null or a list. */
export function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function identity(value: { readonly [key: string]: unknown }): {
  readonly kind: string;
  readonly apiVersion: string;
  readonly name: string;
} {
  const { kind, apiVersion, metadata } = value;
  const name = isRecord(metadata) ? metadata["name"] : undefined;
  return { kind: textOr(kind), apiVersion: textOr(apiVersion), name: textOr(name) };
}

function textOr(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function locator(document: Document.Parsed, lines: LineCounter): (path: IssuePath) => SourcePosition {
  return (path) => {
    for (let length = path.length; length >= 0; length--) {
      const node: unknown = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
      if (!isNode(node) || !node.range) continue;
      const { line, col } = lines.linePos(node.range[0]);
      return { line, column: col };
    }
    return { line: 1, column: 1 };
  };
}

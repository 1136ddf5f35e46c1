import type { Issue, IssuePath } from "@replicast/sim-core";
import { type Document, isAlias, isCollection, isNode, LineCounter, type Node, parseAllDocuments, visit } from "yaml";

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
  if (text.includes("\0")) {
    const data = { detail: "this is not a text file in UTF-8" };
    return { documents: [], issues: [{ code: "manifest_yaml_invalid", path: [], file, line: 1, column: 1, data }] };
  }
  const lines = new LineCounter();
  // `merge`: the API tools resolve `<<`, too.
  const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, merge: true, logLevel: "error" });
  const documents: ManifestDocument[] = [];
  const issues: Issue[] = [];
  for (const document of Array.isArray(parsed) ? parsed : []) {
    const [problem] = [...syntaxProblems(document)].sort((a, b) => a.offset - b.offset);
    if (problem !== undefined) {
      // What follows the first error follows from it more often than not.
      const { line, col } = lines.linePos(problem.offset);
      const { detail } = problem;
      return { documents, issues: [...issues, { code: "manifest_yaml_invalid", path: [], file, line, column: col, data: { detail } }] };
    }
    const value = plainValue(document);
    if (value === TOO_MANY_ALIASES) {
      issues.push({ code: "manifest_yaml_invalid", path: [], file, line: 1, column: 1, data: { detail: TOO_MANY_ALIASES } });
      continue;
    }
    if (value === null || value === undefined) continue;
    const locate = locator(document, lines);
    if (isRecord(value)) documents.push({ ...identity(value), value, locate });
    else issues.push({ code: "manifest_not_an_object", path: [], file, ...locate([]) });
  }
  return { documents, issues };
}

interface Problem {
  readonly offset: number;
  readonly detail: string;
}

/** Errors of the parser, and what it lets pass although no object can be made of it. */
function syntaxProblems(document: Document.Parsed): readonly Problem[] {
  const problems: Problem[] = document.errors.map(({ pos, message }) => ({ offset: pos[0], detail: message }));
  const anchors: string[] = [];
  visit(document, {
    Node(_, node, ancestors) {
      if (!isAlias(node)) {
        if (anchorOf(node) !== undefined) anchors.push(anchorOf(node) as string);
        return;
      }
      const isCircular = ancestors.some((ancestor) => isNode(ancestor) && anchorOf(ancestor) === node.source);
      if (anchors.includes(node.source) && !isCircular) return;
      problems.push({ offset: node.range?.[0] ?? 0, detail: isCircular ? "the alias stands inside what it stands for" : "unknown anchor" });
    },
    Pair(_, { key }) {
      if (isCollection(key)) problems.push({ offset: key.range?.[0] ?? 0, detail: "a list or an object cannot be a key" });
    },
  });
  return problems;
}

function anchorOf(node: Node): string | undefined {
  return "anchor" in node ? node.anchor : undefined;
}

const TOO_MANY_ALIASES = "aliases expand to more than can be read";

function plainValue(document: Document.Parsed): unknown {
  try {
    return document.toJS();
  } catch (error) {
    if (error instanceof ReferenceError) return TOO_MANY_ALIASES;
    throw error;
  }
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

import type { Issue, IssuePath } from "@replicast/sim-core";
import { type Document, isAlias, isNode, isScalar, LineCounter, type Node, parseAllDocuments } from "yaml";

/** A configuration of prometheus-adapter in a file, and where its parts stand. */
export interface AdapterDocument {
  readonly fields: Readonly<Record<string, unknown>>;
  /** Position of the value at a path, or of its nearest ancestor that is written down. */
  readonly locate: (path: IssuePath) => Position;
}

/** 1-based, as editors count. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

type Locate = (offset: number) => Position;

/**
 * The configurations in a file: documents that have rules, and what ConfigMaps hold.
 *
 * @returns with issue `invalid_yaml` of whatever cannot be read, in a ConfigMap's text, too
 */
export function readAdapterDocuments(text: string): { readonly documents: readonly AdapterDocument[]; readonly issues: readonly Issue[] } {
  const issues: Issue[] = [];
  const documents = parse(text, (position) => position, issues, true);
  return { documents, issues };
}

function parse(text: string, place: (position: Position) => Position, issues: Issue[], mayHoldMaps: boolean): readonly AdapterDocument[] {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, logLevel: "error" });
  const at: Locate = (offset) => {
    const { line, col } = lines.linePos(offset);
    return place({ line: Math.max(1, line), column: Math.max(1, col) });
  };
  return (Array.isArray(parsed) ? parsed : []).flatMap((document) => {
    const value = plainValue(document, at, issues);
    if (mayHoldMaps && value["kind"] === "ConfigMap") return inConfigMap(document, text, at, issues);
    const isConfiguration = ["rules", "externalRules"].some((key) => typeof value[key] === "object");
    return isConfiguration ? [{ fields: value, locate: (path) => positionOf(document, path, at) }] : [];
  });
}

function plainValue(document: Document.Parsed, at: Locate, issues: Issue[]): Readonly<Record<string, unknown>> {
  const [error] = document.errors;
  const refuse = (detail: string, offset: number): Readonly<Record<string, unknown>> => {
    issues.push({ code: "invalid_yaml", path: [], ...at(offset), data: { detail, reason: "" } });
    return {};
  };
  if (error !== undefined) return refuse(error.message, error.pos[0]);
  try {
    const value: unknown = document.toJS();
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch (problem) {
    // Aliases without an anchor, or too many of them.
    if (problem instanceof ReferenceError) return refuse(problem.message, 0);
    throw problem;
  }
}

function inConfigMap(document: Document.Parsed, text: string, at: Locate, issues: Issue[]): readonly AdapterDocument[] {
  const data: unknown = document.toJS().data;
  const keys = typeof data === "object" && data !== null ? Object.keys(data) : [];
  return keys.flatMap((key) => {
    const node: unknown = resolved(document, document.getIn(["data", key], true));
    if (!isScalar(node) || typeof node.value !== "string" || !node.range) return [];
    const start = at(node.range[0]);
    const isLiteral = node.type === "BLOCK_LITERAL";
    const place = isLiteral ? insideBlock(text, node.value, start.line) : () => start;
    return parse(node.value, place, issues, false);
  });
}

/** Lines of a literal block stand below its `|` one by one, all of them moved right by as much. */
function insideBlock(text: string, content: string, startLine: number): (position: Position) => Position {
  const outer = text.split("\n");
  const inner = content.split("\n");
  const first = inner.findIndex((line) => line.trim() !== "");
  const indent = Math.max(0, (outer[startLine + first] ?? "").indexOf((inner[first] ?? "").trimEnd()));
  return ({ line, column }) => ({ line: startLine + line, column: column + indent });
}

function positionOf(document: Document.Parsed, path: IssuePath, at: Locate): Position {
  for (let length = path.length; length > 0; length--) {
    const node: unknown = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return at(node.range[0]);
  }
  return at(document.contents?.range[0] ?? 0);
}

function resolved(document: Document, node: unknown): Node | undefined {
  if (!isNode(node)) return undefined;
  return isAlias(node) ? node.resolve(document) : node;
}

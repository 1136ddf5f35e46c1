import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import type { Issue, IssuePath } from "../errors.ts";
import { yamlIssues } from "./yaml-issues.ts";

/** Where something stands: 1-based, as editors count. */
export interface Position {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** A scenario file as read: its value, and where each part of it stands. */
export interface ScenarioSource {
  readonly document: Document;
  readonly value: unknown;
  readonly issues: readonly Issue[];
  /** Position of the value at a path (of the key, where the value is missing or unknown), or of its nearest written ancestor. */
  readonly locate: (path: IssuePath, target?: "key" | "value") => Position;
}

/** Aliases a document may expand to; a hand-written scenario has a handful, a bomb has billions. */
export const MAX_ALIASES: number = 200;
/** Longest scenario accepted, characters. */
const MAX_CHARACTERS = 1_000_000;

/**
 * Reads YAML without giving it a meaning. Codes: `not_text`, `file_too_long`, those of {@link yamlIssues}, `too_many_aliases`,
 * `empty_file`.
 */
export function readSource(text: string, file: string): ScenarioSource {
  const lines = new LineCounter();
  const unreadable = unreadableText(text, file);
  const document = parseDocument(unreadable === undefined ? text : "", {
    lineCounter: lines,
    prettyErrors: false,
    strict: true,
    uniqueKeys: true,
    merge: true,
    logLevel: "error", // the parser would print its warnings itself
  });
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const issues: Issue[] = unreadable === undefined ? [...yamlIssues(document, text, at)] : [unreadable];
  const value = issues.length > 0 ? undefined : readValue(document, file, issues);
  return { document, value, issues, locate: (path, target = "value") => locate(document, path, target, at, file) };
}

/** What is no text at all would only lead to strange errors about its first bytes. */
function unreadableText(text: string, file: string): Issue | undefined {
  if (text.length > MAX_CHARACTERS)
    return { code: "file_too_long", path: [], file, data: { maximum: MAX_CHARACTERS, actual: text.length } };
  return text.includes("\0") ? { code: "not_text", path: [], file } : undefined;
}

function readValue(document: Document, file: string, issues: Issue[]): unknown {
  try {
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    if (value === null || value === undefined) issues.push({ code: "empty_file", path: [], file, line: 1, column: 1 });
    return value;
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    issues.push({ code: "too_many_aliases", path: [], file, line: 1, column: 1, data: { maximum: MAX_ALIASES } });
    return undefined;
  }
}

/** Position of what stands at a path of a document, or of its nearest written ancestor. */
export function locate(
  document: Document,
  path: IssuePath,
  target: "key" | "value",
  at: (offset: number) => Position,
  file: string,
): Position {
  let node: Node | null = document.contents;
  let offset = node?.range?.[0];
  for (const [depth, step] of path.entries()) {
    const found: Step | undefined = stepInto(document, node, step);
    if (found === undefined) break;
    const wanted: Node | null = depth === path.length - 1 && target === "key" ? (found.key ?? found.value) : (found.value ?? found.key);
    offset = wanted?.range?.[0] ?? offset;
    node = found.value;
  }
  return offset === undefined ? { file } : at(offset);
}

interface Step {
  readonly key: Node | null;
  readonly value: Node | null;
}

function stepInto(document: Document, node: Node | null, step: string | number): Step | undefined {
  const target = isAlias(node) ? (node.resolve(document) ?? null) : node;
  if (isMap(target)) {
    const pair = target.items.find(({ key }) => (isScalar(key) ? String(key.value) : String(key)) === String(step));
    return pair === undefined ? undefined : { key: nodeOrNull(pair.key), value: nodeOrNull(pair.value) };
  }
  if (isSeq(target)) {
    const item = target.items[Number(step)];
    return item === undefined ? undefined : { key: null, value: nodeOrNull(item) };
  }
  return undefined;
}

function nodeOrNull(value: unknown): Node | null {
  return isNode(value) ? value : null;
}

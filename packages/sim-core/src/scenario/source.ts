import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from "yaml";
import type { Issue, IssuePath, Json } from "../errors.ts";
import { nearestNames } from "../score/nearest.ts";

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
 * Reads YAML without giving it a meaning. Codes: `not_text`, `file_too_long`, `invalid_yaml`, `duplicate_key`, `several_documents`,
 * `unknown_tag`, `unknown_anchor`, `too_many_aliases`, `nested_too_deep`, `empty_file`.
 */
export function readSource(text: string, file: string): ScenarioSource {
  const lines = new LineCounter();
  const unreadable = unreadableText(text, file);
  const parsed = tryParse(unreadable === undefined ? text : "", lines);
  const document = parsed ?? parseDocument("");
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const issues: Issue[] = unreadable === undefined ? [...yamlIssues(document, text, at)] : [unreadable];
  if (parsed === undefined) issues.push({ code: "nested_too_deep", path: [], file, line: 1, column: 1 });
  const value = issues.length > 0 ? undefined : readValue(document, file, issues);
  return { document, value, issues, locate: (path, target = "value") => locate(document, path, target, at, file) };
}

/** What is no text at all would only lead to strange errors about its first bytes. */
function unreadableText(text: string, file: string): Issue | undefined {
  if (text.length > MAX_CHARACTERS)
    return { code: "file_too_long", path: [], file, data: { maximum: MAX_CHARACTERS, actual: text.length } };
  return text.includes("\0") ? { code: "not_text", path: [], file } : undefined;
}

/** Undefined when the text is nested deeper than the parser can follow. */
function tryParse(text: string, lineCounter: LineCounter): Document.Parsed | undefined {
  try {
    return parseDocument(text, { lineCounter, prettyErrors: false, strict: true, uniqueKeys: true, merge: true, logLevel: "error" });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function yamlIssues(document: Document.Parsed, text: string, at: (offset: number) => Position): readonly Issue[] {
  const { errors, warnings } = document;
  const issueOf = (code: string, offset: number, data: { readonly [key: string]: Json }): Issue => ({ code, path: [], ...at(offset), data });
  const repeated = errors.filter(({ code }) => code === "DUPLICATE_KEY");
  const several = errors.filter(({ code }) => code === "MULTIPLE_DOCS");
  // What follows the first syntax error follows from it more often than not.
  const syntax = errors.filter((error) => !repeated.includes(error) && !several.includes(error));
  const first = syntax.toSorted((a, b) => a.pos[0] - b.pos[0])[0];
  const tags = warnings.filter(({ code }) => code === "TAG_RESOLVE_FAILED");
  return [
    ...(first === undefined
      ? []
      : [issueOf("invalid_yaml", first.pos[0], { detail: first.message, reason: first.code, isTemplate: text.includes("{{") })]),
    ...repeated.map(({ pos }) => issueOf("duplicate_key", pos[0], { key: keyAt(text, pos[0]) })),
    ...several.map(({ pos }) => issueOf("several_documents", pos[0], {})),
    ...(first === undefined ? unknownAnchors(document, issueOf) : []),
    ...tags.map(({ pos }) => issueOf("unknown_tag", pos[0], { tag: text.slice(pos[0], pos[1]) })),
  ];
}

function keyAt(text: string, offset: number): string {
  return /^[^\s:]{1,80}/.exec(text.slice(offset, offset + 80))?.[0] ?? "";
}

function unknownAnchors(
  document: Document.Parsed,
  issueOf: (code: string, offset: number, data: { readonly [key: string]: Json }) => Issue,
): readonly Issue[] {
  const issues: Issue[] = [];
  const known: string[] = [];
  visit(document, {
    Node(_, node) {
      // An anchor counts from where it stands, so one walk in the order of the text meets it before its aliases.
      if (!isAlias(node) && "anchor" in node && node.anchor !== undefined) known.push(node.anchor);
      if (!isAlias(node) || known.includes(node.source)) return;
      const data = { anchor: node.source, known: [...known], nearest: nearestNames(node.source, known) };
      issues.push(issueOf("unknown_anchor", node.range?.[0] ?? 0, data));
    },
  });
  return issues;
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

function locate(document: Document, path: IssuePath, target: "key" | "value", at: (offset: number) => Position, file: string): Position {
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

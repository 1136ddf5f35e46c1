import { type Document, isAlias, isCollection, isNode, type Node, visit, type YAMLError } from "yaml";
import type { Issue, Json } from "../errors.ts";
import { nearestNames } from "../score/nearest.ts";
import type { Position } from "./source.ts";

/** What YAML allows and a document that is one plain value has not: other meanings would be guesses. */
const OWN_CODES: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: "duplicate_key",
  MULTIPLE_DOCS: "several_documents",
  RESOURCE_EXHAUSTION: "nested_too_deep",
  TAG_RESOLVE_FAILED: "unknown_tag",
};
/** Longest piece of the text a message repeats, characters. */
const MAX_QUOTED = 80;

type Add = (code: string, offset: number, data?: { readonly [key: string]: Json }) => void;

/**
 * What is wrong with a parsed document. Codes: `invalid_yaml`, `duplicate_key`, `several_documents`, `nested_too_deep`, `unknown_tag`,
 * `unknown_anchor`, `circular_alias`, `collection_key`.
 */
export function yamlIssues(document: Document.Parsed, text: string, at: (offset: number) => Position): readonly Issue[] {
  const issues: Issue[] = [];
  const add: Add = (code, offset, data = {}) => issues.push({ code, path: [], ...at(offset), data });
  const found = [...document.errors, ...document.warnings].sort((a, b) => a.pos[0] - b.pos[0]);
  const syntax = found.filter(({ code }) => !Object.hasOwn(OWN_CODES, code) || code === "RESOURCE_EXHAUSTION");
  for (const error of found) {
    // What follows the first syntax error follows from it more often than not.
    if (syntax.includes(error) && error !== syntax[0]) continue;
    add(OWN_CODES[error.code] ?? "invalid_yaml", error.pos[0], dataOf(error, text));
  }
  if (syntax.length === 0) checkNodes(document, add);
  return issues;
}

function dataOf({ code, pos, message }: YAMLError, text: string): { readonly [key: string]: Json } {
  const quoted = text.slice(pos[0], Math.min(pos[1], pos[0] + MAX_QUOTED));
  if (code === "DUPLICATE_KEY") return { key: /^[^\s:]+/.exec(text.slice(pos[0], pos[0] + MAX_QUOTED))?.[0] ?? "" };
  if (code === "TAG_RESOLVE_FAILED") return { tag: quoted };
  return { detail: message, reason: code, isTemplate: text.includes("{{") };
}

function checkNodes(document: Document.Parsed, add: Add): void {
  const known: string[] = [];
  visit(document, {
    Node(_, node, ancestors) {
      // An anchor counts from where it stands: one walk in the order of the text meets it before its aliases.
      if (!isAlias(node)) {
        if (anchorOf(node) !== undefined) known.push(anchorOf(node) as string);
        return;
      }
      const offset = node.range?.[0] ?? 0;
      const anchor = node.source;
      if (!known.includes(anchor)) add("unknown_anchor", offset, { anchor, known: [...known], nearest: nearestNames(anchor, known) });
      else if (ancestors.some((ancestor) => isNode(ancestor) && anchorOf(ancestor) === anchor)) add("circular_alias", offset, { anchor });
    },
    Pair(_, { key }) {
      if (isCollection(key)) add("collection_key", key.range?.[0] ?? 0);
    },
  });
}

function anchorOf(node: Node): string | undefined {
  return "anchor" in node ? node.anchor : undefined;
}

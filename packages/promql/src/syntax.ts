import type { Tree } from "@lezer/common";
import { type PromqlError, parseError } from "./error.ts";

/** Strings, comments, words and numbers, operators and brackets: enough to know where an operand is expected. */
const TOKEN: RegExp = /"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|`[^`]*`?|#[^\n]*|[\w:.]+|\S/gs;

const OPERAND_FOLLOWS: RegExp = /^(?:[(,+\-*/%^<>=!~]|and|or|unless|atan2|bool)$/i;

/**
 * Text of the same length that the grammar parses as Prometheus would parse the original: a number may end in a point,
 * and a metric may be called `offset`. Names and numbers are read from the original afterwards.
 */
export function prepareForGrammar(text: string): string {
  let previous = "(";
  return text.replace(TOKEN, (token: string) => {
    let replacement = token;
    if (/^offset$/i.test(token) && OPERAND_FOLLOWS.test(previous)) replacement = "off__t";
    const number = /^(\d+)\.(e\d+)?$/i.exec(token);
    if (number) replacement = `${number[1]}${number[2] ?? ""} `;
    if (!token.startsWith("#")) previous = token;
    return replacement;
  });
}

/** Deepest tree accepted; parsing, checking and evaluating recurse, so that deeper ones could exhaust the stack. */
const DEEPEST_TREE = 600;

/** True for a tree of more levels than the stack is sure to hold. */
export function nestsTooDeeply(tree: Tree): boolean {
  let depth = 0;
  let deepest = 0;
  tree.iterate({
    enter: () => {
      depth += 1;
      deepest = Math.max(deepest, depth);
    },
    leave: () => {
      depth -= 1;
    },
  });
  return deepest > DEEPEST_TREE;
}

/** The first place where the grammar gave up, as an error; undefined when the tree is whole. */
export function findSyntaxError(text: string, tree: Tree): PromqlError | undefined {
  let at: number | undefined;
  tree.iterate({
    enter: (node) => {
      if (node.type.isError && at === undefined) at = node.from;
    },
  });
  if (at === undefined) return undefined;
  const rest = text.slice(at);
  const start = at + (rest.length - rest.trimStart().length);
  if (text.replaceAll(/#[^\n]*/g, "").trim() === "") return parseError(text, { start: 0, end: 0 }, "no expression found in input");
  return unknownFunction(text, start) ?? parseError(text, { start, end: endOfToken(text, start) }, unexpected(text, start));
}

/** The grammar knows every function: a word before a bracket is one that does not exist. */
function unknownFunction(text: string, at: number): PromqlError | undefined {
  const before = /([A-Za-z_:][\w:]*)\s*\(?\s*$/.exec(text.slice(0, at));
  const name = before?.[1];
  const bracket = text.slice(before?.index ?? at).replace(/^[\w:]+\s*/, "");
  if (
    !before ||
    name === undefined ||
    !bracket.startsWith("(") ||
    /^(?:by|without|on|ignoring|group_left|group_right|bool|and|or|unless)$/i.test(name)
  ) {
    return undefined;
  }
  return parseError(text, { start: before.index, end: before.index + name.length }, `unknown function with name "${name}"`);
}

function endOfToken(text: string, at: number): number {
  const token = /^(?:[\w:.]+|\S)/.exec(text.slice(at))?.[0] ?? "";
  return at + token.length;
}

function unexpected(text: string, at: number): string {
  const token = text.slice(at, endOfToken(text, at));
  return token === "" ? "unexpected end of input" : `unexpected ${JSON.stringify(token)}`;
}

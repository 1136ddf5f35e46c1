/** Why a formula is refused, with the column (from 1) in the text that KEDA compiles. */
export class FormulaError extends Error {
  readonly column: number;

  constructor(message: string, column: number) {
    super(message);
    this.name = "FormulaError";
    this.column = column;
  }
}

export interface Token {
  readonly kind: "int" | "float" | "string" | "name" | "operator" | "bracket" | "end";
  readonly text: string;
  /** From 0. */
  readonly at: number;
}

const SKIP = /(?:\s+|\/\*[\s\S]*?\*\/|\/\/[^\n]*)/y;
const NUMBER = /(?:0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*)?\.?\d[\d_]*(?:[eE][+-]?\d+)?|\d[\d_]*(?:[eE][+-]?\d+)?)/y;
const NAME = /[A-Za-z_$][\w$]*/y;
const OPERATOR = /(?:\?\?|\?\.|\?:|\|\||&&|==|!=|<=|>=|\*\*|\.\.|#\w+|[-+*/%^<>!?:;,.|#=&~@])/y;
const BRACKET = /[()[\]{}]/y;
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", "\\": "\\", '"': '"', "'": "'" };

/**
 * Splits a formula into tokens.
 * @throws FormulaError where a character begins none
 */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  while (at < text.length) {
    const skipped = match(SKIP);
    if (skipped !== undefined && skipped !== "") {
      at += skipped.length;
      continue;
    }
    const token = stringAt(text, at) ?? numberAt(match(NUMBER), text, at) ?? wordAt(match, at);
    if (token === undefined) throw new FormulaError(`unrecognized character: ${JSON.stringify(text[at])}`, at + 1);
    tokens.push(token.token);
    at = token.end;
  }
  return [...tokens, { kind: "end", text: "EOF", at: Math.max(0, text.length - 1) }];
}

interface Read {
  readonly token: Token;
  readonly end: number;
}

function stringAt(text: string, at: number): Read | undefined {
  const quote = text[at];
  if (quote !== '"' && quote !== "'" && quote !== "`") return undefined;
  let value = "";
  for (let i = at + 1; i < text.length; i++) {
    const character = text[i] as string;
    if (character === quote) return { token: { kind: "string", text: value, at }, end: i + 1 };
    if (character === "\\" && quote !== "`") {
      const escaped = ESCAPES[text[++i] ?? ""];
      if (escaped === undefined) throw new FormulaError("invalid char escape", i + 1);
      value += escaped;
    } else value += character;
  }
  throw new FormulaError("literal not terminated", at + 1);
}

function numberAt(found: string | undefined, text: string, at: number): Read | undefined {
  if (found === undefined || found === "" || found === ".") return undefined;
  // `1..3` is a range of whole numbers, not the number 1.
  const cut = found.indexOf(".");
  const isRange = cut >= 0 && text[at + cut + 1] === ".";
  const plain = isRange
    ? found.slice(0, cut)
    : found.endsWith(".") || text.startsWith("..", at + found.length - 1)
      ? found.replace(/\.$/, "")
      : found;
  const isFloat = !/^0[xXbBoO]/.test(plain) && /[.eE]/.test(plain);
  return { token: { kind: isFloat ? "float" : "int", text: plain.replaceAll("_", ""), at }, end: at + plain.length };
}

function wordAt(match: (pattern: RegExp) => string | undefined, at: number): Read | undefined {
  const name = match(NAME);
  if (name !== undefined) return { token: { kind: "name", text: name, at }, end: at + name.length };
  const bracket = match(BRACKET);
  if (bracket !== undefined) return { token: { kind: "bracket", text: bracket, at }, end: at + 1 };
  const operator = match(OPERATOR);
  return operator === undefined ? undefined : { token: { kind: "operator", text: operator, at }, end: at + operator.length };
}

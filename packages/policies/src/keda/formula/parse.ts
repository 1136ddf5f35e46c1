import type { Node } from "./ast.ts";
import { BUILTINS } from "./builtins.ts";
import { FormulaError, type Token, tokenize } from "./tokens.ts";

/** How tightly binary operators bind, and those that group to the right. @see expr-lang/expr 1.17, parser/operator */
const BINARY: Readonly<Record<string, number>> = {
  "|": 0,
  "||": 10,
  or: 10,
  "&&": 15,
  and: 15,
  "==": 20,
  "!=": 20,
  "<": 20,
  ">": 20,
  "<=": 20,
  ">=": 20,
  in: 20,
  contains: 20,
  startsWith: 20,
  endsWith: 20,
  matches: 20,
  "..": 25,
  "+": 30,
  "-": 30,
  "*": 60,
  "/": 60,
  "%": 60,
  "**": 100,
  "^": 100,
  "??": 500,
};
const UNARY: Readonly<Record<string, number>> = { not: 50, "!": 50, "-": 90, "+": 90 };
const RIGHT: readonly string[] = ["**", "^"];
const COMPARISONS: readonly string[] = ["<", ">", "<=", ">="];
const NEGATABLE: readonly string[] = ["in", "contains", "startsWith", "endsWith", "matches"];

/**
 * Parses a formula of KEDA's language.
 *
 * @throws FormulaError with the message and column that the real compiler gives for the usual mistakes
 * @see https://expr-lang.org/docs/language-definition
 */
export function parseFormula(text: string): Node {
  const parser = new Parser(tokenize(text));
  const node = parser.sequence();
  parser.expectEnd();
  return node;
}

class Parser {
  readonly #tokens: readonly Token[];
  #position = 0;
  /** Predicates around the current place: only there `#` means something. */
  #predicates = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get #token(): Token {
    return this.#tokens[Math.min(this.#position, this.#tokens.length - 1)] as Token; // the last one is the end
  }

  #is(text: string): boolean {
    const { kind } = this.#token;
    return kind !== "string" && kind !== "end" && this.#token.text === text;
  }

  #take(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#position++;
    return true;
  }

  #expect(text: string): void {
    if (!this.#take(text)) this.#unexpected();
  }

  #unexpected(): never {
    const { kind, text, at } = this.#token;
    const name = kind === "end" ? "EOF" : `${TOKEN_NAMES[kind]}(${JSON.stringify(text)})`;
    throw new FormulaError(`unexpected token ${name}`, at + 1);
  }

  expectEnd(): void {
    if (this.#token.kind !== "end") this.#unexpected();
  }

  /** `let x = …; …`, `if … { } else { }`, or an expression. */
  sequence(): Node {
    const at = this.#token.at + 1;
    if (this.#token.kind === "name" && this.#take("let")) {
      const name = this.#token.text;
      if (this.#token.kind !== "name") this.#unexpected();
      this.#position++;
      this.#expect("=");
      const value = this.expression(0);
      this.#expect(";");
      return { kind: "let", name, value, body: this.sequence(), at };
    }
    return this.expression(0);
  }

  expression(least: number): Node {
    if (this.#token.kind === "name" && this.#is("if")) return this.#branch();
    let left = this.#primary();
    for (;;) {
      const { text, at, kind } = this.#token;
      if (kind !== "operator" && kind !== "name") break;
      const negated = text === "not" && NEGATABLE.includes(this.#tokens[this.#position + 1]?.text ?? "");
      const operator = negated ? (this.#tokens[this.#position + 1] as Token).text : text;
      const strength = BINARY[operator];
      if (strength === undefined || strength < least) break;
      this.#position += negated ? 2 : 1;
      if (operator === "|") {
        left = this.#pipe(left);
        continue;
      }
      const right = this.expression(RIGHT.includes(operator) ? strength : strength + 1);
      const column = negated ? at + 1 + text.length + 1 : at + 1;
      left = this.#binary(operator, left, right, column);
      if (negated) left = { kind: "unary", operator: "not", operand: left, at: at + 1 };
    }
    return least === 0 ? this.#conditional(left) : left;
  }

  /** `1 < a < 10` compares twice. */
  #binary(operator: string, left: Node, right: Node, at: number): Node {
    const node: Node = { kind: "binary", operator, left, right, at };
    if (!COMPARISONS.includes(operator) || left.kind !== "binary" || !COMPARISONS.includes(left.operator)) return node;
    return { kind: "binary", operator: "&&", left, right: { ...node, left: left.right }, at };
  }

  #conditional(test: Node): Node {
    const at = this.#token.at + 1;
    if (this.#take("?:")) return { kind: "conditional", test, yes: test, no: this.expression(0), at };
    if (!this.#take("?")) return test;
    const yes = this.expression(0);
    this.#expect(":");
    return this.#conditional({ kind: "conditional", test, yes, no: this.expression(0), at });
  }

  #branch(): Node {
    const at = this.#token.at + 1;
    this.#position++;
    const test = this.expression(0);
    this.#expect("{");
    const yes = this.sequence();
    this.#expect("}");
    this.#expect("else");
    if (this.#is("if")) return { kind: "conditional", test, yes, no: this.#branch(), at };
    this.#expect("{");
    const no = this.sequence();
    this.#expect("}");
    return { kind: "conditional", test, yes, no, at };
  }

  #pipe(first: Node): Node {
    const { kind, text, at } = this.#token;
    if (kind !== "name") this.#unexpected();
    this.#position++;
    return this.#postfix(this.#call(text, at + 1, [first]));
  }

  #primary(): Node {
    const { text, at, kind } = this.#token;
    const strength = kind === "operator" || kind === "name" ? UNARY[text] : undefined;
    if (strength !== undefined) {
      this.#position++;
      const operand = this.expression(strength);
      return { kind: "unary", operator: text, operand, at: at + 1 };
    }
    if (this.#take("(")) {
      const inner = this.sequence();
      this.#expect(")");
      return this.#postfix(inner);
    }
    if (kind === "operator" && text.startsWith("#") && this.#predicates > 0) {
      const name = text.slice(1);
      if (name !== "" && name !== "index" && name !== "acc") throw new FormulaError(`unknown pointer #${name}`, at + 1);
      this.#position++;
      return this.#postfix({ kind: "pointer", name, at: at + 1 });
    }
    if (kind === "operator" && text === "." && this.#predicates > 0) {
      return this.#postfix({ kind: "pointer", name: "", at: at + 1 });
    }
    return this.#postfix(this.#atom());
  }

  #atom(): Node {
    const { kind, text, at: offset } = this.#token;
    const at = offset + 1;
    this.#position++;
    if (kind === "int") return { kind: "int", value: BigInt(text), at };
    if (kind === "float") return { kind: "float", value: Number(text), at };
    if (kind === "string") return { kind: "string", value: text, at };
    if (kind === "bracket" && text === "[") return { kind: "array", items: this.#list("]"), at };
    if (kind === "bracket" && text === "{") return { kind: "map", entries: this.#entries(), at };
    if (kind !== "name") {
      this.#position--;
      this.#unexpected();
    }
    if (text === "true" || text === "false") return { kind: "bool", value: text === "true", at };
    if (text === "nil") return { kind: "nil", at };
    return this.#is("(") ? this.#call(text, at, []) : { kind: "name", name: text, at };
  }

  #call(name: string, at: number, first: readonly Node[]): Node {
    this.#expect("(");
    const builtin = BUILTINS[name];
    const args = [...first];
    if (!this.#take(")")) {
      for (;;) {
        args.push(builtin?.predicateAt === args.length ? this.#predicate() : this.sequence());
        if (this.#take(")")) break;
        this.#expect(",");
      }
    }
    return { kind: "call", name, args, at };
  }

  #predicate(): Node {
    this.#predicates++;
    const braced = this.#take("{");
    const body = braced ? this.sequence() : this.expression(0);
    if (braced) this.#expect("}");
    this.#predicates--;
    return body;
  }

  #list(end: string): readonly Node[] {
    const items: Node[] = [];
    while (!this.#take(end)) {
      if (items.length > 0) this.#expect(",");
      if (items.length > 0 && this.#take(end)) break;
      items.push(this.expression(0));
    }
    return items;
  }

  #entries(): readonly (readonly [Node, Node])[] {
    const entries: (readonly [Node, Node])[] = [];
    while (!this.#take("}")) {
      if (entries.length > 0) this.#expect(",");
      if (entries.length > 0 && this.#take("}")) break;
      const { kind, text, at } = this.#token;
      const isPlain = kind === "name" || kind === "string" || kind === "int";
      if (isPlain) this.#position++;
      const key: Node = isPlain ? { kind: "string", value: text, at: at + 1 } : this.#parenthesized();
      this.#expect(":");
      entries.push([key, this.expression(0)]);
    }
    return entries;
  }

  #parenthesized(): Node {
    this.#expect("(");
    const inner = this.expression(0);
    this.#expect(")");
    return inner;
  }

  #postfix(node: Node): Node {
    const { at: offset } = this.#token;
    const at = offset + 1;
    if (this.#is(".") || this.#is("?.")) {
      const optional = this.#take("?.");
      if (!optional) this.#position++;
      if (optional && this.#is("[")) return this.#postfix(node);
      const { kind, text, at: keyAt } = this.#token;
      this.#position++;
      // The real parser has gone one token further when it notices.
      if (kind !== "name") throw new FormulaError("expected name", this.#token.at + 1);
      return this.#postfix({ kind: "member", object: node, key: { kind: "string", value: text, at: keyAt + 1 }, optional, at });
    }
    if (this.#take("[")) return this.#postfix(this.#index(node, at));
    if (this.#is("(") && node.kind !== "call") {
      this.#position++;
      return this.#postfix({ kind: "callValue", callee: node, args: this.#list(")"), at: node.at });
    }
    return node;
  }

  #index(object: Node, at: number): Node {
    const from = this.#is(":") ? undefined : this.expression(0);
    if (this.#take(":")) {
      const to = this.#is("]") ? undefined : this.expression(0);
      this.#expect("]");
      return { kind: "slice", object, from, to, at };
    }
    this.#expect("]");
    return { kind: "member", object, key: from as Node, optional: false, at }; // no colon, hence an index
  }
}

const TOKEN_NAMES: Readonly<Record<Token["kind"], string>> = {
  int: "Number",
  float: "Number",
  string: "String",
  name: "Identifier",
  operator: "Operator",
  bracket: "Bracket",
  end: "EOF",
};

import { describe, expect, it } from "vitest";
import type { Expression } from "./ast.ts";
import { PromqlError } from "./error.ts";
import { parseExpression } from "./parse.ts";

/** An expression with a bracket around every operation, to see how it was grouped. */
function grouped(expression: Expression): string {
  switch (expression.kind) {
    case "number":
      return String(expression.value);
    case "string":
      return JSON.stringify(expression.value);
    case "selector": {
      const [name] = expression.matchers;
      return `${name?.value}${modifiers(expression)}`;
    }
    case "range":
      return `${grouped(expression.selector)}[${expression.rangeSeconds}]${modifiers(expression)}`;
    case "subquery":
      return `${grouped(expression.expression)}[${expression.rangeSeconds}:${expression.stepSeconds ?? ""}]${modifiers(expression)}`;
    case "parenthesis":
      return grouped(expression.expression);
    case "unary":
      return `(${expression.operator}${grouped(expression.expression)})`;
    case "binary":
      return `(${grouped(expression.left)} ${expression.operator} ${grouped(expression.right)})`;
    case "aggregate":
      return `${expression.operator}${expression.without ? " without" : ""}<${expression.grouping}>(${grouped(expression.expression)})`;
    case "call":
      return `${expression.name}(${expression.args.map(grouped).join(", ")})`;
  }
}

function modifiers({ offsetSeconds, at }: { offsetSeconds?: number; at?: unknown }): string {
  return `${at === undefined ? "" : `@${JSON.stringify(at)}`}${offsetSeconds === undefined ? "" : `~${offsetSeconds}`}`;
}

describe("parseExpression", () => {
  it.each([
    { text: "1 + 2 * 3", as: "(1 + (2 * 3))", because: "products bind more tightly than sums" },
    { text: "2 ^ 3 ^ 2", as: "(2 ^ (3 ^ 2))", because: "powers group from the right" },
    { text: "-2 ^ 2", as: "(-(2 ^ 2))", because: "a sign binds less tightly than a power, even before a number" },
    { text: "+2 ^ 2", as: "(+(2 ^ 2))", because: "so does a plus" },
    { text: "(-2) ^ 2", as: "((-2) ^ 2)", because: "brackets decide" },
    { text: "-a ^ b", as: "(-(a ^ b))", because: "and before a metric" },
    { text: "2 ^ -1", as: "(2 ^ -1)", because: "a power may be negative" },
    { text: "-a * b", as: "((-a) * b)", because: "a sign goes before a product" },
    { text: "a or b and c", as: "(a or (b and c))", because: "or binds least" },
    { text: "a AND b UNLESS c", as: "((a and b) unless c)", because: "keywords have no case" },
    { text: "a + b offset 5m", as: "(a + b~300)", because: "an offset belongs to the selector before it" },
    { text: "a + b offset 5m * c", as: "(a + (b~300 * c))", because: "and does not end a product" },
    { text: "a * b offset 5m + c", as: "((a * b~300) + c)", because: "nor begin a sum" },
    { text: "a ^ b offset 5m ^ c", as: "(a ^ (b~300 ^ c))", because: "nor regroup powers" },
    { text: "-a offset 5m ^ 2", as: "(-(a~300 ^ 2))", because: "nor a sign" },
    { text: "a - b @ 5", as: '(a - b@{"epochSeconds":5})', because: "nor does an instant" },
    { text: "a @ end() offset -1m", as: 'a@"evaluation"~-60', because: "both may stand together" },
    { text: "rate(a[5m] offset 1m)", as: "rate(a[300]~60)", because: "a range has an offset" },
    { text: "max_over_time(rate(a[1m])[10m:30s])", as: "max_over_time(rate(a[60])[600:30])", because: "subqueries have a step" },
    { text: "a[5m:]", as: "a[300:]", because: "or the default step" },
    { text: "a[300]", as: "a[300]", because: "a bare number is in seconds" },
    { text: "SUM BY (x, y) (a)", as: "sum<x,y>(a)", because: "aggregations have no case" },
    { text: "sum(a) without (x,)", as: "sum without<x>(a)", because: "the grouping may follow, with a last comma" },
    { text: ".5 + 5.", as: "(0.5 + 5)", because: "numbers may begin or end with the point" },
    { text: "offset offset 5m", as: "offset~300", because: "a metric may be called offset" },
    { text: "a # comment\n + 1", as: "(a + 1)", because: "comments run to the end of the line" },
  ])("reads $text as $as: $because", ({ text, as }) => {
    expect(grouped(parseExpression(text))).toBe(as);
  });

  it("reads matchers, quoted names and the metric name among them", () => {
    const expression = parseExpression('{"utf8.name", "a.b"!="c", d=~`e.*`, f!~\'g\'}');
    expect(expression).toMatchObject({
      matchers: [
        { name: "__name__", op: "=", value: "utf8.name" },
        { name: "a.b", op: "!=", value: "c" },
        { name: "d", op: "=~", value: "e.*" },
        { name: "f", op: "!~", value: "g" },
      ],
    });
  });

  it("reads how vectors are matched", () => {
    expect(parseExpression("a * on (x) group_left (y, z) b")).toMatchObject({
      matching: { on: true, labels: ["x"], many: "left", include: ["y", "z"] },
    });
    expect(parseExpression("a > bool ignoring (x) b")).toMatchObject({
      returnBool: true,
      matching: { on: false, labels: ["x"], include: [] },
    });
  });

  it.each([
    { text: "", at: [0, 0], message: "1:1: parse error: no expression found in input" },
    { text: "foo bar", at: [4, 7], message: '1:5: parse error: unexpected "bar"' },
    { text: "1 +", at: [3, 3], message: "1:4: parse error: unexpected end of input" },
    { text: "a +\n  * b", at: [6, 7], message: '2:3: parse error: unexpected "*"' },
    { text: "nosuch(a)", at: [0, 6], message: '1:1: parse error: unknown function with name "nosuch"' },
    { text: "RATE(a[5m])", at: [0, 4], message: '1:1: parse error: unknown function with name "RATE"' },
    { text: 'a{"b"}', at: [0, 6], message: '1:1: parse error: metric name must not be set twice: "a" or "b"' },
    { text: "a offset 5m offset 5m", at: [0, 11], message: "1:1: parse error: offset may not be set multiple times" },
    { text: "a @ 1 @ 2", at: [0, 5], message: "1:1: parse error: @ <timestamp> may not be set multiple times" },
    { text: "rate(a offset 1m [5m])", at: [5, 21], message: "1:6: parse error: no offset modifiers allowed before range" },
    { text: "rate(sum(a)[5m])", at: [5, 15], message: "1:6: parse error: ranges only allowed for vector selectors" },
    { text: "a[0]", at: [2, 3], message: "1:3: parse error: duration must be greater than 0" },
    { text: "a[2 * 3]", at: [2, 7], message: '1:3: parse error: bad number or duration syntax: "2*3"' },
    {
      text: "quantile(a)",
      at: [0, 11],
      message: "1:1: parse error: wrong number of arguments for aggregate expression provided, expected 2, got 1",
    },
    { text: "'\\xZZ'", at: [0, 6], message: "1:1: parse error: illegal character U+005A 'Z' in escape sequence" },
    { text: "a + fill(0) b", at: [0, 13], message: "1:1: parse error: fill modifiers are not supported" },
    { text: "a[5m] smoothed", at: [0, 14], message: "1:1: parse error: modifier smoothed is not supported" },
  ])("refuses $text", ({ text, at, message }) => {
    let caught: unknown;
    try {
      parseExpression(text);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(PromqlError);
    expect(caught).toMatchObject({ kind: "parse", message, start: at[0], end: at[1] });
  });

  it("refuses a query too long or too deep for the stack", () => {
    expect(() => parseExpression("a".repeat(20_000))).toThrow("query longer than 16384 characters");
    for (const deep of [`1${"^1".repeat(4000)}`, `1${"+1".repeat(1000)}`, `${"(".repeat(1000)}1${")".repeat(1000)}`]) {
      expect(() => parseExpression(deep)).toThrow("query nests too deeply");
    }
    expect(() => parseExpression(`1${"+1".repeat(500)}`)).not.toThrow();
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadExpressions } from "./expression.ts";

const { checkExpression, compileExpression } = await loadExpressions();
const NAMES = ["a", "b", "cost.monthlyUsd", "ttft.p95Seconds"];
const evaluate = (text: string, ...values: number[]): number => compileExpression(text, NAMES)(Float64Array.from(values));
const codes = (text: string): readonly string[] => checkExpression(text, NAMES).map((issue) => issue.code);

describe("compileExpression", () => {
  it.each([
    { text: "1 + 2 * 3 ^ 2", value: 19, because: "precedence is that of mathematics" },
    { text: "-a ^ 2", value: -9, because: "a power binds before a sign" },
    { text: "cost.monthlyUsd / 2", value: 50, because: "dotted names are variables" },
    { text: "a > 2 ? b : 0", value: 4, because: "a condition chooses" },
    { text: "a > 3 ? b : 0", value: 0, because: "a condition chooses the other" },
    { text: "1 < a <= 3", value: 1, because: "comparisons chain" },
    { text: "1 < a < 3", value: 0, because: "every link must hold" },
    { text: "a == 3 and not (b == 3)", value: 1, because: "logic yields 0 and 1" },
    { text: "a == 4 or b == 4", value: 1, because: "either will do" },
    { text: "a != 3 xor b == 4", value: 1, because: "exactly one" },
    { text: "max(1, a, b) - min(a, b)", value: 1, because: "min and max take many" },
    { text: "round(2.5) + round(-2.5)", value: 0, because: "halves are rounded away from zero" },
    { text: "-7 mod 3", value: 2, because: "the result has the sign of the divisor" },
    { text: "5%", value: 0.05, because: "percent is a hundredth" },
    { text: "sqrt(abs(-16)) + ceil(0.2) + floor(0.9)", value: 5, because: "common functions are there" },
    { text: "log(exp(1)) + pow(2, 10)", value: 1025, because: "log is natural" },
    { text: "2 a", value: 6, because: "a product may be implied" },
  ])("evaluates $text to $value: $because", ({ text, value }) => {
    expect(evaluate(text, 3, 4, 100, 0.5)).toBeCloseTo(value, 12);
  });

  it("agrees with JavaScript on sums, products and quotients", () => {
    const number = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(number, number, (a, b) => {
        expect(evaluate("(a + b) * a - b / 7", a, b, 0, 0)).toBe((a + b) * a - b / 7);
      }),
    );
  });
});

describe("checkExpression", () => {
  it.each([
    "{}.constructor",
    "a.constructor",
    "constructor",
    "__proto__",
    "f(x)=x",
    "f(x)=f(x); f(1)",
    'import("x")',
    "import({a:1})",
    "createUnit(1)",
    "a = 3",
    "1:3",
    "[1, 2]",
    "a[1]",
    'a["constructor"]',
    '"text"',
    "true",
    "a; b",
    "a to b",
    "a'",
    "5!",
    "2 USD",
    "a.b(3)",
    "toString()",
    "hasOwnProperty(1)",
    "cos(1)",
    "a ?? b",
    "a | b",
    "i",
  ])("refuses %s", (text) => {
    expect(checkExpression(text, NAMES)).not.toEqual([]);
    expect(() => compileExpression(text, NAMES)).toThrow(TypeError);
  });

  it("refuses deep nesting and long text before the parser meets them", () => {
    expect(codes(`${"(".repeat(100_000)}1${")".repeat(100_000)}`)).toEqual(["expression_too_long"]);
    expect(codes(`${"(".repeat(400)}1${")".repeat(400)}`)).toEqual(["expression_too_deep"]);
    expect(codes(`${"-".repeat(900)}1`)).toEqual(["expression_too_deep"]);
    expect(codes(`1${"^1".repeat(450)}`)).toEqual(["expression_too_deep"]);
  });

  it("points at what it refuses", () => {
    expect(checkExpression("a + cost.monthlyUSD", NAMES)).toEqual([
      { code: "unknown_metric", path: [], column: 5, data: { metric: "cost.monthlyUSD", nearest: ["cost.monthlyUsd"] } },
    ]);
    expect(checkExpression("a + ", NAMES)).toMatchObject([{ code: "expression_syntax", column: 5 }]);
    expect(checkExpression("1 + cos(a)", NAMES)).toMatchObject([{ code: "unknown_function", column: 5 }]);
    expect(checkExpression("", NAMES)).toMatchObject([{ code: "expression_syntax", column: 1 }]);
  });

  it("reports every problem of a formula, not only the first", () => {
    expect(codes("x + y + abs(1, 2)")).toEqual(["unknown_metric", "unknown_metric", "wrong_argument_count"]);
  });

  it("never throws, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."ab12.+-*/^()[]{}=<>?:,;\"'% !|&"), maxLength: 40 }), (text) => {
        const issues = checkExpression(text, NAMES);
        if (issues.length === 0) expect(typeof evaluate(text, 1, 2, 3, 4)).toBe("number");
      }),
      { numRuns: 500 },
    );
  });
});

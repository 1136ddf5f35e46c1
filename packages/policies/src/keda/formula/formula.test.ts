import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileFormula, compositeMilli } from "./formula.ts";
import { FormulaError } from "./tokens.ts";

const value = (formula: string, values: Readonly<Record<string, number | null>> = { a: 6, b: 4 }): number | null =>
  compileFormula(formula, Object.keys(values)).evaluate(values);

/** Message and column of the refusal. */
function refusal(formula: string): string {
  try {
    value(formula);
  } catch (error) {
    if (error instanceof FormulaError) return `${error.message} (1:${error.column})`;
    throw error;
  }
  return "accepted";
}

describe("a formula", () => {
  it.each([
    ["a + b * 2 ** 3 ** 2 / 128", 6 + (4 * 512) / 128, "powers bind first, and to the right"],
    ["-2 ** 2", -4, "a sign binds less than a power"],
    ["not (a > 5) || b > 3 and true ? 1 : 2", 1, "and binds more than or"],
    ["a in [1, 6] ? 1 : 0", 1, "a whole number equals a float of its size"],
    ["a not in 1..5 ? 1 : 0", 1, "not stands before in"],
    ["let x = a; if x > 5 { x } else { b }", 6, "branches and names"],
    ["[a, b] | map(# * 2) | sum()", 20, "pipes hand on the first argument"],
    ["sum(map([a, b], # + #index))", 11, "the place of an element"],
    ["reduce([a, b], #acc * #, 2)", 48, "a start for the accumulator"],
    ["{n: {m: a}}.n.m + [[1, b]][0][1]", 10, "members and places"],
    ["int(-7) % 4 + 9 % 5", 1, "the sign of a remainder is the first number's"],
    ["round(-2.5)", -3, "half away from zero"],
    ["len('héé') + indexOf('abc', 'c')", 5, "characters, not bytes"],
    ["float('1e3') + int('12')", 1012, "texts become numbers"],
    ["sortBy([a, b], -#)[0]", 6, "by what the predicate says"],
    ["[1, 2, 3][1:] | sum()", 5, "a part of a list"],
    ["bitshl(1, 4) + bitxor(6, 3)", 21, "bits"],
  ])("%s is %d: %s", (formula, expected) => {
    expect(value(formula)).toBeCloseTo(expected, 12);
  });

  it.each([
    ["now()", "unknown name now (1:7)", "dates are not simulated"],
    ["a matches 'x'", "invalid operation: matches (mismatched types float64 and string) (1:9)", "types are checked first"],
    ["# > 1", 'unexpected token Operator("#") (1:7)', "there is no element outside a predicate"],
    ["'abc", "literal not terminated (1:7)", "a quote stays open"],
    ["a @ b", 'unexpected token Operator("@") (1:9)', "no such operator"],
    ["len(1..100000000)", "memory budget exceeded: a range of 100000000 elements (1:12)", "a manifest may not eat the memory"],
    ["[a][5]", "index out of range: 5 (array length is 1) (1:10)", "it is tried once before it is accepted"],
  ])("%s is refused with %s: %s", (formula, expected) => {
    expect(refusal(formula)).toBe(expected);
  });

  it("hands triggers that fail to the formula as nil, and may itself be nil", () => {
    expect(value("a ?? b", { a: null, b: 4 })).toBe(4);
    expect(value("a ?? b", { a: null, b: null })).toBe(null);
  });

  it("agrees with arithmetic on any numbers", () => {
    const number = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(number, number, (a, b) => {
        expect(value("(a + b) * 2 - a / (b * b + 1)", { a, b })).toBe((a + b) * 2 - a / (b * b + 1));
        expect(value("max(a, b) - min(a, b)", { a, b })).toBe(Math.max(a, b) - Math.min(a, b));
      }),
    );
  });

  it("refuses or runs any text, and never does anything else", () => {
    const piece = fc.constantFrom(
      "a",
      "b",
      "1",
      "(",
      ")",
      "[",
      "]",
      "#",
      "?",
      ":",
      "+",
      "-",
      "..",
      "??",
      "let x = a;",
      "sum",
      ",",
      "'s'",
      "{",
      "}",
      "in",
      "|",
    );
    fc.assert(fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => void refusal(pieces.join(" "))));
    fc.assert(fc.property(fc.string({ maxLength: 40 }), (text) => void refusal(text)));
  });
});

it("cuts a composite to thousandths; what no int64 holds becomes the smallest one", () => {
  expect(compositeMilli(1.9999)).toBe(1999n);
  expect(compositeMilli(-1.9999)).toBe(-1999n);
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 1e16]) expect(compositeMilli(value)).toBe(-(2n ** 63n));
});

import { describe, expect, it } from "vitest";
import { formatNumber, parseNumber, unquote } from "./literals.ts";

describe("parseNumber", () => {
  it.each([
    { text: "5", value: 5, because: "a plain number" },
    { text: ".5", value: 0.5, because: "the whole part may be missing" },
    { text: "5.", value: 5, because: "the fraction may be missing" },
    { text: "1e3", value: 1000, because: "exponents count" },
    { text: "1_000", value: 1000, because: "underscores group digits" },
    { text: "0x1F", value: 31, because: "hexadecimal" },
    { text: "010", value: 8, because: "a leading zero means octal, as in Go" },
    { text: "08", value: 8, because: "what is no octal number is decimal" },
    { text: "-Inf", value: Number.NEGATIVE_INFINITY, because: "infinity has a sign" },
    { text: "nan", value: Number.NaN, because: "any case will do" },
    { text: "1h30m", value: 5400, because: "units add up" },
    { text: "1d", value: 86_400, because: "a day has 24 hours" },
    { text: "-5m", value: -300, because: "durations have a sign" },
    { text: "250ms", value: 0.25, because: "milliseconds" },
    { text: "30m1h", value: undefined, because: "units go from large to small" },
    { text: "1.5m", value: undefined, because: "a duration counts whole units" },
    { text: "", value: undefined, because: "nothing is no number" },
  ])("reads $text as $value: $because", ({ text, value }) => {
    expect(parseNumber(text)).toEqual(value);
  });
});

describe("unquote", () => {
  it.each([
    { literal: '"a\\tb"', value: "a\tb", because: "escapes as in Go" },
    { literal: "'it\\'s'", value: "it's", because: "a quote is escaped within its own kind" },
    { literal: "`a\\tb`", value: "a\\tb", because: "back quotes take text as it is" },
    { literal: '"llama\\x2da"', value: "llama-a", because: "hexadecimal bytes" },
    { literal: '"\\u00e9\\U0001F600"', value: "é😀", because: "code points" },
    { literal: '"\\xc3\\xa9"', value: "é", because: "bytes make up UTF-8" },
    { literal: '"\\101"', value: "A", because: "octal bytes" },
  ])("reads $literal: $because", ({ literal, value }) => {
    expect(unquote(literal)).toEqual({ value });
  });

  it.each([
    { literal: '"abc', error: "unterminated quoted string" },
    { literal: '"a\nb"', error: "unterminated quoted string" },
    { literal: "'\\xZZ'", error: "illegal character U+005A 'Z' in escape sequence" },
    { literal: '"\\q"', error: "unknown escape sequence U+0071 'q'" },
    { literal: '"\\\'"', error: "unknown escape sequence U+0027 '''" },
    { literal: '"\\ud800"', error: "escape sequence is an invalid Unicode code point" },
  ])("refuses $literal", ({ literal, error }) => {
    expect(unquote(literal)).toEqual({ error });
  });
});

describe("formatNumber", () => {
  it.each([
    [0.1, "0.1"],
    [-0, "-0"],
    [1e21, "1000000000000000000000"],
    [1.5e-7, "0.00000015"],
    [-1.25e22, "-12500000000000000000000"],
    [Number.NaN, "NaN"],
    [Number.POSITIVE_INFINITY, "+Inf"],
    [Number.NEGATIVE_INFINITY, "-Inf"],
  ])("writes %d without exponent as %s", (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });
});

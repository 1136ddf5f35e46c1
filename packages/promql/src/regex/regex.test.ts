import { fc, it as property } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { compileRegex } from "./regex.ts";

describe("compileRegex", () => {
  it.each([
    { pattern: "a|bc", yes: ["a", "bc"], no: ["ab", "abc", ""], because: "the whole text must match" },
    { pattern: "", yes: [""], no: ["a"], because: "the empty pattern matches empty text only" },
    { pattern: "a.c", yes: ["abc", "a\nc", "a😀c"], no: ["ac", "abbc"], because: "a point is any one character, newlines included" },
    { pattern: "a{2,3}", yes: ["aa", "aaa"], no: ["a", "aaaa"], because: "counts bound repeats" },
    { pattern: "a{2}", yes: ["aa"], no: ["a", "aaa"], because: "one count is exact" },
    { pattern: "a{2,}", yes: ["aa", "aaaaa"], no: ["a"], because: "an open count is a minimum" },
    { pattern: "a{,2}", yes: ["a{,2}"], no: ["", "aa"], because: "without a minimum it is plain text" },
    { pattern: "(ab)*c?", yes: ["", "abab", "ababc", "c"], no: ["aba"], because: "groups repeat" },
    { pattern: "(a*)*", yes: ["", "aaa"], no: ["b"], because: "a repeat of nothing ends" },
    { pattern: "[a-c-]+", yes: ["a-c", "b"], no: ["d"], because: "a dash at the end is itself" },
    { pattern: "[]x]", yes: ["]", "x"], no: ["y"], because: "a bracket first is itself" },
    { pattern: "[^\\d\\s]+", yes: ["ab"], no: ["a1", "a b"], because: "classes within sets" },
    { pattern: "[[:alpha:]_]+", yes: ["a_Z"], no: ["a1"], because: "POSIX classes" },
    { pattern: "\\pL+", yes: ["aé"], no: ["a1"], because: "Unicode categories" },
    { pattern: "\\p{Greek}+", yes: ["αβ"], no: ["ab"], because: "Unicode scripts" },
    { pattern: "\\P{Lu}", yes: ["a"], no: ["A"], because: "and their opposites" },
    { pattern: "(?i)llama", yes: ["LLaMA", "llama"], no: ["lama"], because: "case is folded for the rest" },
    { pattern: "a(?i:b)c", yes: ["abc", "aBc"], no: ["ABC"], because: "or for a group" },
    { pattern: "(?i)[a-c]", yes: ["B"], no: ["d"], because: "in sets too" },
    { pattern: "(?-s)a.c", yes: ["abc"], no: ["a\nc"], because: "newlines can be left out" },
    { pattern: "(?m)a$\n^b", yes: ["a\nb"], no: ["ab"], because: "lines begin and end within the text" },
    { pattern: "^a$", yes: ["a"], no: ["a\n"], because: "anchors may be given again" },
    { pattern: "\\Aa\\z", yes: ["a"], no: [" a"], because: "in any spelling" },
    { pattern: "a\\b.b", yes: ["a-b"], no: ["aab"], because: "words have boundaries" },
    { pattern: "a\\Bb", yes: ["ab"], no: ["a b"], because: "and insides" },
    { pattern: "\\Qa.b\\E+", yes: ["a.b", "a.bb"], no: ["axb"], because: "quoted text is literal" },
    { pattern: "\\x41\\x{1F600}\\101\\.", yes: ["A😀A."], no: ["A😀Ax"], because: "characters have codes" },
    { pattern: "qwen2\\.5-72b", yes: ["qwen2.5-72b"], no: ["qwen2x5-72b"], because: "an escaped point is itself" },
  ])("$pattern matches $yes and not $no: $because", ({ pattern, yes, no }) => {
    const { matches } = compileRegex(pattern);
    expect(yes.filter((text) => !matches(text))).toEqual([]);
    expect(no.filter((text) => matches(text))).toEqual([]);
  });

  it.each([
    { pattern: "(", message: "missing closing ): `(`" },
    { pattern: "a)", message: "unexpected ): `a)`" },
    { pattern: "*", message: "missing argument to repetition operator: `*`" },
    { pattern: "a**", message: "invalid nested repetition operator: `**`" },
    { pattern: "[a", message: "missing closing ]: `[a`" },
    { pattern: "[b-a]", message: "invalid character class range: `b-a`" },
    { pattern: "[[:nosuch:]]", message: "invalid character class range: `[:nosuch:]`" },
    { pattern: "\\p{Nosuch}", message: "invalid character class range: `\\p{Nosuch}`" },
    { pattern: "(a)\\1", message: "invalid escape sequence: `\\1`" },
    { pattern: "\\y", message: "invalid escape sequence: `\\y`" },
    { pattern: "a\\", message: "trailing backslash at end of expression: ``" },
    { pattern: "(?=a)", message: "invalid or unsupported Perl syntax: `(?=a`" },
    { pattern: "(?!a)", message: "invalid or unsupported Perl syntax" },
    { pattern: "(?<=a)b", message: "invalid or unsupported Perl syntax" },
    { pattern: "(?P<1 >a)", message: "invalid named capture: `(?P<1 >`" },
    { pattern: "(?P<a>.)(?P<a>.)", message: "duplicate capture group name: `a`" },
    { pattern: "a{1001}", message: "invalid repeat count: `{1001}`" },
    { pattern: "a{2,1}", message: "invalid repeat count: `{2,1}`" },
    { pattern: "(a{100}){100}", message: "invalid repeat count" },
    { pattern: "(abcdefghij{0,1}){1000}(abcdefghij{0,1}){1000}".repeat(6), message: "expression too large" },
    { pattern: "(".repeat(1001), message: "expression nests too deeply" },
  ])("refuses $pattern as RE2 does", ({ pattern, message }) => {
    expect(() => compileRegex(pattern)).toThrow(message);
  });

  it("finds groups as Perl would, alternatives in order and repeats greedy", () => {
    expect(compileRegex("(.*)-.*-(.*)").groups("a-b-c-d")).toEqual(["a-b-c-d", "a-b", "d"]);
    expect(compileRegex("(.*?)-(.*)").groups("a-b-c")).toEqual(["a-b-c", "a", "b-c"]);
    expect(compileRegex("(?U)(.*)-(.*)").groups("a-b-c")).toEqual(["a-b-c", "a", "b-c"]);
    expect(compileRegex("(a|ab)(c|bcd)?(d*)").groups("abcd")).toEqual(["abcd", "a", "bcd", ""]);
    expect(compileRegex("(?:x)(y)?").groups("x")).toEqual(["x", ""]);
    expect(compileRegex("(a)").groups("b")).toBeUndefined();
  });

  it("knows groups by name, in both spellings", () => {
    const regex = compileRegex("(?P<first>.)(?<second>.)");
    expect([regex.groupIndex("first"), regex.groupIndex("second"), regex.groupIndex("third"), regex.groupIndex("")]).toEqual([
      1, 2, -1, -1,
    ]);
  });

  it("takes time in proportion where backtracking would take for ever", () => {
    expect(compileRegex("(a*)*b").matches("a".repeat(5000))).toBe(false);
    expect(compileRegex("(a?){500}a{500}").matches("a".repeat(500))).toBe(true);
  });

  const pattern = fc.letrec<{ node: string }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.constantFrom("a", "b", "c", ".", "[ab]", "[^a]", "\\w", "^", "$", ""),
      fc.tuple(tie("node"), tie("node")).map(([left, right]) => left + right),
      fc.tuple(tie("node"), tie("node")).map(([left, right]) => `(${left}|${right})`),
      fc.tuple(tie("node"), fc.constantFrom("*", "+", "?", "{1,2}", "*?")).map(([part, repeat]) => `(?:${part})${repeat}`),
    ),
  })).node;

  property.prop([pattern, fc.string({ unit: fc.constantFrom("a", "b", "c", "\n"), maxLength: 8 })], { seed: 1 })(
    "agrees with JavaScript where the languages are the same",
    (text, subject) => {
      expect(compileRegex(text).matches(subject)).toBe(new RegExp(`^(?:${text})$`, "su").test(subject));
    },
  );
});

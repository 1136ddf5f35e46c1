import type { VectorSelector } from "./ast.ts";
import { labelValue, METRIC_NAME } from "./labels.ts";
import { type AnchoredRegex, compileRegex } from "./regex/regex.ts";
import type { LabelMatcher, Labels } from "./series.ts";

/** A selector's matchers, ready for use: what the reader tests, and the regular expressions tested here. */
export interface CompiledSelector {
  readonly equalities: readonly LabelMatcher[];
  /** True when the labels match every regular expression; remembered by label set. Absent when there are none. */
  readonly matchesPatterns?: (labels: Labels) => boolean;
}

/**
 * Compiles a selector's regular expressions.
 * @throws Error with RE2's message for a pattern that RE2 refuses.
 */
export function compileSelector(selector: VectorSelector): CompiledSelector {
  const equalities = selector.matchers.filter((matcher) => matcher.op === "=" || matcher.op === "!=");
  const patterns = selector.matchers.filter(isPattern).map((matcher) => ({ ...matcher, regex: compileRegex(matcher.value) }));
  if (patterns.length === 0) return { equalities };
  const known = new WeakMap<Labels, boolean>();
  const test = (labels: Labels): boolean =>
    patterns.every(({ name, op, regex }) => regex.matches(labelValue(labels, name)) === (op === "=~"));
  const matchesPatterns = (labels: Labels): boolean => {
    const before = known.get(labels);
    if (before !== undefined) return before;
    const matches = test(labels);
    known.set(labels, matches);
    return matches;
  };
  return { equalities, matchesPatterns };
}

/**
 * The test that a matcher makes of a label's value; a series that lacks the label has the value "".
 * @throws Error with RE2's message for a pattern that RE2 refuses.
 */
export function matcherTest({ op, value }: LabelMatcher): (labelValue: string) => boolean {
  if (op === "=" || op === "!=") return (actual) => (actual === value) === (op === "=");
  const regex = compileRegex(value);
  return (actual) => regex.matches(actual) === (op === "=~");
}

/** True when a matcher accepts a series that lacks the label. */
export function matchesEmpty({ op, value }: LabelMatcher, compile: (pattern: string) => AnchoredRegex): boolean {
  switch (op) {
    case "=":
      return value === "";
    case "!=":
      return value !== "";
    case "=~":
      return compile(value).matches("");
    case "!~":
      return !compile(value).matches("");
  }
}

/** Metric names a selector can read; undefined when it does not say. */
export function selectedNames(selector: VectorSelector): readonly string[] | undefined {
  const named = selector.matchers.filter((matcher) => matcher.name === METRIC_NAME);
  const exact = named.find((matcher) => matcher.op === "=" && matcher.value !== "");
  if (exact) return [exact.value];
  const listed = named.find((matcher) => matcher.op === "=~" && /^[\w:]+(\|[\w:]+)*$/.test(matcher.value));
  return listed?.value.split("|");
}

/** The labels an absent series would have: those of the selector's equality matchers, unless a label is named twice. */
export function impliedLabels(selector: VectorSelector): Record<string, string> {
  const counts = new Map<string, number>();
  for (const { name } of selector.matchers) counts.set(name, (counts.get(name) ?? 0) + 1);
  const equal = selector.matchers.filter(
    ({ name, op, value }) => op === "=" && name !== METRIC_NAME && value !== "" && counts.get(name) === 1,
  );
  return Object.fromEntries(equal.map(({ name, value }) => [name, value]));
}

function isPattern(matcher: LabelMatcher): boolean {
  return matcher.op === "=~" || matcher.op === "!~";
}

import { expect, it } from "vitest";
import { matcherTest } from "./matcher.ts";

it.each([
  { op: "=", value: "a", accepts: ["a"], refuses: ["", "b", "ab"] },
  { op: "!=", value: "a", accepts: ["", "b"], refuses: ["a"] },
  { op: "=~", value: "a|b.*", accepts: ["a", "b", "bcd"], refuses: ["", "ab", "xb"] },
  { op: "!~", value: "a|b.*", accepts: ["", "ab"], refuses: ["a", "bcd"] },
] as const)("tests values by $op $value, patterns anchored at both ends", ({ op, value, accepts, refuses }) => {
  const test = matcherTest({ name: "pod", op, value });
  expect(accepts.map(test)).toEqual(accepts.map(() => true));
  expect(refuses.map(test)).toEqual(refuses.map(() => false));
});

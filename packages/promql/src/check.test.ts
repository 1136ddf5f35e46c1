import { describe, expect, it } from "vitest";
import { parseQuery } from "./query.ts";

describe("checkTypes", () => {
  it.each([
    { text: "1 + 1", type: "scalar" },
    { text: "a + 1", type: "instant vector" },
    { text: "a[5m]", type: "range vector" },
    { text: '"text"', type: "string" },
    { text: "scalar(a)", type: "scalar" },
    { text: "(-time())", type: "scalar" },
    { text: 'label_join(a, "x", "-")', type: "instant vector" },
    { text: "hour()", type: "instant vector" },
  ])("finds that $text is a $type", ({ text, type }) => {
    expect(parseQuery(text).type).toBe(type);
  });

  it.each([
    { text: "rate(a)", message: '1:6: parse error: expected type range vector in call to function "rate", got instant vector' },
    { text: "abs(1)", message: '1:5: parse error: expected type instant vector in call to function "abs", got scalar' },
    { text: "hour(1)", message: '1:6: parse error: expected type instant vector in call to function "hour", got scalar' },
    { text: "clamp(a)", message: '1:1: parse error: expected 3 argument(s) in call to "clamp", got 1' },
    { text: "round()", message: '1:1: parse error: expected at least 1 argument(s) in call to "round", got 0' },
    { text: "round(a, 1, 2)", message: '1:1: parse error: expected at most 2 argument(s) in call to "round", got 3' },
    { text: "a[5m] + 1", message: "1:1: parse error: binary expression must contain only scalar and instant vector types" },
    { text: "a and 1", message: '1:1: parse error: set operator "and" not allowed in binary scalar expression' },
    { text: "a and on(x) group_left b", message: '1:1: parse error: no grouping allowed for "and" operation' },
    { text: "1 > 2", message: "1:1: parse error: comparisons between scalars must use BOOL modifier" },
    { text: "a + bool b", message: "1:1: parse error: bool modifier can only be used on comparison operators" },
    { text: "a * on(x) group_left(x) b", message: '1:1: parse error: label "x" must not occur in ON and GROUP clause at once' },
    { text: "a + on(x) 1", message: "1:1: parse error: vector matching only allowed between instant vectors" },
    {
      text: "-a[5m]",
      message: '1:1: parse error: unary expression only allowed on expressions of type scalar or instant vector, got "range vector"',
    },
    { text: "1[5m:]", message: "1:1: parse error: subquery is only allowed on instant vector, got scalar instead" },
    { text: "sum(a[5m])", message: "1:5: parse error: expected type instant vector in aggregation expression, got range vector" },
    { text: 'topk("x", a)', message: "1:6: parse error: expected type scalar in aggregation parameter, got string" },
    { text: "count_values(1, a)", message: "1:14: parse error: expected type string in aggregation parameter, got scalar" },
    { text: "{}", message: "1:1: parse error: vector selector must contain at least one non-empty matcher" },
    { text: '{x=~".*", y=""}', message: "1:1: parse error: vector selector must contain at least one non-empty matcher" },
    { text: 'a{x=~"("}', message: "1:1: parse error: error parsing regexp: missing closing ): `(`" },
  ])("refuses $text", ({ text, message }) => {
    expect(() => parseQuery(text)).toThrow(message);
  });

  it("allows experimental functions only when asked to", () => {
    expect(() => parseQuery("mad_over_time(a[5m])")).toThrow('function "mad_over_time" is not enabled');
    expect(() => parseQuery("limitk(2, a)")).toThrow("limitk() is experimental");
    expect(parseQuery("mad_over_time(a[5m])", { experimentalFunctions: true }).type).toBe("instant vector");
  });
});

import { fc, it as property } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { ask, askLines, askValue, every, type SeriesSpec } from "./testing.ts";

const series: readonly SeriesSpec[] = [
  every(15, { __name__: "a", pod: "x", zone: "1" }, [4]),
  every(15, { __name__: "a", pod: "y", zone: "1" }, [8]),
  every(15, { __name__: "a", pod: "z", zone: "2" }, [3]),
];
const lines = (query: string, world = series): string[] => askLines(query, { series: world });
const withNaN = [...series, every(15, { __name__: "a", pod: "n", zone: "2" }, [Number.NaN])];

describe("aggregate", () => {
  it("groups by labels, without labels, or all in one", () => {
    expect(lines("sum by (zone) (a)")).toEqual(["zone=1 → 12", "zone=2 → 3"]);
    expect(lines("sum without (pod) (a)")).toEqual(["zone=1 → 12", "zone=2 → 3"]);
    expect(lines("sum(a)")).toEqual([" → 15"]);
    expect(lines("sum by (nosuch) (a)")).toEqual([" → 15"]);
    expect(lines("max by (__name__) (a)")).toEqual(["__name__=a → 8"]);
  });

  it.each([
    ["avg(a)", 5],
    ["min(a)", 3],
    ["max(a)", 8],
    ["count(a)", 3],
    ["group(a)", 1],
    ["stdvar(a)", 14 / 3],
    ["stddev(a)", Math.sqrt(14 / 3)],
    ["quantile(0.5, a)", 4],
    ["quantile(0.25, a)", 3.5],
    ["quantile(-1, a)", Number.NEGATIVE_INFINITY],
    ["quantile(2, a)", Number.POSITIVE_INFINITY],
  ])("finds that %s is %d", (query, value) => {
    expect(askValue(query, { series })).toBe(value);
  });

  it("gives nothing for nothing, not zero", () => {
    for (const query of ["sum(nosuch)", "count(nosuch)", "topk(1, nosuch)", "quantile(0.5, nosuch)"]) expect(lines(query)).toEqual([]);
  });

  it("prefers numbers to NaN in max, min, topk and bottomk", () => {
    expect(askValue("max(a)", { series: withNaN })).toBe(8);
    expect(askValue("min(a)", { series: withNaN })).toBe(3);
    expect(lines("topk(2, a)", withNaN)).toEqual(["__name__=a pod=y zone=1 → 8", "__name__=a pod=x zone=1 → 4"]);
    expect(lines("bottomk(4, a)", withNaN).at(-1)).toBe("__name__=a pod=n zone=2 → NaN");
    expect(askValue("sum(a)", { series: withNaN })).toBeNaN();
  });

  it("picks elements within groups, whole", () => {
    expect(lines("topk by (zone) (1, a)")).toEqual(["__name__=a pod=y zone=1 → 8", "__name__=a pod=z zone=2 → 3"]);
    expect(lines("topk(0.9, a)")).toEqual([]);
    expect(() => ask("topk(NaN, a)", { series })).toThrow("Parameter value is NaN");
    expect(() => ask("topk(1e30, a)", { series })).toThrow("Scalar value 1e+30 overflows int64");
    expect(askLines("limitk(2, a)", { series, experimentalFunctions: true })).toHaveLength(2);
  });

  it("counts equal values under a label that holds them", () => {
    expect(lines('count_values("v", a > bool 3)')).toEqual(["v=1 → 2", "v=0 → 1"]);
    expect(() => ask('count_values("", a)', { series })).toThrow('invalid label name ""');
  });

  property.prop(
    [fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: -1000, max: 1000 })), { minLength: 1, maxLength: 30 })],
    { seed: 1 },
  )("sums of groups add up to the sum of all", (elements) => {
    const world = elements.map(([zone, value], pod) => every(15, { __name__: "a", pod: String(pod), zone: String(zone) }, [value]));
    expect(askValue("sum(sum by (zone) (a))", { series: world })).toBe(askValue("sum(a)", { series: world }));
  });

  property.prop([fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 50 })], { seed: 1 })(
    "topk gives the largest values in order",
    (values, count) => {
      const world = values.map((value, pod) => every(15, { __name__: "a", pod: String(pod) }, [value]));
      const result = ask(`topk(${count}, a)`, { series: world });
      const expected = [...values].sort((left, right) => right - left).slice(0, count);
      expect(result.type === "vector" && result.elements.map(({ value }) => value)).toEqual(expected);
    },
  );
});

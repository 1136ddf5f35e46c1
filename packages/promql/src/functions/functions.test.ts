import { describe, expect, it } from "vitest";
import { ask, askLines, askValue, every } from "../testing.ts";

const gauge = (value: number) => ({ series: [every(15, { __name__: "g", pod: "a" }, [value])] });

describe("functions of single elements", () => {
  it.each([
    ["abs(g)", -2, 2],
    ["ceil(g)", 1.2, 2],
    ["floor(g)", -1.2, -2],
    ["sqrt(g)", -1, Number.NaN],
    ["sgn(g)", -7, -1],
    ["sgn(g)", Number.NaN, Number.NaN],
    ["round(g)", 2.5, 3],
    ["round(g)", -2.5, -2],
    ["round(g, 0.01)", 1.234, 1.23],
    ["round(g, 5)", 7.5, 10],
    ["clamp(g, 1, 5)", 7, 5],
    ["clamp(g, 1, 5)", Number.NaN, Number.NaN],
    ["clamp_min(g, 1)", 0, 1],
    ["clamp_max(g, 1)", 3, 1],
    ["deg(g)", Math.PI, 180],
    ["rad(g)", 180, Math.PI],
    ["-g", 3, -3],
    ["+g", 3, 3],
  ])("%s of %d is %d", (query, value, result) => {
    expect(askValue(query, gauge(value))).toBe(result);
  });

  it("drop the metric name", () => {
    expect(askLines("abs(g)", gauge(1))).toEqual(["pod=a → 1"]);
  });

  it("clamp to nothing when the limits cross", () => {
    expect(askLines("clamp(g, 5, 1)", gauge(1))).toEqual([]);
  });
});

describe("functions of the calendar", () => {
  it.each([
    [0, { year: 1970, month: 1, day_of_month: 1, day_of_year: 1, day_of_week: 4, days_in_month: 31, hour: 0, minute: 0 }],
    [951_782_399, { year: 2000, month: 2, day_of_month: 28, day_of_year: 59, day_of_week: 1, days_in_month: 29, hour: 23, minute: 59 }],
    [1_772_323_199, { year: 2026, month: 2, day_of_month: 28, day_of_year: 59, day_of_week: 6, days_in_month: 28, hour: 23, minute: 59 }],
    [4_107_542_400, { year: 2100, month: 3, day_of_month: 1, day_of_year: 60, day_of_week: 1, days_in_month: 31, hour: 0, minute: 0 }],
    [-1, { year: 1969, month: 12, day_of_month: 31, day_of_year: 365, day_of_week: 3, days_in_month: 31, hour: 23, minute: 59 }],
    [1_735_689_599, { year: 2024, month: 12, day_of_month: 31, day_of_year: 366, day_of_week: 2, days_in_month: 31, hour: 23, minute: 59 }],
  ])("place %d in UTC", (seconds, expected) => {
    for (const [name, value] of Object.entries(expected)) expect([name, askValue(`${name}(g)`, gauge(seconds))]).toEqual([name, value]);
  });

  it("use the evaluation time without an argument", () => {
    expect(askValue("hour()", { at: 3600, startEpochSeconds: 1_767_225_600 })).toBe(1);
  });
});

describe("absent and absent_over_time", () => {
  it("give 1 with the labels the selector asks for", () => {
    expect(askLines('absent(nosuch{a="b", c=~"d", e!="f", g="h", g="i"})')).toEqual(["a=b → 1"]);
    expect(askLines('absent_over_time(nosuch{a="b"}[5m])')).toEqual(["a=b → 1"]);
    expect(askLines("absent(sum(nosuch))")).toEqual([" → 1"]);
  });

  it("give nothing for what is there", () => {
    expect(askLines("absent(g)", gauge(1))).toEqual([]);
    expect(askLines("absent_over_time(g[5m])", { ...gauge(1), at: 299 })).toEqual([]);
    expect(askLines("absent_over_time(g[5m])", { ...gauge(1), at: 300 })).toEqual([" → 1"]);
  });
});

describe("label_replace and label_join", () => {
  const series = [every(15, { __name__: "g", src: "a-b-c", n: "1" }, [1])];
  it.each([
    ['label_replace(g, "new", "$1/$2", "src", "(.*)-.*-(.*)")', "__name__=g n=1 new=a/c src=a-b-c → 1"],
    ['label_replace(g, "new", "${x}_$y", "src", "(?P<x>.)-(?P<y>.)-.")', "__name__=g n=1 new=a_b src=a-b-c → 1"],
    ['label_replace(g, "new", "$1x", "src", "(.*)")', "__name__=g n=1 src=a-b-c → 1"],
    ['label_replace(g, "new", "$$1", "src", ".*")', "__name__=g n=1 new=$1 src=a-b-c → 1"],
    ['label_replace(g, "new", "x", "src", "b")', "__name__=g n=1 src=a-b-c → 1"],
    ['label_replace(g, "src", "", "n", ".*")', "__name__=g n=1 → 1"],
    ['label_replace(g, "src", "none", "nosuch", "")', "__name__=g n=1 src=none → 1"],
    ['label_replace(g, "__name__", "h", "n", ".*")', "__name__=h n=1 src=a-b-c → 1"],
    ['label_join(g, "new", "+", "n", "nosuch", "src")', "__name__=g n=1 new=1++a-b-c src=a-b-c → 1"],
    ['label_join(g, "n", "+")', "__name__=g src=a-b-c → 1"],
  ])("%s gives %s", (query, line) => {
    expect(askLines(query, { series })).toEqual([line]);
  });

  it("refuse what makes no label, and equal results", () => {
    expect(() => ask('label_replace(g, "a", "b", "c", "(")')).toThrow("invalid regular expression in label_replace(): (");
    expect(() => ask('label_replace(g, "", "b", "c", "d")')).toThrow("invalid destination label name");
    expect(() => ask('label_join(g, "", "-")')).toThrow("invalid destination label name");
    const two = [...series, every(15, { __name__: "g", src: "a-b-c", n: "2" }, [1])];
    expect(() => ask('label_replace(g, "n", "", "n", ".*")', { series: two })).toThrow("same labelset");
  });
});

describe("sort", () => {
  const series = [2, Number.NaN, 3, 1].map((value, index) => every(15, { __name__: "g", pod: `p${10 - index * 3}` }, [value]));
  const pods = (query: string): string[] =>
    askLines(query, { series, experimentalFunctions: true }).map((line) => line.replace(/.*pod=(\w+).*/, "$1"));

  it("orders by value, NaN last both ways", () => {
    expect(pods("sort(g)")).toEqual(["p1", "p10", "p4", "p7"]);
    expect(pods("sort_desc(g)")).toEqual(["p4", "p10", "p1", "p7"]);
  });

  it("orders by label in natural order", () => {
    expect(pods('sort_by_label(g, "pod")')).toEqual(["p1", "p4", "p7", "p10"]);
    expect(pods('sort_by_label_desc(g, "pod")')).toEqual(["p10", "p7", "p4", "p1"]);
  });
});

import { describe, expect, it } from "vitest";
import { askLines, askValue, every } from "../testing.ts";

const { NaN: none, POSITIVE_INFINITY: infinity } = Number;
const ask = (query: string, values: readonly (number | "stale")[]): number | string =>
  askValue(query, {
    series: [every(15, { __name__: "g" }, values)],
    at: 15 * (values.length - 1),
    startEpochSeconds: 1000,
    experimentalFunctions: true,
  });

describe("*_over_time", () => {
  it.each([
    { name: "sum", values: [1, 2, 4], value: 7 },
    { name: "sum", values: [1e16, 1, -1e16], value: 1 },
    { name: "sum", values: [infinity, 1], value: infinity },
    { name: "avg", values: [1, 2, 6], value: 3 },
    { name: "avg", values: [1e308, 1e308, 1e308], value: 1e308 },
    { name: "avg", values: [infinity, -infinity], value: none },
    { name: "min", values: [3, none, 2], value: 2 },
    { name: "max", values: [none, 2, none], value: 2 },
    { name: "max", values: [none], value: none },
    { name: "count", values: [5, "stale", 5], value: 2 },
    { name: "present", values: [0], value: 1 },
    { name: "last", values: [1, 2], value: 2 },
    { name: "first", values: [1, 2], value: 1 },
    { name: "stdvar", values: [2, 4, 4, 4, 5, 5, 7, 9], value: 4 },
    { name: "stddev", values: [2, 4, 4, 4, 5, 5, 7, 9], value: 2 },
    { name: "mad", values: [1, 1, 2, 2, 4, 6, 9], value: 1 },
    { name: "ts_of_max", values: [1, 3, 3, 2], value: 1030 },
    { name: "ts_of_min", values: [1, 3, 3, 2], value: 1000 },
    { name: "ts_of_last", values: [1, 3], value: 1015 },
    { name: "ts_of_first", values: [1, 3], value: 1000 },
  ] as const)("$name of $values is $value", ({ name, values, value }) => {
    expect(ask(`${name}_over_time(g[5m])`, values)).toBe(value);
  });

  it("interpolates quantiles", () => {
    expect(ask("quantile_over_time(0.9, g[5m])", [1, 2, 3])).toBeCloseTo(2.8, 12);
    expect(ask("quantile_over_time(-0.1, g[5m])", [1])).toBe(-infinity);
    expect(ask("quantile_over_time(NaN, g[5m])", [1])).toBeNaN();
  });

  it("keeps the name of what is still a sample", () => {
    const series = [every(15, { __name__: "g", pod: "a" }, [1])];
    expect(askLines("last_over_time(g[1m])", { series })).toEqual(["__name__=g pod=a → 1"]);
    expect(askLines("max_over_time(g[1m])", { series })).toEqual(["pod=a → 1"]);
  });
});

describe("deriv, predict_linear and double_exponential_smoothing", () => {
  it("fit a line through the samples", () => {
    expect(ask("deriv(g[5m])", [0, 30, 60])).toBeCloseTo(2, 12);
    expect(ask("predict_linear(g[5m], 60)", [0, 30, 60])).toBeCloseTo(180, 9);
    expect(ask("predict_linear(g[5m] offset 15s, 0)", [0, 30, 60, 0])).toBeCloseTo(90, 9);
  });

  it("are exactly flat for equal values, and need two", () => {
    expect(ask("deriv(g[5m])", [0.1, 0.1, 0.1])).toBe(0);
    expect(ask("predict_linear(g[5m], 600)", [0.1, 0.1, 0.1])).toBe(0.1);
    expect(ask("deriv(g[5m])", [1])).toBe("0 elements");
    expect(ask("deriv(g[5m])", [infinity, infinity])).toBeNaN();
  });

  it("smooth level and trend", () => {
    // level 2 after the second sample, trend 1: both forecasts are met exactly
    expect(ask("double_exponential_smoothing(g[5m], 0.5, 0.5)", [1, 2, 3])).toBe(3);
    expect(ask("double_exponential_smoothing(g[5m], 0.5, 0.5)", [1, 2, 5])).toBe(4);
    expect(() => ask("double_exponential_smoothing(g[5m], 1.5, 0.5)", [1, 2])).toThrow("invalid smoothing factor");
    expect(() => ask("double_exponential_smoothing(g[5m], 0.5, 0)", [1, 2])).toThrow("invalid trend factor");
  });
});

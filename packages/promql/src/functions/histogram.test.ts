import { fc, it as property } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { askLines, askValue, every } from "../testing.ts";
import { bucketFraction, bucketQuantile, parseBound } from "./histogram.ts";

const buckets = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts).map(([le, count]) => ({ upperBound: parseBound(le) ?? Number.NaN, count }));

describe("bucketQuantile", () => {
  it.each([
    { quantile: 0.5, counts: { 1: 10, 2: 20, "+Inf": 20 }, value: 1, because: "the rank falls on a bound" },
    { quantile: 0.75, counts: { 1: 10, 2: 20, "+Inf": 20 }, value: 1.5, because: "linear within the bucket" },
    { quantile: 0.25, counts: { 1: 10, "+Inf": 20 }, value: 0.5, because: "the first bucket begins at zero" },
    { quantile: 0.25, counts: { "-1": 10, "+Inf": 20 }, value: -1, because: "unless it ends below" },
    { quantile: 0.99, counts: { 1: 10, 2: 15, "+Inf": 20 }, value: 2, because: "the open bucket gives its lower bound" },
    { quantile: 0.5, counts: { 1: 10, 2: 20 }, value: Number.NaN, because: "the open bucket is missing" },
    { quantile: 0.5, counts: { "+Inf": 20 }, value: Number.NaN, because: "one bucket says nothing" },
    { quantile: 0.5, counts: { 1: 0, "+Inf": 0 }, value: Number.NaN, because: "nothing was observed" },
    { quantile: -0.1, counts: { 1: 1, "+Inf": 1 }, value: Number.NEGATIVE_INFINITY, because: "no quantile is below 0" },
    { quantile: 1.1, counts: { 1: 1, "+Inf": 1 }, value: Number.POSITIVE_INFINITY, because: "nor above 1" },
    { quantile: Number.NaN, counts: { 1: 1, "+Inf": 1 }, value: Number.NaN, because: "NaN is no quantile" },
    { quantile: 0.5, counts: { 1: 10, 2: 8, 4: 20, "+Inf": 20 }, value: 1, because: "a count below its predecessor is raised" },
    { quantile: 0, counts: { 1: 0, "+Inf": 1 }, value: Number.NaN, because: "an empty first bucket has no smallest observation" },
  ])("the $quantile-quantile of $counts is $value: $because", ({ quantile, counts, value }) => {
    expect(bucketQuantile(quantile, buckets(counts))).toBe(value);
  });

  it("takes buckets in any order and adds up equal bounds", () => {
    const split = [...buckets({ "+Inf": 10, 2: 10, 1: 5 }), ...buckets({ "1.0": 5, "2.0": 10, "+Inf": 10 })];
    expect(bucketQuantile(0.75, split)).toBe(1.5);
  });

  property.prop(
    [
      fc.array(fc.nat(100), { minLength: 2, maxLength: 12 }),
      fc.double({ min: 0.001, max: 1, noNaN: true }),
      fc.double({ min: 0.001, max: 1, noNaN: true }),
    ],
    { seed: 1 },
  )("does not fall as the quantile grows", (counts, one, other) => {
    let total = 0;
    const histogram = counts.map((count, index) => {
      total += count;
      return { upperBound: index === counts.length - 1 ? Number.POSITIVE_INFINITY : index + 1, count: total };
    });
    fc.pre(total > 0);
    const [low, high] = [Math.min(one, other), Math.max(one, other)];
    expect(bucketQuantile(low, histogram)).toBeLessThanOrEqual(bucketQuantile(high, histogram));
  });
});

describe("bucketFraction", () => {
  const counts = buckets({ 1: 10, 2: 20, 4: 40, "+Inf": 50 });
  it.each([
    [0, 1, 0.2],
    [0.5, 1.5, 0.2],
    [0, 3, 0.6],
    [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 1],
    [4, 100, 0],
    [4, Number.POSITIVE_INFINITY, 0.2],
    [2, 1, 0],
  ])("between %d and %d lies %d of the observations", (lower, upper, fraction) => {
    expect(bucketFraction(lower, upper, counts)).toBeCloseTo(fraction, 12);
  });

  it("is unknown for an unknown bound, without observations and without the open bucket", () => {
    expect([
      bucketFraction(Number.NaN, 1, counts),
      bucketFraction(0, 1, buckets({ 1: 0, "+Inf": 0 })),
      bucketFraction(0, 1, buckets({ 1: 1 })),
    ]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  });
});

describe("histogram_quantile", () => {
  const bucket = (le: string, pod: string, count: number) => every(15, { __name__: "x_bucket", le, pod }, [count]);
  const series = [
    bucket("1", "a", 10),
    bucket("+Inf", "a", 10),
    bucket("1", "b", 0),
    bucket("2", "b", 10),
    bucket("+Inf", "b", 10),
    bucket("x", "b", 99),
  ];

  it("gives one element for each set of labels but le, and passes over unreadable bounds", () => {
    expect(askLines("histogram_quantile(0.5, x_bucket)", { series })).toEqual(["pod=a → 0.5", "pod=b → 1.5"]);
  });

  it("works on sums by le", () => {
    expect(askValue("histogram_quantile(0.25, sum by (le) (x_bucket))", { series })).toBe(0.5);
    expect(askValue("histogram_fraction(0, 0.5, sum by (le) (x_bucket{pod='a'}))", { series })).toBe(0.5);
  });

  it("knows no native histograms", () => {
    expect(askLines("histogram_count(x_bucket)", { series })).toEqual([]);
  });
});

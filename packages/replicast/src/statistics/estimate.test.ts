import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { estimate, surpriseAtZero } from "./estimate.ts";

/** Student's sleep data: extra hours under two drugs, ten patients. @see Student, "The probable error of a mean", Biometrika 6 (1908) */
const FIRST = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2];
const SECOND = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
const DIFFERENCES = FIRST.map((value, index) => value - (SECOND[index] as number));

describe("a paired experiment", () => {
  it("has the interval and the p-value that R's t.test gives for Student's sleep data", () => {
    const { mean, low, high } = estimate(DIFFERENCES, 0.95);
    expect(mean).toBeCloseTo(-1.58, 12);
    expect(low).toBeCloseTo(-2.4598858, 7);
    expect(high).toBeCloseTo(-0.7001142, 7);
    expect(surpriseAtZero(DIFFERENCES)).toBeCloseTo(0.002833, 6);
  });
});

describe("an interval", () => {
  it("moves with its values and grows with their unit", () => {
    const values = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 30 });
    fc.assert(
      fc.property(values, fc.integer({ min: -9, max: 9 }), fc.integer({ min: 1, max: 9 }), (all, shift, unit) => {
        const plain = estimate(all, 0.9);
        const moved = estimate(
          all.map((value) => unit * value + shift),
          0.9,
        );
        expect(moved.mean).toBeCloseTo(unit * plain.mean + shift, 8);
        expect(moved.halfWidth).toBeCloseTo(unit * plain.halfWidth, 6);
      }),
    );
  });

  it("excludes 0 exactly when the p-value is below what it leaves outside", () => {
    const values = fc.array(fc.integer({ min: -20, max: 30 }), { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(values, (all) => {
        const { low, high } = estimate(all, 0.95);
        const p = surpriseAtZero(all);
        fc.pre(Math.abs(p - 0.05) > 1e-6);
        expect(low > 0 || high < 0).toBe(p < 0.05);
      }),
    );
  });

  it("keeps the digits of a small spread of large numbers", () => {
    expect(estimate([1e9 + 1, 1e9 + 2, 1e9 + 3], 0.95).standardDeviation).toBe(1);
  });

  it("is a point when all values are alike, whatever adding them up would round to", () => {
    expect(estimate([0.1, 0.1, 0.1], 0.95)).toEqual({ mean: 0.1, standardDeviation: 0, halfWidth: 0, low: 0.1, high: 0.1 });
    expect([surpriseAtZero([0, 0]), surpriseAtZero([2, 2])]).toEqual([1, 0]);
  });

  it("cannot be made of one value", () => {
    expect(() => estimate([1], 0.95)).toThrow("two values");
  });
});

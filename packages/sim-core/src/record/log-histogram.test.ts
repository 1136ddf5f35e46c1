import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countBelow, LogHistogram } from "./log-histogram.ts";

const latency = fc.double({ min: 1e-5, max: 1e5, noNaN: true });

/** Smallest value that a share q of the values does not exceed. */
function exactQuantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1] as number;
}

describe("the latency histogram", () => {
  it("gives percentiles within 1 % of the exact ones", () => {
    fc.assert(
      fc.property(fc.array(latency, { minLength: 1, maxLength: 300 }), fc.constantFrom(0, 0.5, 0.9, 0.95, 0.99, 1), (values, q) => {
        const histogram = new LogHistogram();
        for (const value of values) histogram.add(value);
        const exact = exactQuantile(values, q);
        expect(Math.abs(histogram.quantile(q) - exact)).toBeLessThanOrEqual(0.0101 * exact);
      }),
    );
  });

  it("counts a series of gaps as a loop over them would", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-4, max: 0.5, noNaN: true }),
        fc.oneof(fc.constant(0), fc.double({ min: 0, max: 0.01, noNaN: true })),
        fc.integer({ min: 1, max: 400 }),
        fc.integer({ min: 1, max: 5 }),
        (first, growth, steps, weight) => {
          const closed = new LogHistogram();
          closed.addSeries(first, growth, steps, weight);
          const looped = new LogHistogram();
          for (let j = 0; j < steps; j++) for (let w = 0; w < weight; w++) looped.add(first + growth * j);
          expect(closed.buckets()).toEqual(looped.buckets());
          expect([closed.count, closed.min, closed.max]).toEqual([looped.count, looped.min, looped.max]);
          expect(closed.sum).toBeCloseTo(looped.sum, 6);
        },
      ),
    );
  });

  it("keeps what lies outside its range in its outermost buckets", () => {
    const histogram = new LogHistogram();
    for (const value of [0, 1e-9, 1e12]) histogram.add(value);
    expect(histogram.count).toBe(3);
    expect(histogram.quantile(0)).toBe(0);
    expect(histogram.quantile(1)).toBeGreaterThan(1.6e7);
  });

  it("has no percentile without values", () => {
    expect(new LogHistogram().quantile(0.5)).toBeNaN();
  });

  it("counts strictly below a limit, by the very sums a loop compares", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 3, noNaN: true }),
        fc.double({ min: 0, max: 2, noNaN: true }),
        fc.double({ min: 0, max: 0.1, noNaN: true }),
        fc.nat(200),
        (limit, first, growth, steps) => {
          let expected = 0;
          for (let j = 0; j < steps; j++) if (first + growth * j < limit) expected++;
          expect(countBelow(limit, first, growth, steps)).toBe(expected);
        },
      ),
    );
  });
});

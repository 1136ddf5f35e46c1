import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ITL_BUCKETS } from "./catalogue.ts";
import { BucketHistogram } from "./histogram.ts";

describe("a Prometheus histogram", () => {
  it("counts a value that equals a bound in that bound's bucket, as le says", () => {
    const histogram = new BucketHistogram([1, 2]);
    for (const value of [0.5, 1, 1.5, 2, 2.5]) histogram.add(value);
    expect([...histogram.counts]).toEqual([2, 2, 1]);
    expect(histogram.sum).toBe(7.5);
  });

  it("counts a series as a loop over it would", () => {
    const gap = fc.oneof(fc.constantFrom(0.01, 0.025, 0.05), fc.double({ min: 1e-3, max: 1, noNaN: true }));
    fc.assert(
      fc.property(
        gap,
        fc.oneof(fc.constantFrom(0, 0.005), fc.double({ min: 0, max: 0.02, noNaN: true })),
        fc.integer({ min: 1, max: 300 }),
        (first, growth, steps) => {
          const closed = new BucketHistogram(ITL_BUCKETS);
          closed.addSeries(first, growth, steps, 3);
          const looped = new BucketHistogram(ITL_BUCKETS);
          for (let j = 0; j < steps; j++) for (let w = 0; w < 3; w++) looped.add(first + growth * j);
          expect([...closed.counts]).toEqual([...looped.counts]);
        },
      ),
    );
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { StepSeries } from "./step-series.ts";

const series = fc.record({
  anchor: fc.double({ min: 0, max: 1e5, noNaN: true }),
  first: fc.double({ min: 1e-3, max: 0.5, noNaN: true }),
  growth: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e-3, noNaN: true })),
});

describe("a series of steps", () => {
  it("finds the first boundary at or after a time, and the last at or before it, as a search would", () => {
    fc.assert(
      fc.property(series, fc.nat(500), fc.constantFrom(-1, 0, 1), ({ anchor, first, growth }, n, side) => {
        const steps = new StepSeries();
        steps.set(anchor, first, growth);
        const boundary = steps.boundary(n);
        const time = boundary + side * first * 0.25;
        let from = 0;
        while (steps.boundary(from) < time) from++;
        expect(steps.firstBoundaryFrom(time)).toBe(from);
        if (time < anchor) return;
        let to = 0;
        while (steps.boundary(to + 1) <= time) to++;
        expect(steps.lastBoundaryTo(time)).toBe(to);
      }),
    );
  });
});

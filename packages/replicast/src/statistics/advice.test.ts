import { describe, expect, it } from "vitest";
import { replicationsForHalfWidth, replicationsToShow } from "./advice.ts";
import { studentHalfWidth } from "./student-t.ts";

describe("replications for a precision", () => {
  it("are the fewest whose t interval is short enough", () => {
    const count = replicationsForHalfWidth(10, 3, 0.95) as number;
    const halfWidth = (n: number): number => (studentHalfWidth(0.95, n - 1) * 10) / Math.sqrt(n);
    expect(halfWidth(count)).toBeLessThanOrEqual(3);
    expect(halfWidth(count - 1)).toBeGreaterThan(3);
  });

  it.each([
    { deviation: 0, halfWidth: 0, because: "nothing varies", count: 2 },
    { deviation: 1, halfWidth: 0, because: "no number makes an interval a point", count: null },
    { deviation: 100, halfWidth: 1, because: "(1.96 × 100)² is about 38,416", count: 38_418 },
  ])("are $count when $because", ({ deviation, halfWidth, count }) => {
    expect(replicationsForHalfWidth(deviation, halfWidth, 0.95)).toBe(count);
  });
});

describe("replications to show a difference", () => {
  it("are those of a paired t test with a power of four in five, as planned by Cohen's tables", () => {
    // Cohen, "Statistical Power Analysis", 1988: 34 pairs for half a standard deviation at 5 %, two-sided
    expect(Math.abs((replicationsToShow(0.5, 1, 0.05) as number) - 34)).toBeLessThanOrEqual(1);
  });

  it("grow with the number of comparisons, and are none without a difference", () => {
    expect(replicationsToShow(0.5, 1, 0.05 / 9) as number).toBeGreaterThan(replicationsToShow(0.5, 1, 0.05) as number);
    expect(replicationsToShow(0, 1, 0.05)).toBeNull();
  });
});

import { describe, expect, it } from "vitest";
import { minimize } from "./simplex.ts";

const OPTIONS = { step: 0.5, tolerance: 1e-12, maxEvaluations: 5000 };

describe("downhill simplex", () => {
  it("finds the bottom of a curved valley", () => {
    const valley = ([x = 0, y = 0]: readonly number[]): number => 100 * (y - x * x) ** 2 + (1 - x) ** 2;
    const { point } = minimize((at) => 1 + valley(at), [-1.2, 1], OPTIONS);
    expect(point[0]).toBeCloseTo(1, 4);
    expect(point[1]).toBeCloseTo(1, 4);
  });

  it("finds the least sum of absolute deviations, which has no derivative at its minimum", () => {
    const { point } = minimize(([x = 0, y = 0]) => 1 + Math.abs(x - 3) + 2 * Math.abs(y + 1), [0, 0], OPTIONS);
    expect(point[0]).toBeCloseTo(3, 5);
    expect(point[1]).toBeCloseTo(-1, 5);
  });

  it("ends when its budget is spent, with the best point so far", () => {
    const seen: number[] = [];
    const cost = ([x = 0, y = 0]: readonly number[]): number => {
      const value = (x - 9) ** 2 + (y - 9) ** 2;
      seen.push(value);
      return value;
    };
    const { value, evaluations } = minimize(cost, [0, 0], { ...OPTIONS, maxEvaluations: 20 });
    expect(evaluations).toBe(seen.length);
    expect(evaluations).toBeLessThanOrEqual(23);
    expect(value).toBe(Math.min(...seen));
  });
});

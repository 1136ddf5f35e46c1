import { describe, expect, it } from "vitest";
import { leastSquares } from "./least-squares.ts";

const OPTIONS = { robustFrom: 10, derivativeStep: 1e-4, tolerance: 1e-12, maxEvaluations: 2000 };

describe("least squares", () => {
  it("finds the bottom of a curved valley", () => {
    const { point, loss } = leastSquares(([x = 0, y = 0]) => Float64Array.of(10 * (y - x * x), 1 - x), [-1.2, 1], OPTIONS);
    expect(point[0]).toBeCloseTo(1, 4);
    expect(point[1]).toBeCloseTo(1, 4);
    expect(loss).toBeCloseTo(0, 8);
  });

  it("is not led astray by a few outliers: a mean would be 10.9, what most say is 1", () => {
    const values = [1, 1.01, 0.99, 1, 1.02, 0.98, 1, 1, 1, 100];
    const { point } = leastSquares(([x = 0]) => Float64Array.from(values, (value) => x - value), [5], { ...OPTIONS, robustFrom: 0.01 });
    expect(point[0]).toBeCloseTo(1, 2);
  });

  it("leaves alone what has no effect", () => {
    const { point } = leastSquares(([x = 0]) => Float64Array.of(x - 3), [0, 7], OPTIONS);
    expect(point[0]).toBeCloseTo(3, 6);
    expect(point[1]).toBe(7);
  });

  it("sees through jumps that are smaller than its derivative step", () => {
    const stairs = (x: number): number => Math.floor(x * 200) / 200;
    const { point } = leastSquares(([x = 0]) => Float64Array.of(stairs(x) - 2), [0], { ...OPTIONS, derivativeStep: 0.1, tolerance: 1e-6 });
    expect(Math.abs((point[0] as number) - 2)).toBeLessThan(0.01);
  });

  it("ends when its budget is spent, with a better point than it started from", () => {
    let calls = 0;
    const residuals = ([x = 0, y = 0]: readonly number[]): Float64Array => {
      calls++;
      return Float64Array.of(10 * (y - x * x), 1 - x);
    };
    const { loss, evaluations } = leastSquares(residuals, [-1.2, 1], { ...OPTIONS, maxEvaluations: 12 });
    expect(evaluations).toBe(calls);
    expect(evaluations).toBeLessThanOrEqual(12);
    expect(loss).toBeLessThan(10 * 0.44 ** 2 * 10 + 2.2 ** 2);
  });
});

import fc from "fast-check";
import { expect, it } from "vitest";
import { nelderMead } from "./nelder-mead.ts";

const SEARCH = { step: 0.5, tolerance: 1e-12, maxEvaluations: 5000 };

it("finds the bottom of Rosenbrock's valley", () => {
  const rosenbrock = ([x = 0, y = 0]: readonly number[]): number => (1 - x) * (1 - x) + 100 * (y - x * x) * (y - x * x);
  const { point, value } = nelderMead(rosenbrock, [-1.2, 1], SEARCH);
  expect(point[0]).toBeCloseTo(1, 3);
  expect(point[1]).toBeCloseTo(1, 3);
  expect(value).toBeLessThan(1e-6);
});

it("finds the bottom of any bowl of up to four variables", () => {
  const coordinate = fc.double({ min: -3, max: 3, noNaN: true });
  fc.assert(
    fc.property(fc.array(coordinate, { minLength: 1, maxLength: 4 }), (bottom) => {
      const bowl = (point: readonly number[]): number =>
        1 + point.reduce((sum, x, i) => sum + (i + 1) * (x - (bottom[i] as number)) ** 2, 0);
      const { point } = nelderMead(
        bowl,
        bottom.map(() => 0),
        SEARCH,
      );
      for (const [i, x] of point.entries()) expect(Math.abs(x - (bottom[i] as number))).toBeLessThan(0.01);
    }),
  );
});

it("stops when its evaluations are spent, with the best it has seen", () => {
  let least = Number.POSITIVE_INFINITY;
  const slope = ([x = 0]: readonly number[]): number => {
    least = Math.min(least, -x);
    return -x;
  };
  const { value, evaluations } = nelderMead(slope, [0], { ...SEARCH, maxEvaluations: 30 });
  expect(value).toBe(least);
  expect(evaluations).toBeLessThanOrEqual(33);
});

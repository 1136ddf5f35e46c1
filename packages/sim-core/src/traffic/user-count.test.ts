import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { meanUsers, UserCount, type UserCountConfig } from "./user-count.ts";

const changesOf = (points: UserCountConfig): (readonly [number, number])[] => {
  const count = new UserCount(points);
  const changes: (readonly [number, number])[] = [];
  while (count.nextSeconds < Number.POSITIVE_INFINITY) {
    const seconds = count.nextSeconds;
    count.take();
    changes.push([seconds, count.level]);
  }
  return changes;
};

describe("the number of users", () => {
  it("is there from the start when it is constant", () => {
    expect(changesOf([[0, 3]])).toEqual([
      [0, 1],
      [0, 2],
      [0, 3],
    ]);
  });

  it("rises one user at a time along the line, and falls when the line is below the last one", () => {
    expect(
      changesOf([
        [10, 1],
        [20, 3],
        [30, 3],
        [40, 1],
        [50, 1],
      ]),
    ).toEqual([
      [0, 1],
      [15, 2],
      [20, 3],
      [30, 2],
      [35, 1],
    ]);
  });

  it("changes in order of time, by one, and ends at the last point, wherever it is saved", () => {
    const points = fc
      .array(fc.tuple(fc.integer({ min: 1, max: 50 }), fc.nat(8)), { minLength: 1, maxLength: 6 })
      .map((steps) => steps.map(([, users], i) => [steps.slice(0, i + 1).reduce((sum, [gap]) => sum + gap, 0), users] as const));
    fc.assert(
      fc.property(points, fc.nat(20), (line, at) => {
        const changes = changesOf(line);
        let [seconds, level] = [0, 0];
        for (const [next, users] of changes) {
          expect(next).toBeGreaterThanOrEqual(seconds);
          expect(Math.abs(users - level)).toBe(1);
          [seconds, level] = [next, users];
        }
        expect(level).toBe(line.at(-1)?.[1]);
        const count = new UserCount(line);
        for (let i = 0; i < Math.min(at, changes.length); i++) count.take();
        const copy = new UserCount(line);
        copy.restore(count.save());
        expect(copy.nextSeconds).toBe(count.nextSeconds);
        expect(copy.level).toBe(count.level);
      }),
    );
  });

  it("has the mean of its line, level before the first point and after the last", () => {
    expect(meanUsers([[0, 5]], 100)).toBe(5);
    expect(
      meanUsers(
        [
          [10, 0],
          [20, 10],
        ],
        40,
      ),
    ).toBeCloseTo((5 * 10 + 10 * 20) / 40, 12);
  });
});

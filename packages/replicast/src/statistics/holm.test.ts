import fc from "fast-check";
import { expect, it } from "vitest";
import { holmAdjusted } from "./holm.ts";

it("steps down as R's p.adjust does: each is multiplied by those left, and none falls below one before it", () => {
  const adjusted = holmAdjusted([0.01, 0.04, 0.03, 0.005]);
  [0.03, 0.06, 0.06, 0.02].forEach((expected, index) => {
    expect(adjusted[index]).toBeCloseTo(expected, 12);
  });
});

it("leaves a single test as it is and gives nothing for none", () => {
  expect([holmAdjusted([0.04]), holmAdjusted([])]).toEqual([[0.04], []]);
});

it("never finds more than plain tests nor less than Bonferroni's, and keeps the order", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 }), (pValues) => {
      const adjusted = holmAdjusted(pValues);
      pValues.forEach((p, index) => {
        expect(adjusted[index]).toBeGreaterThanOrEqual(p);
        expect(adjusted[index]).toBeLessThanOrEqual(Math.min(1, p * pValues.length));
        pValues.forEach((other, at) => {
          if (p < other) expect(adjusted[index]).toBeLessThanOrEqual(adjusted[at] as number);
        });
      });
    }),
  );
});

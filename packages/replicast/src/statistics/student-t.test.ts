import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { incompleteBeta, studentHalfWidth, studentTwoSided } from "./student-t.ts";

describe("half-widths in standard errors", () => {
  // NIST/SEMATECH e-Handbook of Statistical Methods, section 1.3.6.7.2, "Critical values of the Student's t distribution"
  it.each([
    { degrees: 1, at90: 6.314, at95: 12.706, at99: 63.657 },
    { degrees: 2, at90: 2.92, at95: 4.303, at99: 9.925 },
    { degrees: 5, at90: 2.015, at95: 2.571, at99: 4.032 },
    { degrees: 9, at90: 1.833, at95: 2.262, at99: 3.25 },
    { degrees: 19, at90: 1.729, at95: 2.093, at99: 2.861 },
    { degrees: 30, at90: 1.697, at95: 2.042, at99: 2.75 },
    { degrees: 100, at90: 1.66, at95: 1.984, at99: 2.626 },
  ])("are those of the tables for $degrees degrees of freedom", ({ degrees, at90, at95, at99 }) => {
    const found = [0.9, 0.95, 0.99].map((confidence) => Number(studentHalfWidth(confidence, degrees).toFixed(3)));
    expect(found).toEqual([at90, at95, at99]);
  });

  it("have twelve digits where there is a closed form, and tend to the normal distribution's", () => {
    expect(studentHalfWidth(0.95, 1)).toBeCloseTo(Math.tan(0.475 * Math.PI), 10);
    expect(studentHalfWidth(0.95, 2)).toBeCloseTo(0.95 * Math.sqrt(2 / (1 - 0.95 * 0.95)), 12);
    expect(studentHalfWidth(0.95, 1e7)).toBeCloseTo(1.959964, 5);
  });

  it("are undone by the two-sided probability", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.5, max: 0.9999, noNaN: true }), fc.integer({ min: 1, max: 5000 }), (confidence, degrees) => {
        expect(studentTwoSided(studentHalfWidth(confidence, degrees), degrees)).toBeCloseTo(1 - confidence, 9);
      }),
    );
  });
});

describe("two-sided probabilities", () => {
  it.each([0.1, 1, 2.5, 10, 1000])("equal the closed forms of 1, 2 and 4 degrees of freedom at %d", (t) => {
    const sine = t / Math.sqrt(4 + t * t);
    const inside = sine * (1 + (1 - sine * sine) / 2);
    expect(studentTwoSided(t, 1)).toBeCloseTo(1 - (2 / Math.PI) * Math.atan(t), 12);
    expect(studentTwoSided(t, 2)).toBeCloseTo(1 - t / Math.sqrt(2 + t * t), 12);
    expect(studentTwoSided(t, 4)).toBeCloseTo(1 - inside, 12);
    expect(studentTwoSided(-t, 4)).toBe(studentTwoSided(t, 4));
  });

  it("are 1 at 0 and 0 without end", () => {
    expect([studentTwoSided(0, 7), studentTwoSided(Number.POSITIVE_INFINITY, 7)]).toEqual([1, 0]);
  });
});

it("mirrors the incomplete beta function", () => {
  const shape = fc.double({ min: 0.5, max: 200, noNaN: true });
  fc.assert(
    fc.property(fc.double({ min: 0.001, max: 0.999, noNaN: true }), shape, shape, (x, a, b) => {
      expect(incompleteBeta(x, a, b) + incompleteBeta(1 - x, b, a)).toBeCloseTo(1, 10);
    }),
  );
  expect([incompleteBeta(0, 2, 3), incompleteBeta(1, 2, 3)]).toEqual([0, 1]);
  expect(incompleteBeta(0.5, 2, 3)).toBeCloseTo(0.6875, 13);
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normalQuantile } from "./normal.ts";

describe("normalQuantile", () => {
  it.each([
    { p: 0.5, z: 0, because: "the median is 0" },
    { p: 0.975, z: 1.959963984540054, because: "the two-sided 95 % point of every textbook" },
    { p: 0.25, z: -0.6744897501960817, because: "the lower quartile, quoted by Wichura as a check" },
    { p: 0.001, z: -3.090232306167813, because: "near tail, quoted by Wichura as a check" },
    { p: 1e-20, z: -8.292361075813595, because: "answered as 2^-54, the middle of the first cell of 53 bits" },
    { p: 1e-12, z: -7.034483825301132, because: "far tail" },
  ])("is $z at $p: $because", ({ p, z }) => {
    expect(Math.abs(normalQuantile(p) - z)).toBeLessThan(1e-13 * Math.max(1, Math.abs(z)) * 10);
  });

  it("is odd around one half and never decreases", () => {
    const probability = fc.double({ min: 1e-6, max: 0.999999, noNaN: true });
    fc.assert(
      fc.property(probability, probability, (a, b) => {
        expect(normalQuantile(1 - a)).toBeCloseTo(-normalQuantile(a), 8);
        if (a <= b) expect(normalQuantile(a)).toBeLessThanOrEqual(normalQuantile(b));
      }),
    );
  });

  it("is finite at both ends of what a stream yields", () => {
    expect(normalQuantile(0)).toBeCloseTo(-8.2924, 3);
    expect(normalQuantile(1 - 2 ** -53)).toBeCloseTo(8.2095, 3);
  });
});

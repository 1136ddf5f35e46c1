import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GammaDistribution, lnGamma } from "./gamma.ts";

const shapes = [0.01, 0.04, 0.1, 0.25, 0.5, 0.87, 1, 1.5, 2, 3, 10, 100, 10_000];
const relative = (a: number, b: number) => Math.abs(a - b) / Math.abs(b);

describe("lnGamma", () => {
  it.each([
    { x: 1, value: 0, because: "0! = 1" },
    { x: 0.5, value: Math.log(Math.sqrt(Math.PI)), because: "Γ(½) = √π" },
    { x: 5, value: Math.log(24), because: "4! = 24" },
    { x: 0.001, value: 6.907178885383854, because: "close to −ln x near the pole" },
    { x: 101, value: 363.73937555556347, because: "ln 100!" },
  ])("of $x: $because", ({ x, value }) => {
    expect(Math.abs(lnGamma(x) - value)).toBeLessThan(1e-13 * Math.max(1, value));
  });
});

describe("GammaDistribution", () => {
  it("is the exponential distribution at shape 1 and Erlang's at shape 3", () => {
    const one = new GammaDistribution(1);
    const three = new GammaDistribution(3);
    for (const x of [1e-6, 0.1, 1, 2, 3.9, 4.1, 10, 30]) {
      expect(relative(one.cumulative(x), -Math.expm1(-x))).toBeLessThan(1e-13);
      expect(Math.abs(three.cumulative(x) - (1 - Math.exp(-x) * (1 + x + (x * x) / 2)))).toBeLessThan(1e-14);
    }
    for (const p of [1e-9, 0.2, 0.5, 0.9, 1 - 1e-12]) expect(relative(one.quantile(p), -Math.log1p(-p))).toBeLessThan(1e-13);
  });

  it("is half the square of a normal variate at shape one half", () => {
    const half = new GammaDistribution(0.5);
    // upper 5 % point of chi-square with one degree of freedom is 1.959963984540054²
    expect(relative(2 * half.quantile(0.95), 1.959963984540054 ** 2)).toBeLessThan(1e-13);
  });

  it.each(shapes)("inverts its own distribution function at shape %d", (shape) => {
    const gamma = new GammaDistribution(shape);
    for (let i = 1; i < 400; i++) {
      const p = i / 400;
      const x = gamma.quantile(p);
      if (x > 0) expect(relative(gamma.cumulative(x), p)).toBeLessThan(1e-10);
      // a quantile of 0 is one that lies below the smallest number worth having
      else expect(gamma.cumulative(1e-299)).toBeGreaterThan(p);
    }
  });

  it("never decreases, and ends finite", () => {
    const probability = fc.double({ min: 0, max: 1 - 2 ** -53, noNaN: true });
    fc.assert(
      fc.property(fc.constantFrom(...shapes), probability, probability, (shape, a, b) => {
        const gamma = new GammaDistribution(shape);
        const [low, high] = a < b ? [a, b] : [b, a];
        const x = gamma.quantile(low);
        expect(x).toBeLessThanOrEqual(gamma.quantile(high) * (1 + 1e-12));
        expect(Number.isFinite(gamma.quantile(high))).toBe(true);
      }),
    );
  });

  it.each(shapes)("has the shape as mean at shape %d", (shape) => {
    const gamma = new GammaDistribution(shape);
    const n = 20_000;
    let sum = 0;
    for (let i = 0; i < n; i++) sum += gamma.quantile((i + 0.5) / n);
    expect(relative(sum / n, shape)).toBeLessThan(0.02);
  });
});

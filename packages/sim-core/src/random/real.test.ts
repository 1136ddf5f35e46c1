import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exp, expm1, fourthRoot, ln, log1p, pow } from "./real.ts";

/** Correctly rounded values, computed with 400 bits by mpmath 1.3. */
const ONE_ARGUMENT: readonly [keyof typeof functions, number, number][] = [
  ["ln", 2, Math.LN2],
  ["ln", 10, Math.LN10],
  ["ln", 0.3, -1.2039728043259361],
  ["ln", 1.0000000000000002, 2.2204460492503128e-16],
  ["ln", 0.9999999999999999, -1.1102230246251565e-16],
  ["ln", 1e-308, -709.1962086421661],
  ["ln", 5e-324, -744.4400719213812],
  ["ln", 1.7976931348623157e308, 709.782712893384],
  ["ln", 1.4045987487615588, 0.33975167392760536],
  ["exp", 1, Math.E],
  ["exp", -1, 0.36787944117144233],
  ["exp", 0.1, 1.1051709180756477],
  ["exp", 1e-20, 1.0],
  ["exp", 700.5, 1.6721859620674984e304],
  ["exp", -700.5, 5.980196118639791e-305],
  ["exp", -745.1, 5e-324],
  ["exp", 709.78, 1.7928227943945155e308],
  ["exp", -3.061169334246415, 0.046832899875512375],
  ["log1p", 1, Math.LN2],
  ["log1p", 1e-20, 1e-20],
  ["log1p", -1e-9, -1.0000000005000001e-9],
  ["log1p", -0.5, -Math.LN2],
  ["log1p", 0.45, 0.37156355643248307],
  ["log1p", -0.9999999999999999, -36.7368005696771],
  ["log1p", 1e300, 690.7755278982137],
  ["expm1", 1, 1.7182818284590453],
  ["expm1", 1e-20, 1e-20],
  ["expm1", -1e-9, -9.999999995e-10],
  ["expm1", -0.5, -0.3934693402873666],
  ["expm1", 0.358398376457536, 0.43103559783165285],
  ["expm1", -30, -0.9999999999999064],
  ["expm1", 700.5, 1.6721859620674984e304],
];
const POWERS: readonly [x: number, y: number, expected: number][] = [
  [2, 0.5, Math.SQRT2],
  [10, 0.37, 2.344228815319922],
  [10, 0.3333333333333333, 2.154434690031884],
  [0.7741294703182205, -2720.720926745585, 3.2148650693901544e302],
  [1.4266489905545352, 1908.5878932574772, 3.371418023491826e294],
  [1.000000001, 1e10, 22026.483909461334],
  [5e-324, 0.5, 2.2227587494850775e-162],
  [1.7976931348623157e308, -0.999, 1.131199372767067e-308],
  [3, -2, 0.1111111111111111],
  [1e-200, 1.5, 1e-300],
  [0.1, 3, 0.0010000000000000002],
];
const functions = { ln, exp, log1p, expm1 };
const view = new DataView(new ArrayBuffer(8));

/** Doubles between two doubles of one sign. */
function placesApart(a: number, b: number): number {
  view.setFloat64(0, a);
  const first = view.getBigInt64(0);
  view.setFloat64(0, b);
  return Math.abs(Number(first - view.getBigInt64(0)));
}

/** FNV-1a of the bits of a run of values. */
function digest(values: readonly number[]): string {
  let hash = 0x811c9dc5;
  for (const value of values) {
    view.setFloat64(0, value);
    for (let i = 0; i < 8; i++) hash = Math.imul(hash ^ view.getUint8(i), 0x01000193);
  }
  return (hash >>> 0).toString(16);
}

const finite = (min: number, max: number) => fc.double({ min, max, noNaN: true, noDefaultInfinity: true });

describe("elementary functions", () => {
  it.each(ONE_ARGUMENT)("%s(%d) lies within one place of the true value", (name, x, expected) => {
    expect(placesApart(functions[name](x), expected)).toBeLessThanOrEqual(1);
  });

  it.each(POWERS)("pow(%d, %d) lies within one place of the true value", (x, y, expected) => {
    expect(placesApart(pow(x, y), expected)).toBeLessThanOrEqual(1);
  });

  it("agree with the engine's own functions to two places everywhere", () => {
    fc.assert(fc.property(finite(5e-324, 1.7e308), (x) => placesApart(ln(x), Math.log(x)) <= 2 || Math.abs(ln(x)) < 1e-300));
    fc.assert(fc.property(finite(-745, 709), (x) => placesApart(exp(x), Math.exp(x)) <= 2));
    fc.assert(fc.property(finite(-0.999, 1e9), (x) => placesApart(log1p(x), Math.log1p(x)) <= 2));
    fc.assert(fc.property(finite(-700, 700), (x) => placesApart(expm1(x), Math.expm1(x)) <= 2));
  });

  it("raise to whole powers as repeated multiplication does, to the rounding of the products", () => {
    fc.assert(
      fc.property(finite(0.1, 50), fc.integer({ min: 1, max: 20 }), (x, n) => {
        let product = 1;
        for (let i = 0; i < n; i++) product *= x;
        expect(Math.abs(pow(x, n) / product - 1)).toBeLessThan(n * 2.3e-16);
      }),
    );
  });

  it("treat the ends as the language's own functions do", () => {
    const ends = [0, -0, 1, -1, 2, -2, 3, -3, 0.5, -0.5, Infinity, -Infinity, Number.NaN, 1e308, -1e308, 5e-324];
    for (const x of ends) {
      for (const y of ends) {
        const close = Number.isFinite(x ** y) && x ** y !== 0 && placesApart(pow(x, y), x ** y) <= 1;
        expect([x, y, close ? x ** y : pow(x, y)]).toEqual([x, y, x ** y]);
      }
    }
    expect([ln(0), ln(-1), ln(Infinity), ln(1)]).toEqual([-Infinity, Number.NaN, Infinity, 0]);
    expect([exp(-Infinity), exp(Infinity), exp(Number.NaN), exp(710), exp(-746), exp(0)]).toEqual([
      0,
      Infinity,
      Number.NaN,
      Infinity,
      0,
      1,
    ]);
    expect([expm1(-Infinity), expm1(Infinity), expm1(-0), expm1(-50)]).toEqual([-1, Infinity, -0, -1]);
    expect([log1p(-1), log1p(-2), log1p(Infinity), log1p(-0)]).toEqual([-Infinity, Number.NaN, Infinity, -0]);
  });

  it("square and halve exactly representable powers exactly", () => {
    for (let n = 2; n < 200; n++) expect([pow(n, 2), pow(n * n, 0.5), pow(2, n), pow(2, -n)]).toEqual([n * n, n, 2 ** n, 2 ** -n]);
  });

  it("take the fourth root exactly where it is a whole number", () => {
    for (let n = 0; n < 1000; n++) expect(fourthRoot(n * n * n * n)).toBe(n);
  });

  it("give these very bits on every engine", () => {
    const values: number[] = [];
    for (let i = 1; i <= 20_000; i++) {
      const x = (i * 7919) / 104_729;
      values.push(ln(x), exp(x % 700), log1p(-1 / (x + 1)), expm1(1 / x), pow(x, 1 / (x + 0.5)), fourthRoot(x));
    }
    expect(digest(values)).toBe("28ace980");
  });
});

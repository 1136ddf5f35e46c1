import fc from "fast-check";
import { expect, it } from "vitest";
import { largestCarried } from "./capacity-search.ts";

/** A system that carries everything up to `most`. */
const carriesUpTo =
  (most: number, rates: number[] = []) =>
  (rate: number) => {
    rates.push(rate);
    return { carried: rate <= most, load: rate };
  };

it("finds the largest load to 1.5 %, from whichever side the guess is wrong", () => {
  const positive = fc.double({ min: 0.01, max: 100, noNaN: true });
  fc.assert(
    fc.property(
      positive,
      fc.double({ min: 0.02, max: 50, noNaN: true }),
      fc.double({ min: 1.05, max: 2, noNaN: true }),
      (most, ratio, growth) => {
        const found = largestCarried(carriesUpTo(most), most * ratio, growth)?.load;
        expect(found).toBeLessThanOrEqual(most);
        expect(found).toBeGreaterThan(most / 1.0151);
      },
    ),
  );
});

it("answers in the load the trial offered, not in the rate it was asked for", () => {
  expect(largestCarried((rate) => ({ carried: rate <= 2, load: rate * 10 }), 2, 1.5)?.load).toBeGreaterThan(19);
});

it("finds nothing where nothing is carried, and gives up", () => {
  expect(largestCarried(carriesUpTo(0), 1, 1.5)).toBeUndefined();
});

it("gives up on a system that carries everything", () => {
  expect(largestCarried(carriesUpTo(Number.POSITIVE_INFINITY), 1, 1.5)?.load).toBeGreaterThan(1000);
});

it("takes few trials when the guess is good", () => {
  const rates: number[] = [];
  largestCarried(carriesUpTo(1.03, rates), 1, 1.06);
  expect(rates.length).toBeLessThanOrEqual(5);
});

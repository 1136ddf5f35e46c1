import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatFixed, numberColumn, percentColumn, usdColumn } from "./format-columns.ts";

const shown = <T>(column: (values: readonly T[]) => (value: T) => string, values: readonly T[]): readonly string[] =>
  values.map(column(values));

describe("columns of shares", () => {
  it("have the decimals of the share that needs most, and keep exactly all and exactly none apart", () => {
    expect(shown(percentColumn, [0.99998, 0.999, 0.889, 1, 0, null])).toEqual(["99.998%", "99.900%", "88.900%", "100%", "0%", "–"]);
    expect(shown(percentColumn, [0.5, 2.186])).toEqual(["50.0%", "218.6%"]);
  });

  it("stop at the decimals they may spend, without rounding something to all or nothing", () => {
    expect(shown((shares) => percentColumn(shares, 1), [0.5, 0.00003, 0.99998])).toEqual(["50.0%", "<0.1%", ">99.9%"]);
  });

  it("never show a share below one as 100 %, nor one above nothing as 0 %", () => {
    const share = fc.double({ min: 1e-12, max: 1 - 1e-12, noNaN: true });
    fc.assert(
      fc.property(fc.array(share, { minLength: 1 }), fc.integer({ min: 1, max: 4 }), (shares, digits) => {
        for (const text of shares.map(percentColumn(shares, digits))) expect(text).not.toMatch(/^(100(\.0+)?|0(\.0+)?)%$/);
      }),
      { seed: 12 },
    );
  });
});

it("columns of dollars have the same decimals, as many as the least amount needs for three digits", () => {
  expect(shown(usdColumn, [0.00179, 0.002, 0, null])).toEqual(["$0.00179", "$0.00200", "$0", "–"]);
  expect(shown(usdColumn, [0.7862, 1.57])).toEqual(["$0.786", "$1.570"]);
  expect(shown(usdColumn, [8.59, 10.4, 123.4, -3])).toEqual(["$8.59", "$10.40", "$123", "-$3.00"]);
});

it("columns of numbers have the same decimals, and none when all are whole", () => {
  expect(shown(numberColumn, [2.93, 2.7, 4, 1282, null])).toEqual(["2.93", "2.70", "4.00", "1,282", "–"]);
  expect(shown(numberColumn, [2, 4])).toEqual(["2", "4"]);
});

it("a fixed number of decimals goes with separators", () => {
  expect([1338.26, -0.5, 61, null].map((value) => formatFixed(value, 1))).toEqual(["1,338.3", "-0.5", "61.0", "–"]);
});

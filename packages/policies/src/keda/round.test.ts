import fc from "fast-check";
import { expect, it } from "vitest";
import { roundToMilli } from "./round.ts";

it.each([
  { value: 0.0625, milli: 62n, because: "an exact tie goes to even" },
  { value: 0.1875, milli: 188n, because: "also when even is above" },
  { value: 1.0005, milli: 1000n, because: "the double is a little less than it reads" },
  { value: 12.3456, milli: 12_346n, because: "no tie" },
  { value: -0.0625, milli: -62n, because: "the sign does not matter" },
  { value: 0.0004, milli: 0n, because: "it is below half a thousandth" },
  { value: 5e-324, milli: 0n, because: "subnormal numbers are numbers" },
])("rounds $value to $milli thousandths: $because", ({ value, milli }) => {
  expect(roundToMilli(value)).toBe(milli);
});

it("is exact on thousandths that a double can hold", () => {
  fc.assert(
    fc.property(fc.integer(), (thousandths) => {
      expect(roundToMilli(thousandths / 1000)).toBe(BigInt(thousandths));
    }),
  );
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatQuantity, parseQuantity, quantityMilli, quantityNumber, quantityValue, storedQuantity } from "./quantity.ts";

const milli = (text: string): bigint | undefined => {
  const quantity = parseQuantity(text);
  return quantity && quantityMilli(quantity);
};

describe("parseQuantity", () => {
  it.each([
    { text: "1", milli: 1000n, because: "units are a thousand milli-units" },
    { text: "500u", milli: 1n, because: "milli-units round away from zero" },
    { text: "-0.5", milli: -500n, because: "a sign is allowed" },
    { text: "80Gi", milli: 85_899_345_920_000n, because: "memory in milli-bytes passes 2^53 soon" },
    { text: "1.5Ki", milli: 1_536_000n, because: "binary suffixes take fractions" },
    { text: "2e3", milli: 2_000_000n, because: "an exponent is a suffix" },
    { text: ".5", milli: 500n, because: "the whole part may be missing" },
    { text: "m", milli: 0n, because: "so may the number" },
  ])("reads $text as $milli milli: $because", ({ text, milli: expected }) => {
    expect(milli(text)).toBe(expected);
  });

  it.each(["", "1K", "1ki", " 1", "10%", "1e", "NaN", "1_000", "0x10", "1e999999"])("refuses %j", (text) => {
    expect(parseQuantity(text)).toBeUndefined();
  });

  it("rounds up to nano-units, so that something never becomes nothing", () => {
    const quantity = parseQuantity("0.1n");
    expect(quantity && formatQuantity(quantity)).toBe("1n");
  });
});

it("is exact beyond what doubles tell apart", () => {
  const beyond = fc.bigInt({ min: 2n ** 53n, max: 2n ** 62n });
  fc.assert(
    fc.property(beyond, fc.constantFrom(-1n, 1n), (number, sign) => {
      const [here, next] = [number * sign, number * sign + 1n].map((value) => parseQuantity(`${value}m`));
      expect(here && quantityMilli(here)).toBe(number * sign);
      expect(next && quantityMilli(next)).toBe(number * sign + 1n);
    }),
  );
});

describe("formatQuantity", () => {
  it.each([
    ["1000m", "1"],
    ["1.5Gi", "1536Mi"],
    ["1000", "1k"],
    ["0.5Ki", "512"],
    ["12.5", "12500m"],
    ["33.333", "33.333"],
  ])("stores %s as %s", (text, stored) => {
    const quantity = parseQuantity(text);
    expect(quantity && formatQuantity(quantity)).toBe(stored);
  });

  it("does not change the value", () => {
    const suffix = fc.constantFrom("n", "u", "m", "", "k", "M", "G", "Ki", "Mi", "Gi");
    const number = fc.tuple(fc.nat(99_999), fc.nat(999)).map(([whole, part]) => `${whole}.${part}`);
    fc.assert(
      fc.property(number, suffix, (digits, unit) => {
        const quantity = parseQuantity(digits + unit);
        if (quantity === undefined) throw new Error("refused");
        expect(quantityMilli(storedQuantity(quantity))).toBe(quantityMilli(quantity));
        expect(quantityValue(storedQuantity(quantity))).toBe(quantityValue(quantity));
      }),
    );
  });
});

it("reads a tolerance from the stored form, not from the text", () => {
  const quantity = parseQuantity("0.3");
  expect(quantity && quantityNumber(quantity)).toBe(0.3 + 5.551115123125783e-17);
  expect(quantity && quantityNumber(storedQuantity(quantity))).toBe(0.3);
});

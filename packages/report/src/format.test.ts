import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatLimitSeconds, formatLimitShare, formatNumber, formatPercent, formatSeconds, formatUsd, formatWholeUsd } from "./format.ts";

describe("money", () => {
  it.each([
    { usd: 31240.4, text: "$31,240", because: "large amounts need no cents" },
    { usd: 1234567.8, text: "$1,234,568", because: "thousands are separated" },
    { usd: 99.99, text: "$99.99", because: "small ones do" },
    { usd: 99.996, text: "$100", because: "it rounds to a hundred" },
    { usd: 3.5, text: "$3.50", because: "cents have two digits" },
    { usd: 0.0023, text: "$0.0023", because: "a price per request would vanish in cents" },
    { usd: 0.0000021, text: "$0.0000021", because: "so would a price per token" },
    { usd: 0, text: "$0", because: "nothing is nothing" },
    { usd: -1200, text: "-$1,200", because: "the sign stands before the currency" },
    { usd: null, text: "–", because: "there is no value" },
    { usd: Number.NaN, text: "–", because: "no sum of money is NaN" },
  ])("shows $usd as $text: $because", ({ usd, text }) => {
    expect(formatUsd(usd)).toBe(text);
  });

  it("shows whole dollars in columns of monthly amounts, and never rounds something to nothing", () => {
    expect([42.58, 0.2, 0, -7.6, null].map(formatWholeUsd)).toEqual(["$43", "<$1", "$0", "-$8", "–"]);
  });
});

describe("shares", () => {
  it.each([
    { share: 0.9532, text: "95.3%" },
    { share: 1, text: "100%" },
    { share: 0, text: "0%" },
    { share: 0.9997, text: "99.97%" },
    { share: 0.999996, text: "99.9996%" },
    { share: 0.99999999, text: ">99.9999%" },
    { share: 0.00004, text: "0.004%" },
    { share: 1e-9, text: "<0.0001%" },
    { share: 1.204, text: "120.4%" },
    { share: null, text: "–" },
  ])("shows $share as $text", ({ share, text }) => {
    expect(formatPercent(share)).toBe(text);
  });

  it("never shows a share below one as 100%, nor one above nothing as 0%", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-12, max: 1 - 1e-12, noNaN: true }), (share) => {
        expect(formatPercent(share)).not.toMatch(/^(100(\.0+)?|0(\.0+)?)%$/);
      }),
      { seed: 11 },
    );
  });
});

describe("durations", () => {
  it.each([
    { seconds: 0, text: "0 s" },
    { seconds: 0.0004, text: "0.4 ms" },
    { seconds: 0.084, text: "84 ms" },
    { seconds: 0.9996, text: "1.00 s" },
    { seconds: 1.236, text: "1.24 s" },
    { seconds: 42.25, text: "42.3 s" },
    { seconds: 119.6, text: "2 min" },
    { seconds: 725, text: "12 min 5 s" },
    { seconds: 3599.7, text: "1 h" },
    { seconds: 12_000, text: "3 h 20 min" },
    { seconds: 97_200, text: "1 d 3 h" },
    { seconds: -5, text: "-5.00 s" },
    { seconds: null, text: "–" },
  ])("shows $seconds s as $text", ({ seconds, text }) => {
    expect(formatSeconds(seconds)).toBe(text);
  });
});

it("shows limits as they were written", () => {
  expect([2, 0.08, 1.5, 0.0005].map(formatLimitSeconds)).toEqual(["2 s", "80 ms", "1.5 s", "0.5 ms"]);
  expect([0.95, 0.999, 1].map(formatLimitShare)).toEqual(["95%", "99.9%", "100%"]);
});

it.each([
  [1_234_567, "1,234,567"],
  [-12, "-12"],
  [2.8634, "2.86"],
  [47.26, "47.3"],
  [1234.5, "1,235"],
  [0.03456, "0.035"],
  [null, "–"],
])("shows the number %s as %s", (value, text) => {
  expect(formatNumber(value)).toBe(text);
});

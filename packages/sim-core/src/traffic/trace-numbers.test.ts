import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDecimal, parseInstant, secondsBetween } from "./trace-numbers.ts";

const decimal = (text: string) => parseDecimal(text, 0, text.length);
const instant = (text: string) => parseInstant(text, 0, text.length);

describe("parseDecimal", () => {
  it("reads what Number reads, to the bit", () => {
    const digits = fc.stringMatching(/^[0-9]{1,18}$/);
    fc.assert(
      fc.property(
        digits,
        fc.option(digits, { nil: undefined }),
        fc.constantFrom("", "-", "+"),
        fc.constantFrom("", "e3", "E-7"),
        (whole, fraction, sign, exponent) => {
          const text = `${sign}${whole}${fraction === undefined ? "" : `.${fraction}`}${exponent}`;
          expect(decimal(text)).toBe(Number(text));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("reads a range of a text only", () => {
    expect(parseDecimal("12,345.5,6", 3, 8)).toBe(345.5);
  });

  it.each(["", " ", ".", "-", "1.2.3", "1e", "0x10", "NaN", "Infinity", "1 2", "12a", "１"])("refuses %j", (text) => {
    expect(decimal(text)).toBeNaN();
  });

  it.each([
    [" 12\t", 12],
    ["5.", 5],
    [".5", 0.5],
    ["-0.25", -0.25],
    ["12\r", 12],
  ])("reads %j", (text, value) => {
    expect(decimal(text)).toBe(value);
  });
});

describe("parseInstant", () => {
  it.each([
    { text: "1970-01-01 00:00:00", seconds: 0, nanoseconds: 0, because: "the epoch" },
    { text: "2023-11-16 18:15:46.6805900", seconds: 1_700_158_546, nanoseconds: 680_590_000, because: "the Azure traces of 2023" },
    { text: "2024-05-10 00:00:00.009930+00:00", seconds: 1_715_299_200, nanoseconds: 9_930_000, because: "the Azure traces of 2024" },
    { text: "2024-02-29T12:00:00Z", seconds: 1_709_208_000, nanoseconds: 0, because: "a leap day, ISO 8601" },
    { text: "2024-03-01 01:30:00+01:30", seconds: 1_709_251_200, nanoseconds: 0, because: "an offset to the east" },
    { text: "2024-03-01 01:30:00-0500", seconds: 1_709_274_600, nanoseconds: 0, because: "an offset to the west, without colon" },
    {
      text: " 1969-12-31 23:59:59.1234567899 ",
      seconds: -1,
      nanoseconds: 123_456_789,
      because: "before the epoch, more decimals than count, blanks",
    },
  ])("reads $text: $because", ({ text, seconds, nanoseconds }) => {
    expect(instant(text)).toEqual({ seconds, nanoseconds });
  });

  it.each([
    "",
    "12.5",
    "2023-11-16",
    "2023-13-01 00:00:00",
    "2023-02-29 00:00:00",
    "2023-04-31 00:00:00",
    "2023-01-01 24:00:00",
    "2023-01-01 00:60:00",
    "2023-01-01 00:00:00.",
    "2023-01-01 00:00:00 x",
    "2023-01-01 00:00:00+1",
    "23-01-01 00:00:00",
  ])("refuses %j", (text) => {
    expect(instant(text)).toBeUndefined();
  });

  it("agrees with the calendar of the engine on every day of 400 years", () => {
    for (let day = 0; day < 146_097; day += 7) {
      const date = new Date(day * 86_400_000).toISOString();
      expect(instant(date)?.seconds).toBe(day * 86_400);
    }
  });

  it("tells distances as the decimal fractions they are", () => {
    const from = instant("2023-11-16 18:15:46.6805900");
    const to = instant("2023-11-16 18:15:50.9951690");
    expect(from && to && secondsBetween(from, to)).toBe(4.314579);
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseValues, valueAt } from "./values.ts";

const texts = (written: string): unknown => {
  const values = parseValues(written);
  return typeof values === "string" ? values : values.kind === "list" ? values.texts : values;
};

describe("values of a varied field", () => {
  it.each([
    { written: "4,8,16", means: ["4", "8", "16"], because: "a list is what it says" },
    {
      written: '[1,2], {a: 1, b: 2} ,"x,y"',
      means: ["[1,2]", "{a: 1, b: 2}", '"x,y"'],
      because: "commas within brackets and quotes are the value's",
    },
    { written: "0..600:200", means: ["0", "200", "400", "600"], because: "a range holds both of its ends" },
    {
      written: "0..1:0.1",
      means: ["0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9", "1"],
      because: "no value shows the noise of binary fractions",
    },
    { written: "1..4:2", means: ["1", "3"], because: "an end that the step misses is left out" },
    { written: "10s..30s:10s", means: ["10s", "20s", "30s"], because: "units are kept" },
    { written: "10..30s:10", means: ["10s", "20s", "30s"], because: "a unit may be said once" },
    { written: "-2..0:1", means: ["-2", "-1", "0"], because: "numbers may be below 0" },
    { written: "1..1000:log4", means: ["1", "10", "100", "1000"], because: "steps of a log range have equal ratios" },
    { written: "1/s..4/s:log3", means: ["1/s", "2/s", "4/s"], because: "rates have units, too" },
    {
      written: "0..600",
      means: { kind: "range", from: 0, to: 600, isLog: false, unit: "" },
      because: "a range without a step is for samples",
    },
    { written: "1..8:log", means: { kind: "range", from: 1, to: 8, isLog: true, unit: "" }, because: "so is a log range without a count" },
    { written: "a..b", means: ["a..b"], because: "only numbers make a range" },
  ])("$written: $because", ({ written, means }) => expect(texts(written)).toEqual(means));

  it.each([
    ["5..1:1", "a range goes up"],
    ["1..5:0", "a step is above 0"],
    ["1..5:-1", "a step is above 0"],
    ["0..5:log3", "begins above 0"],
    ["1..5:log1", "2 or more"],
    ["1m..5s:1", "same unit"],
    ["1s..5s:1m", "same unit"],
    ["4,,8", "missing"],
    ["", "missing"],
    ["4,8,4", "twice"],
    ["0..1000000:1", "more than 100000"],
  ])("refuses %s", (written, said) => expect(texts(written)).toContain(said));

  it("draws from a range every share's value between the ends, in order", () => {
    const values = parseValues("1..100:log");
    if (typeof values === "string") throw new Error(values);
    const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(share, share, (a, b) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        expect(Number(valueAt(values, low))).toBeGreaterThanOrEqual(1);
        expect(Number(valueAt(values, high))).toBeLessThanOrEqual(100);
        expect(Number(valueAt(values, low))).toBeLessThanOrEqual(Number(valueAt(values, high)));
      }),
    );
    expect(valueAt(values, 0.5)).toBe("10");
  });
});

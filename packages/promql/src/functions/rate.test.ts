import { fc, it as property } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { askValue, every } from "../testing.ts";

const counter = (values: readonly (number | "stale")[]) => ({ series: [every(15, { __name__: "c_total" }, values)] });

describe("rate, increase and delta", () => {
  it.each([
    {
      query: "increase(c_total[1m])",
      values: [0, 15, 30, 45, 60],
      at: 60,
      value: 60,
      because: "15 s are missing at the start, less than 1.1 gaps: the line goes on",
    },
    { query: "rate(c_total[1m])", values: [0, 15, 30, 45, 60], at: 60, value: 1, because: "a rate is the increase per second" },
    {
      query: "increase(c_total[2m])",
      values: [100, 115, 130],
      at: 30,
      value: 37.5,
      because: "far from the start only half a gap is added",
    },
    {
      query: "increase(c_total[2m])",
      values: [3, 18, 33],
      at: 30,
      value: 33,
      because: "but never below zero, 3 s before the first sample",
    },
    { query: "delta(c_total[2m])", values: [3, 18, 33], at: 30, value: 37.5, because: "a gauge may be below zero" },
    {
      query: "increase(c_total[2m])",
      values: [100, 115, 130],
      at: 60,
      value: 45,
      because: "far from the end half a gap is added there too",
    },
    {
      query: "increase(c_total[46s])",
      values: [0, 50, 10, 20],
      at: 45,
      value: 70,
      because: "after a reset counting goes on from what was reached",
    },
    { query: "delta(c_total[46s])", values: [0, 50, 10, 20], at: 45, value: 20.444444444444443, because: "a gauge does not reset" },
    { query: "rate(c_total[1m])", values: [1], at: 0, value: "0 elements", because: "one sample has no rate" },
    { query: "rate(c_total[15s])", values: [1, 2, 3], at: 30, value: "0 elements", because: "a range of one scrape holds one sample" },
  ])("$query of $values at $at is $value: $because", ({ query, values, at, value }) => {
    const result = askValue(query, { ...counter(values), at });
    if (typeof value === "number") expect(result).toBeCloseTo(value, 12);
    else expect(result).toBe(value);
  });

  property.prop([fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 2, maxLength: 20 }), fc.integer({ min: 2, max: 9 })], {
    seed: 1,
  })("grow in proportion with the series", (steps, factor) => {
    let total = 0;
    const values = steps.map((step) => {
      total += step;
      return total;
    });
    const at = 15 * (values.length - 1);
    const once = Number(askValue("rate(c_total[10m])", { ...counter(values), at }));
    const more = Number(askValue("rate(c_total[10m])", { ...counter(values.map((value) => value * factor)), at }));
    expect(more).toBeCloseTo(once * factor, 6);
  });
});

describe("irate, idelta, changes and resets", () => {
  it.each([
    { query: "irate(c_total[5m])", values: [0, 10, 40], value: 2, because: "only the last two samples count" },
    { query: "irate(c_total[5m])", values: [0, 40, 15], value: 1, because: "after a reset the last value alone counts" },
    { query: "idelta(c_total[5m])", values: [0, 40, 15], value: -25, because: "a gauge may fall" },
    { query: "irate(c_total[5m])", values: [7], value: "0 elements", because: "it takes two" },
    { query: "changes(c_total[5m])", values: [1, 1, 2, Number.NaN, Number.NaN, 2], value: 3, because: "NaN does not differ from NaN" },
    { query: "resets(c_total[5m])", values: [1, 5, 3, 4, 0], value: 2, because: "each drop is one" },
    { query: "resets(c_total[5m])", values: [1], value: 0, because: "one sample is enough" },
  ])("$query of $values is $value: $because", ({ query, values, value }) => {
    expect(askValue(query, { ...counter(values), at: 15 * (values.length - 1) })).toBe(value);
  });
});

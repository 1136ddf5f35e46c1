import { describe, expect, it } from "vitest";
import { evaluate } from "./evaluate.ts";
import { parseQuery } from "./query.ts";
import { ask, askLines, askValue, every, readerOf, type SeriesSpec } from "./testing.ts";

const gauge: SeriesSpec = every(15, { __name__: "g", pod: "a" }, [1, 2, 3, 4, 5]);

describe("instant selectors", () => {
  it("take the newest sample at or before the instant", () => {
    expect(askValue("g", { series: [gauge], at: 44.9 })).toBe(3);
    expect(askValue("g", { series: [gauge], at: 45 })).toBe(4);
  });

  it("look back five minutes, the far end excluded", () => {
    expect(askValue("g", { series: [gauge], at: 359.999 })).toBe(5);
    expect(askValue("g", { series: [gauge], at: 360 })).toBe("0 elements");
  });

  it("give nothing once a staleness marker is the newest sample", () => {
    const series = [every(15, { __name__: "g" }, [1, "stale", 3])];
    expect(askValue("g", { series, at: 15 })).toBe("0 elements");
    expect(askValue("g", { series, at: 30 })).toBe(3);
  });

  it("match regular expressions as a whole, and absent labels as empty text", () => {
    const series = [gauge, every(15, { __name__: "g", pod: "ab" }, [9])];
    expect(askLines('g{pod=~"a"}', { series })).toEqual(["__name__=g pod=a → 1"]);
    expect(askLines('g{pod!~"a"}', { series })).toEqual(["__name__=g pod=ab → 9"]);
    expect(askValue('g{zone=~".+"}', { series })).toBe("0 elements");
    expect(askValue('g{zone!~".+"}', { series })).toBe("2 elements");
  });
});

describe("range selectors", () => {
  it("leave out the sample at the far end and include the one at the near end", () => {
    expect(ask("g[30s]", { series: [gauge], at: 60 })).toEqual({
      type: "matrix",
      series: [{ labels: gauge.labels, times: [45, 60], values: [4, 5] }],
      newestSampleSeconds: 60,
    });
  });

  it("skip staleness markers", () => {
    expect(askValue("count_over_time(g[1m])", { series: [every(15, { __name__: "g" }, [1, "stale", "stale", 4])], at: 45 })).toBe(2);
    expect(askValue("count_over_time(g[1m])", { series: [every(15, { __name__: "g" }, ["stale"])] })).toBe("0 elements");
  });

  it("meet millisecond boundaries exactly although times are fractions of a second", () => {
    const series = [
      {
        labels: { __name__: "g" },
        samples: [
          [300.001, 1],
          [600.001, 2],
        ] as const,
      },
    ];
    expect(askValue("count_over_time(g[5m])", { series, at: 600.001 })).toBe(1);
    expect(askValue("count_over_time(g[300001ms])", { series, at: 600.001 })).toBe(2);
  });
});

describe("offset and @", () => {
  const startEpochSeconds = 1000;

  it("move the evaluation into the past, or with a minus into the future", () => {
    expect(askValue("g offset 30s", { series: [gauge], at: 60 })).toBe(3);
    expect(askValue("g offset -30s", { series: [gauge], at: 0 })).toBe(3);
  });

  it("pin a selector to an instant of the epoch, before the offset counts", () => {
    expect(askValue("g @ 1030", { series: [gauge], at: 60, startEpochSeconds })).toBe(3);
    expect(askValue("g offset 15s @ 1030", { series: [gauge], at: 60, startEpochSeconds })).toBe(2);
    expect(askValue("max_over_time((g @ end())[1m:15s])", { series: [gauge], at: 45, startEpochSeconds })).toBe(4);
  });
});

describe("subqueries", () => {
  it("evaluate at multiples of the step since the epoch, whenever the run began", () => {
    const startEpochSeconds = 1_000_007;
    const result = ask("g[1m:20s]", { series: [gauge], at: 60, startEpochSeconds });
    expect(result).toMatchObject({ series: [{ times: [13, 33, 53], values: [1, 3, 4] }] });
  });

  it("leave out a grid point at the far end", () => {
    expect(ask("g[40s:20s]", { series: [gauge], at: 60 })).toMatchObject({ series: [{ times: [40, 60] }] });
  });

  it("step by a minute unless told otherwise", () => {
    const options = { reader: readerOf([gauge]), timeSeconds: 120, startEpochSeconds: 0 };
    const query = parseQuery("count_over_time(g[2m:])");
    expect(evaluate(query, options)).toMatchObject({ elements: [{ value: 2 }] });
    expect(evaluate(query, { ...options, subqueryStepSeconds: 30 })).toMatchObject({ elements: [{ value: 4 }] });
  });
});

describe("scalars and strings", () => {
  it("count time since the epoch, in whole milliseconds", () => {
    expect(askValue("time()", { at: 0.1, startEpochSeconds: 1_767_225_600 })).toBe(1_767_225_600.1);
    expect(askValue("time() - timestamp(vector(1))", { at: 12.345, startEpochSeconds: 99 })).toBe(0);
  });

  it("give a sample's own time only for a plain selector", () => {
    expect(askValue("timestamp(g)", { series: [gauge], at: 44, startEpochSeconds: 1000 })).toBe(1030);
    expect(askValue("timestamp(g + 0)", { series: [gauge], at: 44, startEpochSeconds: 1000 })).toBe(1044);
  });

  it("take strings and signed scalars as they are", () => {
    expect(ask('("text")')).toEqual({ type: "string", value: "text" });
    expect(ask("-(2 + 3) ^ 2")).toEqual({ type: "scalar", value: -25 });
  });

  it("turn a vector of one element into a scalar, any other into NaN", () => {
    expect(askValue("scalar(g)", { series: [gauge] })).toBe(1);
    expect(askValue("scalar(nosuch)")).toBeNaN();
  });
});

describe("evaluate", () => {
  it("tells how new the newest sample is that it read, if it read one", () => {
    expect(ask("sum(g)", { series: [gauge], at: 50 }).newestSampleSeconds).toBe(45);
    expect(ask("sum(g offset 20s)", { series: [gauge], at: 50 }).newestSampleSeconds).toBe(30);
    expect(ask("rate(g[1m]) or vector(0)", { series: [gauge], at: 100 }).newestSampleSeconds).toBe(60);
    expect(ask("vector(0)")).not.toHaveProperty("newestSampleSeconds");
  });

  it("takes another lookback", () => {
    const options = { reader: readerOf([gauge]), timeSeconds: 80, startEpochSeconds: 0 };
    expect(evaluate(parseQuery("g"), { ...options, lookbackSeconds: 20 })).toMatchObject({ elements: [] });
  });

  it("fails where two elements would become the same", () => {
    const series = [gauge, { ...gauge, labels: { __name__: "h", pod: "a" } }];
    for (const query of ['abs({pod="a"})', '-{pod="a"}', '{pod="a"} * 2', 'rate({pod="a"}[1m])', '{pod="a"} > bool 0']) {
      expect(() => ask(query, { series, at: 60 })).toThrow("vector cannot contain metrics with the same labelset");
    }
    expect(askValue('{pod="a"} > 0', { series, at: 60 })).toBe("2 elements");
    expect(askValue('last_over_time({pod="a"}[1m])', { series, at: 60 })).toBe("2 elements");
  });
});

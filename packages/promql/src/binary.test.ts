import { describe, expect, it } from "vitest";
import { ask, askLines, askValue, every, type SeriesSpec } from "./testing.ts";

const series: readonly SeriesSpec[] = [
  every(15, { __name__: "a", pod: "x", zone: "1" }, [10]),
  every(15, { __name__: "a", pod: "y", zone: "1" }, [20]),
  every(15, { __name__: "b", pod: "x", zone: "1" }, [2]),
  every(15, { __name__: "b", pod: "z", zone: "1" }, [4]),
  every(15, { __name__: "info", zone: "1", rack: "r7" }, [1]),
];
const lines = (query: string): string[] => askLines(query, { series });

describe("arithmetic between vectors", () => {
  it("matches elements whose labels agree, the metric name apart, and drops the name", () => {
    expect(lines("a / b")).toEqual(["pod=x zone=1 → 5"]);
  });

  it("keeps only the labels it matches on", () => {
    expect(lines("a - on(pod) b")).toEqual(["pod=x → 8"]);
    expect(lines("a - ignoring(zone) b")).toEqual(["pod=x → 8"]);
  });

  it("copies labels from the side of one, whichever side that is", () => {
    expect(lines("a * on(zone) group_left(rack) info")).toEqual(["pod=x rack=r7 zone=1 → 10", "pod=y rack=r7 zone=1 → 20"]);
    expect(lines("info - on(zone) group_right(rack) a")).toEqual(["pod=x rack=r7 zone=1 → -9", "pod=y rack=r7 zone=1 → -19"]);
  });

  it("refuses many matches unless they are asked for", () => {
    expect(() => ask("info * on(zone) a", { series })).toThrow(
      'found duplicate series for the match group {zone="1"} on the right hand-side',
    );
    expect(() => ask("a * on(zone) info", { series })).toThrow("many-to-one matching must be explicit");
    expect(() => ask("info * on(zone) group_left b", { series })).toThrow("many-to-many matching not allowed");
    expect(() => ask("a * on(zone) group_left(pod) info", { series })).toThrow("grouping labels must ensure unique matches");
  });

  it("gives nothing when one side is empty, whatever the other holds", () => {
    expect(lines("nosuch * on(zone) a")).toEqual([]);
  });
});

describe("arithmetic of numbers", () => {
  it.each([
    ["7 % -3", 1],
    ["-7 % 3", -1],
    ["1 / 0", Number.POSITIVE_INFINITY],
    ["0 / 0", Number.NaN],
    ["2 ^ 10", 1024],
    ["1 atan2 1", Math.PI / 4],
    ["1 == bool 1", 1],
    ["NaN == bool NaN", 0],
    ["2 <= bool 1", 0],
  ])("finds that %s is %d", (query, value) => {
    expect(askValue(query)).toBe(value);
  });
});

describe("comparisons", () => {
  it("filter, keeping the left value and the name", () => {
    expect(lines("a > b")).toEqual(["__name__=a pod=x zone=1 → 10"]);
    expect(lines("a > 15")).toEqual(["__name__=a pod=y zone=1 → 20"]);
  });

  it("keep the vector's value when the scalar is on the left", () => {
    expect(lines("15 < a")).toEqual(["__name__=a pod=y zone=1 → 20"]);
  });

  it("with bool give 0 or 1 and drop the name", () => {
    expect(lines("a > bool 15")).toEqual(["pod=x zone=1 → 0", "pod=y zone=1 → 1"]);
    expect(lines("a < bool b")).toEqual(["pod=x zone=1 → 0"]);
  });

  it("keep the name when labels are ignored, and lose it when matching on others", () => {
    expect(lines("a > ignoring(zone) b")).toEqual(["__name__=a pod=x → 10"]);
    expect(lines("a > on(pod) b")).toEqual(["pod=x → 10"]);
  });
});

describe("set operators", () => {
  it("keep elements as they are", () => {
    expect(lines("a and b")).toEqual(["__name__=a pod=x zone=1 → 10"]);
    expect(lines("a unless b")).toEqual(["__name__=a pod=y zone=1 → 20"]);
    expect(lines("a or b")).toEqual(["__name__=a pod=x zone=1 → 10", "__name__=a pod=y zone=1 → 20", "__name__=b pod=z zone=1 → 4"]);
    expect(lines("a and on(zone) info")).toHaveLength(2);
  });

  it("stand in with zero only for what has no labels", () => {
    expect(lines("sum(nosuch) or vector(0)")).toEqual([" → 0"]);
    expect(lines("sum(a) or vector(0)")).toEqual([" → 30"]);
    expect(lines("sum by (zone) (a) or vector(0)")).toEqual(["zone=1 → 30", " → 0"]);
  });
});

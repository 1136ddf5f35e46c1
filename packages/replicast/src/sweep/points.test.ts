import { describe, expect, it } from "vitest";
import { parseAxes } from "./axis.ts";
import { createPoints, parseSample } from "./points.ts";
import { SOBOL_DIMENSIONS_MAX, shareOf, sobolBits, sobolDirections } from "./sobol.ts";

const all = (vary: readonly string[], sample?: string, seed = "1"): readonly (readonly string[])[] => {
  const points = createPoints(parseAxes(vary), sample === undefined ? undefined : parseSample(sample), seed);
  return Array.from({ length: points.count }, (_, index) => points.valuesAt(index));
};
const codes = (work: () => unknown): readonly string[] => {
  try {
    work();
    return [];
  } catch (error) {
    return (error as { readonly issues: readonly { readonly code: string }[] }).issues.map(({ code }) => code);
  }
};

describe("a grid", () => {
  it("holds every combination once, the last field fastest", () => {
    expect(all(["a=1,2", "b=x,y"])).toEqual([
      ["1", "x"],
      ["1", "y"],
      ["2", "x"],
      ["2", "y"],
    ]);
  });

  it("is one point when nothing is varied", () => expect(all([])).toEqual([[]]));

  it("cannot hold a whole range", () => expect(codes(() => all(["a=1..5"]))).toEqual(["vary_needs_sample"]));
});

describe("what is varied", () => {
  it("is a field of the scenario, or of a file or policy before a number sign", () => {
    expect(parseAxes(["a.b=1", "hpa.yaml#spec.maxReplicas=2", "HPA on running#spec.x=3", 'policies["a#b=c"].replicas=4'])).toMatchObject([
      { path: "a.b" },
      { target: "hpa.yaml", path: "spec.maxReplicas" },
      { target: "HPA on running", path: "spec.x" },
      { path: 'policies["a#b=c"].replicas' },
    ]);
    expect(parseAxes(['policies["a#b=c"].replicas=4'])[0]?.target).toBeUndefined();
  });

  it("is refused with everything that is wrong", () => {
    expect(codes(() => parseAxes(["a", "=3", "b=5..1:1", "c=1", "c=2"]))).toEqual(["bad_vary", "bad_vary", "bad_vary", "vary_twice"]);
  });
});

describe("a Sobol sample", () => {
  it("begins, before it is shifted, as the published sequence does", () => {
    const first = (dimension: number) =>
      Array.from({ length: 4 }, (_, i) => Math.floor(8 * shareOf(sobolBits(i, sobolDirections(dimension)))) / 8);
    expect(first(0)).toEqual([0, 0.5, 0.25, 0.75]);
    expect(first(1)).toEqual([0, 0.5, 0.75, 0.25]);
    expect(first(2)).toEqual([0, 0.5, 0.75, 0.25]);
  });

  it("has one point in each of 2^k equal parts of every field, for every k", () => {
    for (let dimension = 0; dimension < SOBOL_DIMENSIONS_MAX; dimension++) {
      const directions = sobolDirections(dimension);
      for (const count of [2, 16, 256, 1024]) {
        const parts = new Set(Array.from({ length: count }, (_, i) => Math.floor(count * shareOf(sobolBits(i, directions)))));
        expect(parts.size).toBe(count);
      }
    }
  });

  it("fills pairs of fields evenly: 64 points, one in each of 8 by 8 squares of the first two", () => {
    const squares = all(["a=0..8", "b=0..8"], "sobol:64").map((values) => values.map((value) => Math.floor(Number(value))).join());
    expect(new Set(squares).size).toBe(64);
  });

  it("depends on the seed, and on nothing else", () => {
    expect(all(["a=0..1"], "sobol:8", "1")).toEqual(all(["a=0..1"], "sobol:8", "1"));
    expect(all(["a=0..1"], "sobol:8", "1")).not.toEqual(all(["a=0..1"], "sobol:8", "2"));
  });

  it("refuses more fields than it has dimensions", () => {
    const many = Array.from({ length: SOBOL_DIMENSIONS_MAX + 1 }, (_, i) => `a${i}=0..1`);
    expect(codes(() => all(many, "sobol:8"))).toEqual(["bad_sample"]);
    expect(all(many, "latin:8")).toHaveLength(8);
  });
});

describe("a Latin sample", () => {
  it("has one point in each of n equal parts of every field, and every listed value equally often", () => {
    const points = all(["a=0..10", "b=x,y"], "latin:10");
    expect(points.map(([a]) => Math.floor(Number(a))).sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(points.filter(([, b]) => b === "x")).toHaveLength(5);
  });
});

it.each(["sobol", "sobol:0", "halton:5", "latin:-1", "sobol:99999999"])("%s is no sample", (text) =>
  expect(codes(() => parseSample(text))).toEqual(["bad_sample"]),
);

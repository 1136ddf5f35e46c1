import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type LabelledPoint, placeLabels } from "./labels.ts";

const point = (x: number, y: number, text: string): LabelledPoint => ({ x, y, text });

describe("labels of points", () => {
  it("stand above a point that is alone", () => {
    expect(placeLabels([point(0.5, 0.5, "alone")], 230, 160)).toEqual([{ dx: 0, dy: -13, align: "center" }]);
  });

  it("make room for each other: the second of two neighbours goes below", () => {
    const [first, second] = placeLabels([point(0.5, 0.5, "HPA on running"), point(0.58, 0.5, "forecast")], 230, 160);
    expect(first).toMatchObject({ dy: -13 });
    expect(second).toMatchObject({ dy: 14 });
  });

  it("give four policies at the same spot four places", () => {
    const places = placeLabels(
      ["a", "b", "c", "d"].map((text) => point(0.5, 0.5, text)),
      230,
      160,
    );
    expect(new Set(places.map((place) => JSON.stringify(place))).size).toBe(4);
  });

  it("keep within the plot at its edges", () => {
    expect(placeLabels([point(0.5, 0.99, "top")], 230, 160)[0]).toMatchObject({ dy: 14 });
    expect(placeLabels([point(0.03, 0.5, "a long name")], 230, 160)[0]).toMatchObject({ align: "left" });
    expect(placeLabels([point(0.97, 0.5, "a long name")], 230, 160)[0]).toMatchObject({ align: "right" });
  });

  it("give every point a place, wherever the points are", () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    const points = fc.array(fc.record({ x: share, y: share, text: fc.string() }), { maxLength: 12 });
    fc.assert(
      fc.property(points, (all) => {
        expect(placeLabels(all, 230, 160)).toHaveLength(all.length);
      }),
      { seed: 3 },
    );
  });
});

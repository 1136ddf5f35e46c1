import { describe, expect, it } from "vitest";
import { squaredErrors } from "../holt-winters.ts";
import { fitHoltWinters, type HoltWintersShape, startOf } from "./fit.ts";
import figures from "./models.statsmodels.json" with { type: "json" };

function shapeOf({ trend, damped, seasonal }: (typeof figures.smoothing)[number]): HoltWintersShape {
  return {
    seasonSteps: seasonal === null ? 0 : 12,
    seasonKind: seasonal === "mul" ? "multiplicative" : "additive",
    trended: trend !== null,
    damped,
  };
}

describe("fitted smoothing weights", () => {
  it.each(figures.smoothing)("leave no more squared error than statsmodels' own fit: $name", (oracle) => {
    const shape = shapeOf(oracle);
    const { start, rest } = startOf(figures.passengers, shape);
    const weights = fitHoltWinters(figures.passengers, shape);
    expect(squaredErrors(start, rest, weights, shape.seasonKind)).toBeLessThan(oracle.sse * 1.0005);
    // The same weights give statsmodels' sum, so both minimise the same thing.
    const { smoothing_level: level, smoothing_trend: trend, smoothing_seasonal: season, damping_trend: damping } = oracle.weights;
    const theirs = { level: level ?? 0, trend: trend ?? 0, season: season ?? 0, damping: damping ?? 1 };
    expect(squaredErrors(start, rest, theirs, shape.seasonKind) / oracle.sse).toBeCloseTo(1, 8);
  });

  it("are the same at every call", () => {
    const shape = { seasonSteps: 12, seasonKind: "additive", trended: true, damped: true } as const;
    expect(fitHoltWinters(figures.passengers, shape)).toEqual(fitHoltWinters(figures.passengers, shape));
  });
});

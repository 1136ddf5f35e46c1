import fc from "fast-check";
import { describe, expect, it } from "vitest";
import fixture from "./holt-winters.statsmodels.json" with { type: "json" };
import { forecastAhead, fromSeason, type HoltWintersState, observe, type SeasonKind, skip, smoothedNow } from "./holt-winters.ts";

const ADDITIVE = "additive";

function fit(oracle: (typeof fixture.cases)[number]): {
  readonly state: HoltWintersState;
  readonly fitted: readonly number[];
  readonly ahead: readonly number[];
} {
  const weights = { level: oracle.alpha, trend: oracle.beta ?? 0, season: oracle.gamma ?? 0, damping: oracle.damped ?? 1 };
  const kind: SeasonKind = oracle.seasonal === "mul" ? "multiplicative" : ADDITIVE;
  const season = oracle.seasonal === null ? [] : fixture.initialSeason[kind];
  let state: HoltWintersState = { level: fixture.initialLevel, slope: oracle.trend === null ? 0 : fixture.initialSlope, season, phase: 0 };
  const fitted: number[] = [];
  for (const value of fixture.y) {
    fitted.push(forecastAhead(state, 1, weights, kind)[0] as number);
    state = observe(state, value, weights, kind);
  }
  return { state, fitted, ahead: forecastAhead(state, oracle.forecast.length, weights, kind) };
}

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, index) => {
    expect(Math.abs((actual[index] as number) / value - 1), `element ${index}`).toBeLessThan(1e-12);
  });
}

describe("Holt-Winters smoothing", () => {
  it.each(fixture.cases)("gives statsmodels' numbers for $name", (oracle) => {
    const { state, fitted, ahead } = fit(oracle);
    expectClose(fitted, oracle.fitted);
    expectClose(ahead, oracle.forecast);
    expectClose([state.level], [oracle.level]);
    expect(state.slope).toBeCloseTo(oracle.slope, 12);
  });

  it("repeats a season it was started with, for ever, when nothing contradicts it", () => {
    const values = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(values, fc.constantFrom<SeasonKind>(ADDITIVE, "multiplicative"), (season, kind) => {
        const weights = { level: 0.3, trend: 0.1, season: 0.2, damping: 0.9 };
        let state = fromSeason(season, kind);
        for (let round = 0; round < 3; round++) {
          for (const value of season) {
            expect(forecastAhead(state, 1, weights, kind)[0]).toBeCloseTo(value, 6);
            state = observe(state, value, weights, kind);
            expect(smoothedNow(state, kind)).toBeCloseTo(value, 6);
          }
        }
      }),
    );
  });

  it("scales with its series", () => {
    const series = fc.array(fc.nat(1000), { minLength: 5, maxLength: 40 });
    fc.assert(
      fc.property(series, fc.constantFrom(0.5, 2, 4), (values, factor) => {
        const weights = { level: 0.4, trend: 0.2, season: 0, damping: 0.95 };
        const last = (scale: number) =>
          values.reduce<HoltWintersState>((state, value) => observe(state, value * scale, weights, ADDITIVE), {
            level: 0,
            slope: 0,
            season: [],
            phase: 0,
          });
        expect(forecastAhead(last(factor), 5, weights, ADDITIVE)[4]).toBe(
          (forecastAhead(last(1), 5, weights, ADDITIVE)[4] as number) * factor,
        );
      }),
    );
  });

  it("takes a step that was not observed as if it had come out as expected", () => {
    const weights = { level: 0.4, trend: 0.2, season: 0.3, damping: 0.9 };
    const state: HoltWintersState = { level: 100, slope: 2, season: [-5, 0, 5], phase: 2 };
    const expected = forecastAhead(state, 1, weights, ADDITIVE)[0] as number;
    const observed = observe(state, expected, weights, ADDITIVE);
    const skipped = skip(state, weights);
    expectClose([skipped.level, skipped.slope], [observed.level, observed.slope]);
    expect(skipped.phase).toBe(observed.phase);
  });

  it("stays finite when a multiplicative series falls to zero and returns", () => {
    const weights = { level: 0.4, trend: 0.1, season: 0.3, damping: 0.9 };
    let state = fromSeason([0, 0, 0], "multiplicative");
    for (const value of [0, 0, 5, 0, 5, 10, 0, 0, 0, 8]) state = observe(state, value, weights, "multiplicative");
    expect(forecastAhead(state, 6, weights, "multiplicative").every(Number.isFinite)).toBe(true);
  });
});

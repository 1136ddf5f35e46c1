import type { Json } from "@replicast/sim-core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AutoregressionOptions, estimate } from "./autoregression.ts";
import { fitKalman, kalmanDeviance } from "./fit.ts";
import type { KalmanMemory } from "./kalman.ts";
import { solveSymmetric } from "./linear-system.ts";
import { minimise } from "./minimise.ts";
import figures from "./models.statsmodels.json" with { type: "json" };
import { MODEL_KINDS, type ModelKind, type ModelOptions, modelOf } from "./models.ts";

/** One of each kind. */
const OPTIONS: Readonly<Record<ModelKind, ModelOptions>> = {
  holtWinters: {
    kind: "holtWinters",
    seasonSteps: 4,
    seasonKind: "additive",
    trended: true,
    weights: { level: 0.3, trend: 0.1, season: 0.2, damping: 0.9 },
  },
  seasonalNaive: { kind: "seasonalNaive", seasonSteps: 4, drift: true },
  linear: { kind: "linear", windowSteps: 10 },
  autoregression: { kind: "autoregression", windowSteps: 40, order: "aic", maxOrder: 5, method: "yuleWalker" },
  kalman: { kind: "kalman", levelVariance: 0.1, slopeVariance: 0.01 },
  recentQuantile: { kind: "recentQuantile", windowSteps: 10, quantile: 0.9 },
  lastValue: { kind: "lastValue" },
};

function after(values: readonly (number | undefined)[], options: ModelOptions): Json {
  const model = modelOf(options);
  return values.reduce<Json>(
    (memory, value) => (value === undefined ? model.skip(memory, options) : model.observe(memory, value, options)),
    model.initial(options, []),
  );
}

function ahead(values: readonly (number | undefined)[], steps: number, options: ModelOptions): readonly number[] {
  return modelOf(options).ahead(after(values, options), steps, options) ?? expect.fail("nothing known");
}

function expectClose(actual: readonly number[], expected: readonly number[], tolerance = 1e-10): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, index) => {
    expect(Math.abs((actual[index] as number) - value), `element ${index}: ${actual[index]} for ${value}`).toBeLessThan(
      tolerance * Math.max(1, Math.abs(value)),
    );
  });
}

function regression(order: number, method: AutoregressionOptions["method"]): AutoregressionOptions {
  return { kind: "autoregression", windowSteps: figures.lh.length, order, maxOrder: order, method };
}

describe("autoregression", () => {
  it.each(figures.yuleWalker)(
    "has statsmodels' Yule-Walker coefficients and forecast of order $order",
    ({ order, coefficients, forecast }) => {
      expectClose(estimate(figures.lh, regression(order, "yuleWalker")).coefficients, coefficients);
      expectClose(ahead(figures.lh, forecast.length, regression(order, "yuleWalker")).slice(1), forecast);
    },
  );

  it.each(figures.leastSquares)("has statsmodels' least squares of order $order", ({ order, intercept, coefficients, forecast }) => {
    const found = estimate(figures.lh, regression(order, "leastSquares"));
    expectClose([found.intercept, ...found.coefficients], [intercept, ...coefficients]);
    expectClose(ahead(figures.lh, forecast.length, regression(order, "leastSquares")).slice(1), forecast);
  });

  it("chooses the order that R's ar() chooses for its own example, with the coefficients that its manual prints", () => {
    // ar(lh): order 3, coefficients 0.6534 -0.0636 -0.2269
    const { coefficients } = estimate(figures.lh, { ...regression(15, "yuleWalker"), order: "aic", maxOrder: 16 });
    expect(coefficients.map((value) => value.toFixed(4))).toEqual(["0.6534", "-0.0636", "-0.2269"]);
  });

  it("goes on at the mean when there is nothing to explain", () => {
    for (const method of ["yuleWalker", "leastSquares"] as const)
      expectClose(ahead(new Array<number>(30).fill(7), 3, regression(2, method)), [7, 7, 7, 7]);
  });

  it("never explodes by Yule-Walker: far ahead it returns to the mean", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 12, maxLength: 60 }), (series) => {
        const mean = series.reduce((sum, value) => sum + value, 0) / series.length;
        const far = ahead(series, 20_000, { ...OPTIONS.autoregression, windowSteps: series.length } as ModelOptions).at(-1) as number;
        expect(Math.abs(far - mean)).toBeLessThan(101);
      }),
      { numRuns: 30 },
    );
  });
});

describe("the Kalman filter of a local linear trend", () => {
  it.each(figures.localLinearTrend)(
    "has statsmodels' state, covariance and forecast after an exact diffuse start (level $levelVariance, slope $slopeVariance)",
    ({ levelVariance, slopeVariance, level, slope, covariance, forecast }) => {
      const options: ModelOptions = { kind: "kalman", levelVariance, slopeVariance };
      const memory = after(figures.passengers, options) as KalmanMemory;
      expectClose([memory.level as number, memory.slope, ...(memory.covariance ?? [])], [level, slope, ...covariance], 1e-8);
      expectClose(ahead(figures.passengers, forecast.length, options).slice(1), forecast, 1e-8);
    },
  );

  it("believes the next sample more after one that was missing", () => {
    const line = [1, 2, 3, 4, 5, 6, 7, 8];
    const jump = (values: readonly (number | undefined)[]) => ahead([...values, 20], 0, OPTIONS.kalman)[0] as number;
    expect(jump([...line, undefined])).toBeGreaterThan(jump([...line, 9]));
  });

  it("is under its likeliest variances no less likely than under those that statsmodels found", () => {
    expect(kalmanDeviance(figures.lh, fitKalman(figures.lh))).toBeLessThanOrEqual(
      kalmanDeviance(figures.lh, figures.likeliestTrend) + 1e-6,
    );
  });
});

describe("a line through the window", () => {
  it.each(figures.line.map((line, index) => ({ ...line, values: index === 0 ? figures.passengers : figures.lh })))(
    "rises by $slope a step, as statsmodels has it",
    ({ values, forecast }) => {
      expectClose(ahead(values, forecast.length - 1, { kind: "linear", windowSteps: values.length }), forecast);
    },
  );

  it("forgets what lies before its window", () => {
    expectClose(ahead([100, 3, 50, 1, 2, 3], 2, { kind: "linear", windowSteps: 3 }), [3, 4, 5]);
  });
});

describe("the value of a season ago", () => {
  const plain: ModelOptions = { kind: "seasonalNaive", seasonSteps: 3, drift: false };

  it("is repeated, season after season", () => {
    expect(ahead([9, 9, 9, 1, 2, 3], 7, plain)).toEqual([3, 1, 2, 3, 1, 2, 3, 1]);
  });

  it("moves with drift by what the last season's mean lies above the one before", () => {
    expect(ahead([1, 2, 3, 5, 6, 7], 7, { ...plain, drift: true })).toEqual([7, 9, 10, 11, 13, 14, 15, 17]);
  });

  it("is the last value until a season is known, and says so", () => {
    expect(ahead([4, 8], 2, plain)).toEqual([8, 8, 8]);
    expect(modelOf(plain).basis(after([4, 8], plain), plain)).toEqual({
      reason: "LastValue",
      missing: { what: "season", has: 2, needs: 3 },
    });
    expect(modelOf(plain).basis(after([4, 8, 1], plain), plain)).toEqual({ reason: "LastSeason" });
  });
});

describe("a quantile of the window", () => {
  it("holds for all that is to come, beside the present", () => {
    // numpy.quantile([1, 3, 4, 8], 0.9) = 6.8
    expectClose(ahead([99, 8, 1, 4, 3], 2, { kind: "recentQuantile", windowSteps: 4, quantile: 0.9 }), [3, 6.8, 6.8]);
  });
});

describe.each(MODEL_KINDS)("%s", (kind) => {
  const options = OPTIONS[kind];
  const samples = fc.array(fc.oneof(fc.integer({ min: 0, max: 1000 }), fc.constant(undefined)), { maxLength: 80 });

  it("expects a constant load to stay", () => {
    expectClose(ahead(new Array<number>(50).fill(6), 5, options), new Array<number>(6).fill(6), 1e-9);
  });

  it("scales with its series", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 2, maxLength: 60 }), (values) => {
        const once = ahead(values, 4, options);
        expectClose(
          ahead(
            values.map((value) => 2 * value),
            4,
            options,
          ),
          once.map((value) => 2 * value),
          1e-9,
        );
      }),
    );
  });

  it("stays finite, bounded in size, and the same through JSON, whatever was observed or missed", () => {
    fc.assert(
      fc.property(samples, (values) => {
        const memory = after(values, options);
        expect(JSON.parse(JSON.stringify(memory))).toEqual(memory);
        expect(JSON.stringify(memory).length).toBeLessThan(2000);
        const expected = modelOf(options).ahead(memory, 6, options);
        if (values.every((value) => value === undefined)) expect(expected).toBeNull();
        expect(expected?.every(Number.isFinite) ?? true).toBe(true);
      }),
    );
  });
});

describe("a linear system", () => {
  it("is solved when it is definite, and refused when it is not", () => {
    expectClose(
      solveSymmetric(
        [
          [4, 2],
          [2, 3],
        ],
        [10, 8],
      ) ?? [],
      [1.75, 1.5],
    );
    expect(
      solveSymmetric(
        [
          [1, 2],
          [2, 4],
        ],
        [1, 2],
      ),
    ).toBeUndefined();
  });
});

describe("the search for a minimum", () => {
  it("finds that of Rosenbrock's valley, and keeps within its box", () => {
    const valley = ([x = 0, y = 0]: readonly number[]): number => (1 - x) * (1 - x) + 100 * (y - x * x) * (y - x * x);
    expectClose(
      minimise(
        valley,
        [-1.2, 1],
        [
          [-5, 5],
          [-5, 5],
        ],
      ),
      [1, 1],
      1e-4,
    );
    expectClose(
      minimise(
        valley,
        [0, 0],
        [
          [-5, 0.5],
          [-5, 5],
        ],
      ),
      [0.5, 0.25],
      1e-4,
    );
  });
});

import type { ForecastErrors, RunResult } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { fixture } from "../test/testing-fixture.ts";
import { forecastLines } from "./forecasts.ts";

/** The fixture's forecasting run, with other errors. */
function withErrors(errors: Partial<ForecastErrors>, seasonSeconds: number | null = 86_400): RunResult {
  const run = fixture().runs.find(({ policy }) => policy === "forecast") as RunResult;
  return { ...run, forecasts: (run.forecasts ?? []).map((one) => ({ ...one, seasonSeconds, errors: { ...one.errors, ...errors } })) };
}

describe("the lines about forecasts", () => {
  it("say how far off they were, and how far the last value would have been", () => {
    expect(forecastLines(fixture().runs)).toEqual([
      "forecast: forecasts 5 min ahead missed the load by 12.0% (MAPE 14.0%, pinball loss 0.035/s, 81.0% within the interval meant for 80%); the last value would have by 20.0%.",
    ]);
  });

  it("say that a season does not pay when it loses to the last value", () => {
    expect(forecastLines([withErrors({ wape: 0.3 })])[0]).toMatch(
      /The season of 1 d does worse than that: this load does not follow it\.$/,
    );
    expect(forecastLines([withErrors({ wape: 0.3 }, null)])[0]).toMatch(/The model does worse than that: the load does not follow it\.$/);
  });

  it("are left out where nothing could be compared, and for results of older releases", () => {
    expect(forecastLines([withErrors({ wape: null })])).toEqual([]);
    const { forecasts: _forecasts, ...older } = fixture().runs[0] as RunResult;
    expect(forecastLines([older])).toEqual([]);
  });
});

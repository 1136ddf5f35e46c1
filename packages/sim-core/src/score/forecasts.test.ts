import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { forecastsOf } from "./forecasts.ts";
import type { DecisionRecord } from "./result.ts";

function decided(timeSeconds: number, evidence: DecisionRecord["evidence"], deployment = "chat"): DecisionRecord {
  return { timeSeconds, deployment, timer: "sample", specReplicas: 1, desiredReplicas: 1, readyReplicas: 1, reason: "Test", evidence };
}

/** A decision that observed a load, had forecast another, and said what the last value was. */
function due(timeSeconds: number, observed: number, forecast: number, last: number, interval: readonly [number, number]): DecisionRecord {
  return decided(timeSeconds, {
    observedPerSecond: observed,
    horizonSeconds: 300,
    forecastPerSecond: 7,
    intervalPerSecond: [6, 9],
    intervalQuantile: 0.9,
    forecastForNowPerSecond: forecast,
    intervalForNowPerSecond: interval,
    lastValueForNowPerSecond: last,
  });
}

describe("forecasts of a run", () => {
  it("are those of decisions whose evidence has one, each with what it said and when", () => {
    const evidence = { observedPerSecond: 5, horizonSeconds: 240, forecastPerSecond: 6, intervalPerSecond: [5, 8], model: "linear" };
    const [forecast, ...others] = forecastsOf([decided(0, { replicas: 3 }), decided(60, evidence)]);
    expect(others).toEqual([]);
    expect(forecast).toMatchObject({
      deployment: "chat",
      member: null,
      model: "linear",
      horizonSecondsMean: 240,
      points: [[60, 5, 240, 6, 5, 8]],
    });
    expect(forecast?.errors).toMatchObject({ count: 0, mape: null, wape: null, pinballLoss: null, coverage: null });
  });

  it("are kept apart by deployment and by the member that made them", () => {
    const evidence = { observedPerSecond: 5, horizonSeconds: 240, forecastPerSecond: 6 };
    const all = forecastsOf([
      decided(0, { ...evidence, member: "daily" }),
      decided(0, { ...evidence, member: "weekly" }),
      decided(60, { ...evidence, member: "daily" }),
      decided(60, evidence, "batch"),
    ]);
    expect(all.map(({ deployment, member, points }) => [deployment, member, points.length])).toEqual([
      ["chat", "daily", 2],
      ["chat", "weekly", 1],
      ["batch", null, 1],
    ]);
  });

  it("have the errors that a hand computes, quiet moments left out of the MAPE only", () => {
    const [forecast] = forecastsOf([due(0, 10, 8, 5, [6, 12]), due(60, 4, 8, 4, [6, 12]), due(120, 0, 1, 3, [0, 2])]);
    expect(forecast?.errors.count).toBe(3);
    expect(forecast?.errors.mape).toBeCloseTo((2 / 10 + 4 / 4) / 2, 12);
    expect(forecast?.errors.wape).toBeCloseTo((2 + 4 + 1) / 14, 12);
    expect(forecast?.errors.lastValueWape).toBeCloseTo((5 + 0 + 3) / 14, 12);
    expect(forecast?.errors.biasPerSecond).toBeCloseTo((2 - 4 - 1) / 3, 12);
    expect(forecast?.errors.coverage).toBeCloseTo(2 / 3, 12);
    // Of the low ends at 0.1: 4 above, 2 below, 0; of the high ends at 0.9: 2, 8 and 2 below.
    expect(forecast?.errors.pinballLoss).toBeCloseTo((0.1 * 4 + 0.9 * 2 + 0 + 0.1 * (2 + 8 + 2)) / 2 / 3, 12);
  });

  it("are judged by what the model said once it knew all it wants to know, or by all when it never did", () => {
    const learning = (each: DecisionRecord): DecisionRecord => ({ ...each, evidence: { ...each.evidence, forecastForNowLearning: true } });
    const [wrong, right] = [learning(due(0, 10, 0, 0, [0, 0])), due(60, 10, 9, 0, [8, 12])];
    expect(forecastsOf([wrong, right])[0]?.errors).toMatchObject({ count: 1, learning: 1, mape: 0.1 });
    expect(forecastsOf([wrong])[0]?.errors).toMatchObject({ count: 1, learning: 1, mape: 1 });
  });

  it("are thinned out evenly, while errors count them all", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6000 }), (count) => {
        const [forecast] = forecastsOf(Array.from({ length: count }, (_, step) => due(step * 60, 3, 3, 3, [2, 4])));
        expect(forecast?.errors.count).toBe(count);
        expect(forecast?.points.length).toBeLessThanOrEqual(1500);
        expect(forecast?.points.length).toBeGreaterThan(Math.min(count, 750) - 1);
        expect(forecast?.points[0]?.[0]).toBe(0);
      }),
      { numRuns: 20 },
    );
  });
});

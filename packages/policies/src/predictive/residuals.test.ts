import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EMPTY_RECORD, type ForecastRecord, type Promised, promise, quantile, settle } from "./residuals.ts";
import { type DelayState, holdDown } from "./scale-down-delay.ts";

function said(forecast: number): Omit<Promised, "due"> {
  return { forecast, low: forecast - 1, high: forecast + 1, last: 0, learned: true };
}

describe("the record of forecasts", () => {
  it("compares each observation with the forecast made one horizon before it", () => {
    let record: ForecastRecord = EMPTY_RECORD;
    const errors: (number | undefined)[] = [];
    for (const [step, value] of [10, 11, 12, 20, undefined, 30, 40].entries()) {
      const settled = settle(record, value, 2);
      errors.push(settled.due?.error);
      record = promise(settled.record, 3, said(step));
    }
    // the forecasts promised are the numbers of their steps: 20 − 0, nothing observed, 30 − 2, 40 − 3
    expect(errors).toEqual([undefined, undefined, undefined, 20, undefined, 28, 37]);
    expect(record).toEqual({
      step: 7,
      pending: [8, 9, 10].map((due) => ({ due, ...said(due - 4) })),
      residuals: [28, 37],
    });
  });

  it("lets the newer of two forecasts for one sample count, when the horizon has grown shorter, and misses none when it has grown longer", () => {
    const errors: (number | undefined)[] = [];
    let record: ForecastRecord = EMPTY_RECORD;
    for (const [step, horizon] of [4, 3, 2, 1, 1, 3, 1, 1, 1].entries()) {
      const settled = settle(record, 100, 9);
      errors.push(settled.due?.forecast);
      record = promise(settled.record, horizon, said(step));
      expect(new Set(record.pending.map(({ due }) => due)).size).toBe(record.pending.length);
    }
    // at step 4 (the fifth) the promises of steps 0, 1, 2 and 3 fall due
    expect(errors).toEqual([undefined, undefined, undefined, undefined, 3, 4, undefined, 6, 7]);
  });
});

describe("a quantile", () => {
  // numpy.quantile([1, 3, 4, 8], q)
  it.each([
    { share: 0, wants: 1 },
    { share: 0.25, wants: 2.5 },
    { share: 0.5, wants: 3.5 },
    { share: 0.9, wants: 6.8 },
    { share: 1, wants: 8 },
  ])("of share $share is $wants, as numpy has it", ({ share, wants }) => {
    expect(quantile([8, 1, 4, 3], share)).toBeCloseTo(wants, 12);
  });

  it("of nothing is 0", () => {
    expect(quantile([], 0.9)).toBe(0);
  });
});

describe("the delay of scale-downs", () => {
  it("gives the largest wish of the window, and remembers no more than it must", () => {
    const wishes = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(wishes, fc.integer({ min: 0, max: 10 }), (all, windowSteps) => {
        let recent: DelayState = [];
        all.forEach((replicas, step) => {
          const held = holdDown(recent, { seconds: step * 60, replicas }, windowSteps * 60);
          expect(held.replicas).toBe(Math.max(replicas, ...all.slice(Math.max(0, step - windowSteps + 1), step + 1)));
          expect(held.recent.length).toBeLessThanOrEqual(windowSteps + 1);
          recent = held.recent;
        });
      }),
    );
  });
});

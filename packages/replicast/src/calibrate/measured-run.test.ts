import { expect, it } from "vitest";
import { type MeasuredRequest, runFigures, tpotSeconds } from "./measured-run.ts";

const request = (changes: Partial<MeasuredRequest>): MeasuredRequest => ({
  arrivalSeconds: 0,
  promptTokens: 10,
  outputTokens: 11,
  ttftSeconds: 1,
  e2eSeconds: 2,
  ...changes,
});

it("spreads the time after the first token over the tokens after the first", () => {
  expect(tpotSeconds(request({}))).toBeCloseTo(0.1, 12);
  expect(tpotSeconds(request({ outputTokens: 1 }))).toBeNaN();
});

it("gives percentiles between ranks, as numpy does by default", () => {
  const { ttft } = runFigures([4, 1, 3, 2].map((ttftSeconds) => request({ ttftSeconds })));
  expect(ttft).toEqual({ mean: 2.5, p50: 2.5, p90: expect.closeTo(3.7, 12), p99: expect.closeTo(3.97, 12) });
});

it("leaves requests without a latency out of that latency only", () => {
  const figures = runFigures([request({ ttftSeconds: Number.NaN }), request({ e2eSeconds: 4 })]);
  expect(figures.ttft.mean).toBe(1);
  expect(figures.e2e.mean).toBe(3);
  expect(runFigures([]).e2e.p50).toBeNaN();
});

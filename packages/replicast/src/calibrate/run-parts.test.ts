import { expect, it } from "vitest";
import { peakConcurrency, splitRun, splitSteps } from "./run-parts.ts";

const run = (...spans: (readonly [number, number])[]) => ({
  name: "r",
  requests: spans.map(([arrivalSeconds, e2eSeconds]) => ({ arrivalSeconds, promptTokens: 1, outputTokens: 1, ttftSeconds: 0, e2eSeconds })),
});

it("counts the requests that were open at once; one that ends makes room for one that comes", () => {
  expect(peakConcurrency(run([0, 2], [1, 2], [2, 1]))).toBe(2);
  expect(peakConcurrency(run([0, Number.NaN]))).toBe(0);
});

it("splits a run in time, and begins the second part anew", () => {
  const [first, rest] = splitRun(run([0, 1], [1, 1], [2, 1], [5, 1]), 0.5);
  expect(first.requests.map(({ arrivalSeconds }) => arrivalSeconds)).toEqual([0, 1]);
  expect(rest.requests.map(({ arrivalSeconds }) => arrivalSeconds)).toEqual([0, 3]);
});

it("splits measured steps by their number", () => {
  const step = (stepSeconds: number) => ({ decodeSequences: 1, contextTokens: 1, promptTokens: 0, promptTokenContext: 0, stepSeconds });
  const [first, rest] = splitSteps({ name: "s", steps: [step(1), step(2), step(3)] }, 0.5);
  expect([first.steps, rest.steps].map((steps) => steps.map(({ stepSeconds }) => stepSeconds))).toEqual([[1, 2], [3]]);
});

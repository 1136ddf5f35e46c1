import type { MetricAnswer } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { INITIAL_OPERATOR_STATE, type OperatorState, observeForHpa, observeForLoop, type TriggerInput } from "./observe.ts";
import { evaluatePrometheus } from "./prometheus.ts";
import type { KedaFallback, PrometheusTrigger } from "./spec.ts";

const TRIGGER: PrometheusTrigger = {
  type: "prometheus",
  metricName: "s0-prometheus",
  metricType: "AverageValue",
  query: "sum(vllm:num_requests_waiting)",
  useCachedMetrics: false,
  threshold: 5,
  activationThreshold: 2,
  ignoreNullValues: true,
};
const FALLBACK: KedaFallback = { failureThreshold: 2, replicas: 4, behavior: "static" };

const vector = (...values: readonly number[]): MetricAnswer => ({ ok: true, elements: values.map((value) => ({ labels: {}, value })) });
const DOWN: MetricAnswer = { ok: false, error: "connection refused" };

const input = (
  answer: MetricAnswer,
  trigger: PrometheusTrigger = TRIGGER,
  fallback: KedaFallback | undefined = FALLBACK,
): TriggerInput => ({
  triggers: [trigger],
  answers: { "s0-prometheus": answer },
  epochSeconds: 0,
  nowSeconds: 0,
  existingPods: 3,
  fallback,
  specReplicas: 3,
  readyPods: 2,
});

describe("a prometheus trigger", () => {
  it.each([
    { answer: vector(2), reads: { ok: true, value: 2, active: false }, because: "the threshold itself is not activity" },
    { answer: vector(2.0004), reads: { ok: true, value: 2.0004, active: true }, because: "the unrounded value counts" },
    { answer: vector(), reads: { ok: true, value: 0, active: false }, because: "no data is 0" },
    { answer: vector(Number.NaN), reads: { ok: true, value: 0, active: false }, because: "so is NaN" },
    { answer: vector(1, 2), reads: { ok: false }, because: "two elements are an error" },
    { answer: { ok: true, elements: [], scalar: true } as const, reads: { ok: false }, because: "a scalar is an error" },
  ])("reads $reads: $because", ({ answer, reads }) => {
    expect(evaluatePrometheus(TRIGGER, answer)).toMatchObject(reads);
  });

  it("takes no data for an error when it may not ignore it", () => {
    expect(evaluatePrometheus({ ...TRIGGER, ignoreNullValues: false }, vector()).ok).toBe(false);
  });
});

describe("a fallback", () => {
  /** Polls and HPA requests in turn, all failing. */
  function fail(times: number, trigger = TRIGGER, readyPods = 2) {
    let state: OperatorState = INITIAL_OPERATOR_STATE;
    const seen = Array.from({ length: times }, (_, index) => {
      const given = { ...input(DOWN, trigger), readyPods };
      const observed = index % 2 === 0 ? observeForLoop(given, state) : observeForHpa(given, state);
      state = observed.state;
      return observed;
    });
    return seen.at(-1);
  }

  it("waits for more failures than the threshold, counting polls and HPA requests alike", () => {
    expect(fail(2)).toMatchObject({ failing: true, active: false });
    expect(fail(3)).toMatchObject({
      failing: false,
      active: true,
      readings: { "s0-prometheus": { valueMilli: 20_000n, fallback: true } },
    });
  });

  it("spreads its value over the ready pods for a Value target, and fails without any", () => {
    const trigger = { ...TRIGGER, metricType: "Value" } as const;
    expect(fail(3, trigger)?.readings["s0-prometheus"]).toMatchObject({ valueMilli: 10_000n });
    expect(fail(3, trigger, 0)?.readings["s0-prometheus"]).toMatchObject({ ok: false });
  });

  it.each([
    { behavior: "currentReplicas", milli: 15_000n },
    { behavior: "currentReplicasIfHigher", milli: 20_000n },
    { behavior: "currentReplicasIfLower", milli: 15_000n },
  ] as const)("asks for $behavior", ({ behavior, milli }) => {
    const fallback = { ...FALLBACK, behavior, failureThreshold: 0 };
    const { readings } = observeForLoop(input(DOWN, TRIGGER, fallback), INITIAL_OPERATOR_STATE);
    expect(readings["s0-prometheus"]).toMatchObject({ valueMilli: milli });
  });

  it("starts its count again with one success", () => {
    const failed = observeForLoop(input(DOWN), INITIAL_OPERATOR_STATE);
    expect(failed.state.counts).toEqual({ "s0-prometheus": 1 });
    expect(observeForLoop(input(vector(1)), failed.state).state.counts).toEqual({ "s0-prometheus": 0 });
  });
});

it("tells the HPA the last poll's value with useCachedMetrics, and a fresh one without", () => {
  const tell = (useCachedMetrics: boolean) => {
    const trigger = { ...TRIGGER, useCachedMetrics };
    const { state } = observeForLoop(input(vector(7), trigger), INITIAL_OPERATOR_STATE);
    return observeForHpa(input(vector(9), trigger), state).readings["s0-prometheus"];
  };
  expect(tell(true)).toMatchObject({ valueMilli: 7000n });
  expect(tell(false)).toMatchObject({ valueMilli: 9000n });
});

it("repeats a failed poll's error to the HPA with useCachedMetrics, once, and asks again after that", () => {
  const trigger = { ...TRIGGER, useCachedMetrics: true };
  const polled = observeForLoop(input(DOWN, trigger), INITIAL_OPERATOR_STATE);
  const first = observeForHpa(input(vector(9), trigger), polled.state);
  const second = observeForHpa(input(vector(9), trigger), first.state);
  expect([first, second].map(({ readings }) => readings["s0-prometheus"]?.ok)).toEqual([false, true]);
  expect(first.state.counts).toEqual({ "s0-prometheus": 2 });
});

it("sends a negative value as 0", () => {
  expect(observeForHpa(input(vector(-3)), INITIAL_OPERATOR_STATE).readings["s0-prometheus"]).toMatchObject({ valueMilli: 0n });
});

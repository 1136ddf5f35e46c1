import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CalculatorInput, MetricReading } from "./outcome.ts";
import type { HpaPod } from "./pods.ts";
import { proposeReplicas } from "./replicas.ts";
import { HPA_FLAG_DEFAULTS, type HpaMetric } from "./spec.ts";

const NOW = 10_000;

const pod = (index: number, overrides: Partial<HpaPod> = {}): HpaPod => ({
  name: `p${index}`,
  phase: "Running",
  deleted: false,
  startSeconds: 0,
  ready: { status: "True", sinceSeconds: 60 },
  containers: [{ name: "main", requestsMilli: { cpu: 1000n } }],
  ...overrides,
});

const input = (pods: readonly HpaPod[], overrides: Partial<CalculatorInput> = {}): CalculatorInput => ({
  nowSeconds: NOW,
  specReplicas: pods.length,
  statusReplicas: pods.length,
  pods,
  flags: HPA_FLAG_DEFAULTS,
  tolerance: { up: 0.1, down: 0.1 },
  ...overrides,
});

const samples = (values: readonly (number | undefined)[]): MetricReading => ({
  kind: "samples",
  samples: new Map(
    values.flatMap((value, index) =>
      value === undefined ? [] : [[`p${index}`, { valueMilli: BigInt(value), atSeconds: NOW - 10, windowSeconds: 15 }] as const],
    ),
  ),
});

const cpu: HpaMetric = { type: "Resource", resource: "cpu", target: { type: "Utilization", averageUtilization: 50 } };
const queue: HpaMetric = { type: "Pods", metric: { name: "queue" }, target: { type: "AverageValue", averageValueMilli: "10000" } };
const value: HpaMetric = { type: "External", metric: { name: "x" }, target: { type: "Value", valueMilli: "10000" } };
const average: HpaMetric = { type: "External", metric: { name: "x" }, target: { type: "AverageValue", averageValueMilli: "10000" } };

const replicas = (metric: HpaMetric, reading: MetricReading, given: CalculatorInput): number | string => {
  const outcome = proposeReplicas(metric, reading, given);
  return outcome.ok ? outcome.replicas : outcome.reason;
};

describe("a per-pod metric", () => {
  it.each([
    { values: [11_000, 11_000], wants: 2, because: "exactly 10 % off is within the tolerance" },
    { values: [11_100, 11_100], wants: 3, because: "11 % off is not" },
    { values: [9_000, 9_000], wants: 2, because: "the tolerance is inclusive below, too" },
    { values: [2_000, 2_000], wants: 1, because: "a fifth of the target needs one pod of two, rounded up" },
    { values: [30_000, undefined], wants: 3, because: "a missing pod counts as idle when scaling up" },
    { values: [1_000, undefined], wants: 2, because: "and as fully loaded when scaling down, which flips nothing here but keeps both" },
  ])("asks for $wants pods at $values: $because", ({ values, wants }) => {
    expect(replicas(queue, samples(values), input(values.map((_, index) => pod(index))))).toBe(wants);
  });

  it("multiplies the ready pods, so that loading ones do not hold a scale-down back", () => {
    const pods = Array.from({ length: 10 }, (_, index) => pod(index, index < 5 ? {} : { phase: "Pending" }));
    const values = pods.map((_, index) => (index < 5 ? 5_000 : undefined));
    expect(replicas(queue, samples(values), input(pods))).toBe(3);
  });

  it("truncates a utilisation to whole percent before it compares", () => {
    // 55.9 % of a target of 50 % would be 1.118; 55 % is 1.1, which is within the tolerance.
    expect(replicas(cpu, samples([559, 559]), input([pod(0), pod(1)]))).toBe(2);
  });

  it("leaves a cpu sample out while its pod starts up, but not another metric's", () => {
    const starting = pod(1, { startSeconds: NOW - 100, ready: { status: "False", sinceSeconds: NOW - 100 } });
    expect(replicas(cpu, samples([900, 5_000]), input([pod(0), starting]))).toBe(2);
    expect(replicas(queue, samples([18_000, 100_000]), input([pod(0), starting]))).toBe(12);
  });

  it.each([
    { pods: [], values: [1], because: "no pod matches" },
    { pods: [pod(0, { deleted: true })], values: [1], because: "its only pod is terminating" },
    { pods: [pod(0, { containers: [{ name: "main", requestsMilli: {} }] })], values: [1], because: "a container has no request" },
  ])("fails when $because", ({ pods, values }) => {
    expect(replicas(cpu, samples(values), input(pods))).toBe("FailedGetResourceMetric");
  });

  it("never moves against its ratio", () => {
    const loads = fc.array(fc.option(fc.nat(40_000), { nil: undefined }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(loads, (values) => {
        const outcome = proposeReplicas(queue, samples(values), input(values.map((_, index) => pod(index))));
        if (!outcome.ok) return;
        if (outcome.ratio >= 1) expect(outcome.replicas).toBeGreaterThanOrEqual(values.length === 1 ? 1 : 0);
        if (outcome.ratio > 1 && values.includes(undefined)) expect(outcome.replicas).toBeGreaterThanOrEqual(values.length);
        if (outcome.ratio < 1 && values.includes(undefined)) expect(outcome.replicas).toBeLessThanOrEqual(values.length);
      }),
    );
  });
});

describe("an Object or External metric", () => {
  const values = (...list: readonly bigint[]): MetricReading => ({ kind: "values", valuesMilli: list });

  it("multiplies the ready pods by the ratio to a Value target, again at every sync", () => {
    expect(replicas(value, values(30_000n), input([pod(0), pod(1)]))).toBe(6);
    expect(replicas(value, values(30_000n), input(Array.from({ length: 6 }, (_, index) => pod(index))))).toBe(18);
  });

  it("divides the total by an AverageValue target, whatever the pods do", () => {
    expect(replicas(average, values(20_000n, 15_000n), input([pod(0, { phase: "Pending" }), pod(1)]))).toBe(4);
  });

  it("keeps status replicas, not spec replicas, within the tolerance of an AverageValue target", () => {
    expect(replicas(average, values(30_000n), input([pod(0)], { specReplicas: 5, statusReplicas: 3 }))).toBe(3);
  });

  it("has no tolerance at zero replicas", () => {
    expect(replicas(value, values(100n), input([]))).toBe(1);
    expect(replicas(average, values(0n), input([]))).toBe(0);
  });

  it("fails with the reason of its type when the API has no answer", () => {
    expect(replicas(value, { kind: "error", error: "gone" }, input([pod(0)]))).toBe("FailedGetExternalMetric");
  });
});

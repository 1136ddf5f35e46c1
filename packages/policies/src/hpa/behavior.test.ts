import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EMPTY_MEMORY, type HpaMemory, normalizeReplicas, rememberScaleEvent } from "./behavior.ts";
import { behaviorFrom } from "./manifest.ts";
import type { RawBehavior } from "./raw.ts";
import { HPA_FLAG_DEFAULTS, type HpaSpec } from "./spec.ts";

const spec = (behavior?: RawBehavior): HpaSpec => ({
  minReplicas: 1,
  maxReplicas: 1000,
  metrics: [],
  ...(behavior === undefined ? {} : { behavior: behaviorFrom(behavior) }),
});

/** Syncs at the given times with the given recommendations; every step is applied. */
function run(behavior: RawBehavior | undefined, start: number, syncs: readonly (readonly [at: number, desired: number])[]) {
  const hpa = spec(behavior);
  let current = start;
  let memory: HpaMemory = { ...EMPTY_MEMORY, recommendations: [[syncs[0]?.[0] ?? 0, start]] };
  return syncs.map(([nowSeconds, desired]) => {
    const result = normalizeReplicas({ spec: hpa, flags: HPA_FLAG_DEFAULTS, nowSeconds, current, desired, memory });
    memory = rememberScaleEvent(hpa, nowSeconds, current, result.replicas, result.memory);
    current = result.replicas;
    return current;
  });
}

describe("scaling up", () => {
  it("goes 1, 4, 8 without behavior, and 1, 5, 10 with an empty one", () => {
    const high = [0, 15, 30].map((at) => [at, 100] as const);
    expect(run(undefined, 1, high)).toEqual([4, 8, 16]);
    expect(run({}, 1, high)).toEqual([5, 10, 20]);
  });

  it("computes percent in doubles as written: 50 plus 10 % are 56", () => {
    const behavior = { scaleUp: { policies: [{ type: "Percent", value: 10, periodSeconds: 60 }] } };
    expect(run(behavior, 50, [[0, 500]])).toEqual([56]);
  });

  it("frees an event that is exactly one period old", () => {
    const behavior = { scaleUp: { policies: [{ type: "Pods", value: 2, periodSeconds: 60 }] } };
    const syncs = [0, 45, 60].map((at) => [at, 50] as const);
    expect(run(behavior, 2, syncs)).toEqual([4, 4, 6]);
  });

  it("does not move when the direction is disabled", () => {
    expect(run({ scaleUp: { selectPolicy: "Disabled" } }, 3, [[0, 50]])).toEqual([3]);
  });
});

describe("scaling down", () => {
  it("waits one sync longer without behavior: there a recommendation of exactly 300 s still counts", () => {
    const low = Array.from({ length: 23 }, (_, index) => [index * 15, 1] as const);
    expect(run(undefined, 4, low).indexOf(1) * 15).toBe(315);
    expect(run({}, 4, low).indexOf(1) * 15).toBe(300);
  });

  it("takes the largest change under Max, which is the smallest count", () => {
    const policies = [
      { type: "Pods", value: 1, periodSeconds: 60 },
      { type: "Percent", value: 50, periodSeconds: 60 },
    ];
    const rules = { stabilizationWindowSeconds: 0, policies };
    expect(run({ scaleDown: rules }, 10, [[0, 1]])).toEqual([5]);
    expect(run({ scaleDown: { ...rules, selectPolicy: "Min" } }, 10, [[0, 1]])).toEqual([9]);
  });

  it("undoes a scale-up of the same period on top of the allowance", () => {
    const policies = [{ type: "Pods", value: 1, periodSeconds: 60 }];
    const behavior = {
      scaleUp: { policies: [{ type: "Pods", value: 10, periodSeconds: 60 }] },
      scaleDown: { stabilizationWindowSeconds: 0, policies },
    };
    expect(
      run(behavior, 5, [
        [0, 15],
        [15, 1],
      ]),
    ).toEqual([15, 4]);
  });
});

it("overwrites the last slot that no window needs, so memory does not grow", () => {
  const low = Array.from({ length: 200 }, (_, index) => [index * 15, 4] as const);
  let memory: HpaMemory = EMPTY_MEMORY;
  for (const [nowSeconds, desired] of low) {
    memory = normalizeReplicas({ spec: spec(), flags: HPA_FLAG_DEFAULTS, nowSeconds, current: 4, desired, memory }).memory;
  }
  expect(memory.recommendations.length).toBe(21);
});

it("stays between the minimum and the maximum, and says when it cut", () => {
  const cases = fc.record({ current: fc.integer({ min: 1, max: 50 }), desired: fc.nat(500), withBehavior: fc.boolean() });
  fc.assert(
    fc.property(cases, ({ current, desired, withBehavior }) => {
      const hpa: HpaSpec = { ...spec(withBehavior ? {} : undefined), minReplicas: 1, maxReplicas: 50 };
      const result = normalizeReplicas({ spec: hpa, flags: HPA_FLAG_DEFAULTS, nowSeconds: 0, current, desired, memory: EMPTY_MEMORY });
      expect(result.replicas).toBeGreaterThanOrEqual(1);
      expect(result.replicas).toBeLessThanOrEqual(50);
      expect(result.limited).toBe(result.replicas !== result.stabilizedReplicas);
    }),
  );
});

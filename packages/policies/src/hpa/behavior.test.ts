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

describe("the reuse of slots", () => {
  const policy = (periods: readonly number[]) =>
    fc.record({
      type: fc.constantFrom("Pods", "Percent"),
      value: fc.integer({ min: 1, max: 100 }),
      periodSeconds: fc.constantFrom(...periods),
    });
  // An event is kept for the longest period of its own direction, though both directions look at it: here both have the same.
  const rules = fc.record({
    stabilizationWindowSeconds: fc.constantFrom(0, 15, 45, 120),
    policies: fc.tuple(policy([90]), policy([15, 40, 90])),
    selectPolicy: fc.constantFrom("Min", "Max"),
  });
  const syncs = fc.array(fc.nat(40), { minLength: 1, maxLength: 60 });

  it("forgets nothing that a rule still needs: a log of everything decides the same while nobody edits the object", () => {
    fc.assert(
      fc.property(fc.record({ scaleUp: rules, scaleDown: rules }), syncs, (behavior, wanted) => {
        const hpa = spec(behavior);
        let current = 5;
        let memory: HpaMemory = EMPTY_MEMORY;
        let log: HpaMemory = EMPTY_MEMORY;
        for (const [index, desired] of wanted.entries()) {
          const nowSeconds = index * 15;
          const step = { spec: hpa, flags: HPA_FLAG_DEFAULTS, nowSeconds, current, desired };
          const { replicas, memory: next } = normalizeReplicas({ ...step, memory });
          expect(replicas).toBe(normalizeReplicas({ ...step, memory: log }).replicas);
          memory = rememberScaleEvent(hpa, nowSeconds, current, replicas, next);
          const change = replicas - current;
          log = {
            recommendations: [...log.recommendations, [nowSeconds, desired]],
            scaleUpEvents: change > 0 ? [...log.scaleUpEvents, [nowSeconds, change, false]] : log.scaleUpEvents,
            scaleDownEvents: change < 0 ? [...log.scaleDownEvents, [nowSeconds, -change, false]] : log.scaleDownEvents,
          };
          current = replicas;
        }
        // 120 s and 90 s at a sync every 15 s, with both ends and the one being written.
        expect(memory.recommendations.length).toBeLessThanOrEqual(10);
        expect(memory.scaleUpEvents.length).toBeLessThanOrEqual(8);
        expect(memory.scaleDownEvents.length).toBeLessThanOrEqual(8);
      }),
    );
  });

  it("forgets a step after its own direction's period, though the other direction still counts it", () => {
    const behavior: RawBehavior = {
      scaleUp: { policies: [{ type: "Pods", value: 1, periodSeconds: 90 }] },
      scaleDown: { stabilizationWindowSeconds: 0, policies: [{ type: "Pods", value: 5, periodSeconds: 15 }] },
    };
    // The step down at 0 is overwritten by that at 30: at 45 only the second is given back on top of the allowance.
    expect(run(behavior, 10, [[0, 6], [30, 4], [45, 20]])).toEqual([6, 4, 7]); // biome-ignore format: pairs
  });

  it("shows when a window is lengthened: what was overwritten does not hold a scale-down back", () => {
    const window = (seconds: number): HpaSpec => spec({ scaleDown: { stabilizationWindowSeconds: seconds } });
    const sync = (nowSeconds: number, desired: number, windowSeconds: number, memory: HpaMemory) =>
      normalizeReplicas({ spec: window(windowSeconds), flags: HPA_FLAG_DEFAULTS, nowSeconds, current: 9, desired, memory });
    const before = [0, 15, 30, 45].reduce((memory, at) => sync(at, at === 0 ? 9 : 2, 15, memory).memory, EMPTY_MEMORY);
    expect(before.recommendations).not.toContainEqual([0, 9]);
    expect(sync(60, 2, 600, before).replicas).toBe(2);
    expect(sync(60, 2, 600, { ...before, recommendations: [...before.recommendations, [0, 9]] }).replicas).toBe(9);
  });
});

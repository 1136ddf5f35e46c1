import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SloConfig } from "../config.ts";
import { boundRequirements, LowerBoundTally, SmallestSum } from "./lower-bound.ts";

const FOREVER = Number.POSITIVE_INFINITY;
const PATIENT = { attemptSeconds: 100, requestSeconds: 250, leaveSeconds: FOREVER };
const slo = (objectives: SloConfig["objectives"], availability?: number): SloConfig => ({
  objectives,
  loadWindowSeconds: 60,
  ...(availability === undefined ? {} : { availability }),
});
const objective = (metric: SloConfig["objectives"][number]["metric"], thresholdSeconds = 2) => ({ metric, thresholdSeconds, target: 0.9 });

describe("who is counted whatever the policy does", () => {
  it.each([
    { metric: "ttft", before: 898, because: "a first token in time leaves a whole attempt until the end" },
    { metric: "e2e", before: 998, because: "who is under way for longer has missed it" },
    { metric: "queue", before: 750, because: "each attempt waits anew" },
    { metric: "tpot", before: 750, because: "it is known at the end only" },
  ] as const)("$metric: before $before s of 1000, as $because", ({ metric, before }) => {
    expect(boundRequirements(slo([objective(metric)]), 1000, PATIENT)).toMatchObject([{ name: metric, countedBeforeSeconds: before }]);
  });

  it("is nobody under gaps between tokens, which whoever is not served has none of", () => {
    expect(boundRequirements(slo([objective("itl")]), 1000, PATIENT)).toEqual([]);
  });

  it("is nobody where clients leave before the threshold", () => {
    const leaving = { ...PATIENT, leaveSeconds: 2 };
    const all = slo([objective("ttft"), objective("e2e"), objective("queue"), objective("tpot")], 0.99);
    expect(boundRequirements(all, 1000, leaving)).toEqual([]);
    expect(boundRequirements(slo([objective("ttft", 1)]), 1000, leaving)).toHaveLength(1);
  });

  it("is everybody who has had all attempts under availability", () => {
    expect(boundRequirements(slo([], 0.99), 1000, PATIENT)).toEqual([{ name: "availability", target: 0.99, countedBeforeSeconds: 750 }]);
  });
});

describe("the sum of the smallest", () => {
  it("is never more than it is, and less by the width of a bin at most", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 200 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, share) => {
          const sum = new SmallestSum();
          for (const value of values) sum.add(value);
          const count = Math.floor(share * values.length);
          const exact = [...values]
            .sort((a, b) => a - b)
            .slice(0, count)
            .reduce((total, value) => total + value, 0);
          expect(sum.smallest(count)).toBeLessThanOrEqual(exact * (1 + 1e-9) + 1e-300);
          expect(sum.smallest(count)).toBeGreaterThanOrEqual(exact * 0.989 - 1e-12);
        },
      ),
    );
  });
});

describe("the bound", () => {
  const requirement = { name: "ttft", target: 0.75, countedBeforeSeconds: 100 } as const;

  it("takes the cheapest requests, as many as must be good, of those that are counted", () => {
    const tally = new LowerBoundTally([requirement], 0);
    for (const costUsd of [5, 1, 2, 3]) tally.add(10, 50, () => costUsd);
    tally.add(100, 50, () => 0.001);
    expect(tally.bound()).toMatchObject({ binding: "ttft", requests: 3 });
    expect(tally.bound().runUsd).toBeCloseTo(6, 9);
  });

  it("is the strictest of several requirements, and answers of one token have no time per token", () => {
    const tokens = { name: "tpot", target: 1, countedBeforeSeconds: 100, tokenSecondsMax: 0.1 } as const;
    const tally = new LowerBoundTally([requirement, tokens], 0);
    tally.add(1, 1, () => 8);
    tally.add(1, 2, (index) => (index === 0 ? 1 : 4));
    expect(tally.bound()).toMatchObject({ binding: "ttft", requests: 2 });
    tally.add(1, 2, (index) => (index === 0 ? 1 : 4));
    tally.add(1, 2, (index) => (index === 0 ? 1 : 4));
    expect(tally.bound()).toMatchObject({ binding: "tpot", requests: 3 });
  });

  it("is what is paid in any case where that is more", () => {
    const tally = new LowerBoundTally([requirement], 7);
    tally.add(1, 5, () => 6);
    expect(tally.bound()).toEqual({ runUsd: 7, binding: "floor", requests: 0, floorUsd: 7 });
  });
});

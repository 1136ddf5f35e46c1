import type { DecisionRecord } from "@replicast/sim-core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foldDecisions, pickDecisions } from "./decisions.ts";

const decision = (timeSeconds: number, specReplicas: number, desiredReplicas: number, reason = "r", deployment = "d"): DecisionRecord => ({
  timeSeconds,
  deployment,
  timer: "sync",
  specReplicas,
  desiredReplicas,
  readyReplicas: 1,
  reason,
  evidence: {},
});

const anyDecisions = fc
  .array(fc.record({ spec: fc.nat(2), desired: fc.nat(2), reason: fc.constantFrom("a", "b"), deployment: fc.constantFrom("x", "y") }), {
    maxLength: 40,
  })
  .map((rows) => rows.map((row, index) => decision(index * 15, row.spec, row.desired, row.reason, row.deployment)));

describe("folding decisions", () => {
  it("counts repeats on one line, with the time of the last", () => {
    const folds = foldDecisions([decision(0, 2, 2), decision(15, 2, 2), decision(30, 2, 4, "Up"), decision(45, 4, 4)]);
    expect(folds.map((fold) => [fold.timeSeconds, fold.untilSeconds, fold.repeats, fold.change])).toEqual([
      [0, 15, 2, 0],
      [30, 30, 1, 2],
      [45, 45, 1, 0],
    ]);
  });

  it("keeps deployments apart that decide in turns", () => {
    const folds = foldDecisions([
      decision(0, 2, 2, "r", "a"),
      decision(0, 5, 5, "r", "b"),
      decision(15, 2, 2, "r", "a"),
      decision(15, 5, 5, "r", "b"),
    ]);
    expect(folds.map((fold) => [fold.deployment, fold.repeats])).toEqual([
      ["a", 2],
      ["b", 2],
    ]);
  });

  it("loses no decision: the repeats add up", () => {
    fc.assert(
      fc.property(anyDecisions, (decisions) => {
        expect(foldDecisions(decisions).reduce((sum, fold) => sum + fold.repeats, 0)).toBe(decisions.length);
      }),
      { seed: 9 },
    );
  });

  it("shows changes first when there is no room for all, in order of time", () => {
    fc.assert(
      fc.property(anyDecisions, fc.nat(20), (decisions, limit) => {
        const folds = foldDecisions(decisions);
        const picked = pickDecisions(folds, limit);
        const changes = folds.filter((fold) => fold.change !== 0).length;
        expect(picked.length).toBe(Math.min(limit, folds.length));
        expect(picked.filter((fold) => fold.change !== 0).length).toBe(Math.min(changes, limit));
        expect([...picked].sort((a, b) => a.timeSeconds - b.timeSeconds)).toEqual(picked);
      }),
      { seed: 10 },
    );
  });
});

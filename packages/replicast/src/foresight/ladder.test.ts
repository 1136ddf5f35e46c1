import { definePolicy, type Hindrance, type Plan, type RunResult } from "@replicast/sim-core";
import { tinyPlan } from "@replicast/sim-core/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runResult } from "../../../sim-core/test/run-result.ts";
import { type Freed, ladder, withoutHindrance } from "./ladder.ts";
import { amountOf } from "./money.ts";

/** Remembers in its configuration what it was freed of, but has no limits. */
const policy = definePolicy<{ readonly freed: string }, null>({
  id: "any",
  parseConfig: () => ({ ok: true, config: { freed: "" } }),
  initialState: () => null,
  timers: () => [],
  needs: () => [],
  queries: () => [{ name: "load", kind: "promql", query: "load" }],
  decide: (_observation, state) => ({ state }),
  without: ({ freed }, hindrance) => ({ freed: hindrance === "limits" ? freed : `${freed} ${hindrance}` }),
});

const start = (plan: Plan = tinyPlan()): Freed => ({ plan, controllers: [{ deployment: "chat", policy, config: { freed: "" } }] });

function ran(monthlyUsd: number, violationMinutes: number): RunResult {
  const base = runResult();
  return { ...base, cost: { ...base.cost, monthlyUsd }, slo: { ...base.slo, violationMinutes, violations: 10 * violationMinutes } };
}

describe("the ladder", () => {
  it("frees a policy of one hindrance after the other, keeping what is gone, and runs nothing for what was never there", () => {
    const seen: (readonly [Hindrance, unknown, number])[] = [];
    const rungs = ladder(start(), ran(100, 9), amountOf(ran(40, 1)), (freed, hindrance) => {
      seen.push([hindrance, freed.controllers[0]?.config, freed.plan.metrics.scrapeIntervalSeconds]);
      return ran(100 - 10 * seen.length, 9 - seen.length);
    });
    expect(seen).toEqual([
      ["metricAge", { freed: " metricAge" }, 1],
      ["pollPeriod", { freed: " metricAge pollPeriod" }, 1],
      ["damping", { freed: " metricAge pollPeriod damping" }, 1],
    ]);
    expect(rungs.map(({ cause, isAbsent, monthlyMicroUsd }) => [cause, isAbsent, monthlyMicroUsd])).toEqual([
      ["metricAge", false, 10_000_000],
      ["pollPeriod", false, 10_000_000],
      ["damping", false, 10_000_000],
      ["limits", true, 0],
      ["rule", false, 30_000_000],
    ]);
  });

  it("adds up to the regret exactly, whatever the runs cost, and shows what did good below zero", () => {
    const bill = fc.double({ min: 0, max: 1e7, noNaN: true });
    fc.assert(
      fc.property(fc.array(bill, { minLength: 5, maxLength: 5 }), (bills) => {
        const [first = 0, ...rest] = bills;
        const known = amountOf(ran(rest.at(-1) ?? 0, 3));
        let next = 0;
        const rungs = ladder(start(), ran(first, 8), known, () => ran(rest[next++] ?? 0, next));
        const total = rungs.reduce((sum, { monthlyMicroUsd }) => sum + monthlyMicroUsd, 0);
        expect(total).toBe(amountOf(ran(first, 8)).monthlyMicroUsd - known.monthlyMicroUsd);
        expect(rungs.reduce((sum, { violationMinutes }) => sum + violationMinutes, 0)).toBe(5);
      }),
    );
  });
});

describe("a plan without old samples", () => {
  it("is scraped every second, all targets together", () => {
    const plan = tinyPlan({
      metrics: { scrapeIntervalSeconds: 15, scrapeOffset: "spread", adapter: [], cpuUtilization: 0.5, memoryUtilization: 0.5 },
    });
    expect(withoutHindrance(start(plan), "metricAge")?.plan.metrics).toMatchObject({ scrapeIntervalSeconds: 1, scrapeOffset: "together" });
  });

  it("is the same where nobody asks for metrics", () => {
    const blind = { ...policy, queries: () => [], without: (config: { readonly freed: string }) => config };
    expect(
      withoutHindrance({ plan: tinyPlan(), controllers: [{ deployment: "chat", policy: blind, config: { freed: "" } }] }, "metricAge"),
    ).toBeUndefined();
  });

  it("is not asked of policies that do not know the question", () => {
    const { without: _none, ...stubborn } = policy;
    expect(
      withoutHindrance({ plan: tinyPlan(), controllers: [{ deployment: "chat", policy: stubborn, config: { freed: "" } }] }, "damping"),
    ).toBeUndefined();
  });
});

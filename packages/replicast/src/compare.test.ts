import type { Plan, RunResult } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { runResult } from "../../sim-core/test/run-result.ts";
import { comparisonOf } from "./compare.ts";

interface Outcome {
  readonly monthlyUsd: number;
  readonly met?: boolean;
  readonly attainment?: number;
  readonly violations?: number;
  readonly passed?: boolean;
}

function ran(policy: string, { monthlyUsd, met = true, attainment = 1, violations = 0, passed = true }: Outcome): RunResult {
  const base = runResult();
  return {
    ...base,
    policy,
    cost: { ...base.cost, monthlyUsd },
    slo: { ...base.slo, met, attainment, violations },
    thresholdsPassed: passed,
    assumptions: ["shared", policy],
  };
}

const plan = (thresholdPolicy?: string): Plan =>
  ({ slo: { objectives: [], loadWindowSeconds: 60 }, ...(thresholdPolicy === undefined ? {} : { thresholdPolicy }) }) as unknown as Plan;
const compared = (runs: readonly RunResult[], thresholdPolicy?: string) => comparisonOf({ plan: plan(thresholdPolicy) }, runs);

describe("the ranking", () => {
  it("puts policies that meet the SLO first, then the cheaper, then the one with fewer violations, then the scenario's order", () => {
    const runs = [
      ran("cheap but late", { monthlyUsd: 100, met: false }),
      ran("dear", { monthlyUsd: 900 }),
      ran("good, more violations", { monthlyUsd: 500, violations: 9 }),
      ran("good", { monthlyUsd: 500, violations: 3 }),
      ran("good twin", { monthlyUsd: 500, violations: 3 }),
    ];
    const result = compared(runs);
    expect(result.ranking).toEqual(["good", "good twin", "good, more violations", "dear", "cheap but late"]);
    expect(result.runs.map((run) => run.policy)).toEqual(runs.map((run) => run.policy));
  });
});

describe("thresholds", () => {
  const runs = [ran("mine", { monthlyUsd: 1 }), ran("other", { monthlyUsd: 2, passed: false })];

  it("bind every policy when none is named", () => {
    expect(compared(runs).passed).toBe(false);
  });

  it("bind only the named policy", () => {
    expect(compared(runs, "mine")).toMatchObject({ passed: true, thresholdPolicy: "mine" });
    expect(compared(runs, "other").passed).toBe(false);
  });
});

it("gathers every assumption once", () => {
  expect(compared([ran("a", { monthlyUsd: 1 }), ran("b", { monthlyUsd: 2 })]).assumptions).toEqual(["shared", "a", "b"]);
});

describe("the verdict", () => {
  it.each([
    {
      because: "two meet it and a cheaper one does not",
      runs: [
        ran("HPA", { monthlyUsd: 40_000 }),
        ran("KEDA", { monthlyUsd: 30_000 }),
        ran("fixed 2", { monthlyUsd: 20_000, met: false, attainment: 0.931 }),
      ],
      verdict:
        "KEDA meets the SLO for $30,000 a month, 25.0% less than HPA ($40,000), the next best that does; fixed 2 would cost $20,000 but misses it (93.1% of requests within every objective).",
    },
    {
      because: "only one meets it",
      runs: [ran("HPA", { monthlyUsd: 40_000 }), ran("KEDA", { monthlyUsd: 50_000, met: false })],
      verdict: "HPA is the only policy that meets the SLO, for $40,000 a month.",
    },
    {
      because: "two cost the same",
      runs: [ran("HPA", { monthlyUsd: 40_000 }), ran("KEDA", { monthlyUsd: 40_000, violations: 1 })],
      verdict: "HPA and KEDA meet the SLO for the same $40,000 a month, HPA with the fewest violations.",
    },
    {
      because: "none meets it and a dearer one comes closer",
      runs: [
        ran("HPA", { monthlyUsd: 40_000, met: false, attainment: 0.97 }),
        ran("KEDA", { monthlyUsd: 30_000, met: false, attainment: 0.9 }),
      ],
      verdict:
        "No policy meets the SLO; KEDA is the cheapest at $30,000 a month (90.0% of requests within every objective), HPA comes closest for $40,000 (97.0% of requests within every objective).",
    },
    { because: "there is one policy", runs: [ran("HPA", { monthlyUsd: 40_000 })], verdict: "HPA meets the SLO for $40,000 a month." },
    {
      because: "the only policy misses it",
      runs: [ran("HPA", { monthlyUsd: 40_000, met: false, attainment: 0.5 })],
      verdict: "HPA misses the SLO, for $40,000 a month (50.0% of requests within every objective).",
    },
  ])("says so when $because", ({ runs, verdict }) => {
    expect(compared(runs).verdict).toBe(verdict);
  });
});

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
      because: "two cost the same and one fails fewer",
      runs: [ran("HPA", { monthlyUsd: 40_000 }), ran("KEDA", { monthlyUsd: 40_000, violations: 1_200 })],
      verdict: "HPA and KEDA meet the SLO for the same $40,000 a month; HPA comes first because it fails fewer requests (0 against 1,200).",
    },
    {
      because: "three are alike and a fourth is dearer",
      runs: [
        ran("HPA", { monthlyUsd: 40_000 }),
        ran("KEDA", { monthlyUsd: 40_000 }),
        ran("schedule", { monthlyUsd: 40_000 }),
        ran("fixed", { monthlyUsd: 50_000 }),
      ],
      verdict:
        "HPA, KEDA and schedule meet the SLO for the same $40,000 a month, 20.0% less than fixed ($50,000), the next best that does; they fail equally many requests, so their order is the scenario's.",
    },
    {
      because: "cents are between them",
      runs: [ran("HPA", { monthlyUsd: 40_000.2 }), ran("KEDA", { monthlyUsd: 40_000.1 })],
      verdict: "KEDA and HPA meet the SLO for the same $40,000 a month; KEDA is cheaper by less than these figures show.",
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
    {
      because: "none meets it and the cheapest comes closest",
      runs: [
        ran("HPA", { monthlyUsd: 40_000, met: false, attainment: 0.9 }),
        ran("KEDA", { monthlyUsd: 30_000, met: false, attainment: 0.93 }),
      ],
      verdict:
        "No policy meets the SLO; KEDA is the cheapest at $30,000 a month, and none comes closer (93.0% of requests within every objective).",
    },
    {
      because: "none meets it and two cost the same",
      runs: [
        ran("HPA", { monthlyUsd: 30_000, met: false, attainment: 0.9, violations: 10 }),
        ran("KEDA", { monthlyUsd: 30_000, met: false, attainment: 0.92, violations: 8 }),
        ran("fixed", { monthlyUsd: 60_000, met: false, attainment: 0.94 }),
      ],
      verdict:
        "No policy meets the SLO; KEDA and HPA are the cheapest at $30,000 a month each; fixed comes closest for $60,000 (94.0% of requests within every objective).",
    },
    {
      because: "none meets it and all are alike",
      runs: [
        ran("HPA", { monthlyUsd: 30_000, met: false, attainment: 0.9 }),
        ran("KEDA", { monthlyUsd: 30_000, met: false, attainment: 0.9 }),
      ],
      verdict: "No policy meets the SLO; HPA and KEDA each cost $30,000 a month (90.0% of requests within every objective).",
    },
    { because: "there is one policy", runs: [ran("HPA", { monthlyUsd: 40_000 })], verdict: "HPA meets the SLO for $40,000 a month." },
    {
      because: "the only policy misses it",
      runs: [ran("HPA", { monthlyUsd: 40_000, met: false, attainment: 0.5 })],
      verdict: "HPA misses the SLO and costs $40,000 a month (50.0% of requests within every objective).",
    },
  ])("says so when $because", ({ runs, verdict }) => {
    expect(compared(runs).verdict).toBe(verdict);
  });
});

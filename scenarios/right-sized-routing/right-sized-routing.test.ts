import type { RunResult } from "@replicast/sim-core";
import { monthlyTotalUsd } from "@replicast/sim-core/score";
import { expect, it } from "vitest";
import { compareScenario } from "../../tools/golden.mjs";

it("is cheapest where the small model gets what it can answer: less wastes large replicas, more is lost in bad answers, a cascade is late", () => {
  const { runs, ranking } = compareScenario("right-sized-routing").comparison;
  const of = (policy: string): RunResult => {
    const found = runs.find((run) => run.policy === policy);
    if (found === undefined) throw new Error(`no policy ${policy}`);
    return found;
  };
  const shares = ["everything to the large model", "30 %", "50 %", "70 % to the small model", "90 %", "everything to the small model"].map(
    of,
  );
  const bills = shares.map(({ cost }) => cost.monthlyUsd);
  const adequate = shares.map(({ quality }) => quality?.adequateShare ?? Number.NaN);
  const totals = shares.map(monthlyTotalUsd);
  // the bill and the quality fall with every step, the sum of both prices has its minimum at the small model's ability
  expect(bills).toEqual([...bills].sort((a, b) => b - a));
  expect(adequate).toEqual([...adequate].sort((a, b) => b - a));
  expect(totals.indexOf(Math.min(...totals))).toBe(3);
  expect(ranking[0]).toBe("70 % to the small model");
  expect(bills[3]).toBeLessThan(0.7 * (bills[0] ?? 0));
  expect(shares.map(({ quality }) => quality?.met)).toEqual([true, true, true, true, false, false]);
  const [cascade, router] = [of("cascade"), of("70 % to the small model")];
  // the same questions are complex, and the classifier is wrong about the same ones
  expect(cascade.quality?.badAnswers).toBe(router.quality?.badAnswers);
  expect(cascade.latency.ttft.p95Seconds).toBeGreaterThan(20 * (router.latency.ttft.p95Seconds ?? 0));
  expect([cascade.slo.met, router.slo.met]).toEqual([false, true]);
});

import type { RunResult } from "@replicast/sim-core";
import { expect, it } from "vitest";
import { compareScenario } from "../../tools/golden.mjs";

const OPENS_SECONDS = 5400;
const HOLIDAY_NOON_SECONDS = 28 * 3600 - 1;

function readyAt(run: RunResult, seconds: number): number {
  return run.deployments[0]?.ready.findLast(([from]) => from <= seconds)?.[1] ?? 0;
}

it("has the replicas there when the market opens only where somebody told the time, and none too many on a holiday only where somebody told the date", () => {
  const { runs, ranking } = compareScenario("market-open").comparison;
  const of = (policy: string) => runs.find((run) => run.policy === policy) ?? expect.fail(`no run of ${policy}`);
  const informed = ["KEDA with cron", "HPA on a calendar floor", "largest of three"];

  expect(readyAt(of("HPA"), OPENS_SECONDS)).toBeLessThan(6);
  expect(of("HPA").slo.met).toBe(false);
  for (const policy of informed) {
    expect(readyAt(of(policy), OPENS_SECONDS), policy).toBeGreaterThanOrEqual(15);
    expect(of(policy).slo.violations, policy).toBeLessThan(of("HPA").slo.violations / 20);
  }
  // A cron trigger knows weekdays, not holidays.
  expect(readyAt(of("KEDA with cron"), HOLIDAY_NOON_SECONDS)).toBeGreaterThanOrEqual(16);
  expect(readyAt(of("HPA on a calendar floor"), HOLIDAY_NOON_SECONDS)).toBeLessThan(6);
  expect(ranking[0]).toBe("HPA on a calendar floor");

  const reasons = new Set(of("largest of three").decisions.map(({ reason }) => reason));
  expect(reasons).toEqual(new Set(["ByMarket", "ByForecast", "ByHpa"]));
  const floor = of("HPA on a calendar floor").decisions.find(({ reason }) => reason === "FloorRaised");
  expect(floor?.timeSeconds).toBeLessThan(OPENS_SECONDS - 240);
  expect(floor?.evidence).toMatchObject({ floorReplicas: 16, floorReason: "AheadOfWindow", manifestMinReplicas: 2 });
});

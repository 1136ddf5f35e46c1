import type { RunResult } from "@replicast/sim-core";
import { expect, it } from "vitest";
import { compareScenario } from "../../tools/golden.mjs";

const MINUTES_PER_DAY = 1440;

/** Requests that missed the objective, day by day. */
function missedByDay(run: RunResult | undefined): readonly number[] {
  const minutes = run?.deployments[0]?.perMinute.violations ?? [];
  return Array.from({ length: 8 }, (_, day) =>
    minutes.slice(day * MINUTES_PER_DAY, (day + 1) * MINUTES_PER_DAY).reduce((sum, count) => sum + count, 0),
  );
}

it("is late for the second Monday's spike only where nothing remembers the first: an HPA pays again, offset and Holt-Winters do not", () => {
  const { runs } = compareScenario("last-week-knows").comparison;
  const of = (policy: string) => runs.find((run) => run.policy === policy);
  const mondays = (policy: string) => [missedByDay(of(policy))[0], missedByDay(of(policy))[7]] as [number, number];

  const [first, second] = mondays("HPA");
  expect(first).toBeGreaterThan(1000);
  expect(second).toBeGreaterThan(1000);
  for (const policy of ["KEDA and last week", "Holt-Winters", "HPA on a Holt-Winters floor"]) {
    const [before, after] = mondays(policy);
    expect(before, policy).toBeGreaterThan(1000);
    expect(after, policy).toBeLessThan(second / 20);
  }
  // By itself a model learns its first season at the users' expense; under an HPA it does not.
  expect(mondays("Holt-Winters")[0]).toBeGreaterThan(2 * mondays("HPA on a Holt-Winters floor")[0]);
  const [forecast] = of("Holt-Winters")?.forecasts ?? [];
  expect(forecast).toMatchObject({ model: "holtWinters", seasonSeconds: 604_800 });
  expect(forecast?.errors.wape).toBeLessThan(forecast?.errors.lastValueWape ?? 0);
});

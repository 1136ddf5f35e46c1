import { expect, it } from "vitest";
import { compareScenario } from "../../tools/golden.mjs";

function runOf(name: string, notice: string) {
  const [run] = compareScenario(`spot-storm/${name}`, ["--set", `faults.0.notice=${notice}`]).comparison.runs;
  if (run === undefined) throw new Error("no run");
  return run;
}

it("cuts more people off without a notice than with two minutes of it, and hardly anybody on a floor of nodes that stay", () => {
  const [sudden, noticed] = [runOf("spot-only", "0s"), runOf("spot-only", "120s")];
  expect(sudden.requests.cutOff).toBeGreaterThan(5 * noticed.requests.cutOff);
  expect(sudden.lostRequests).toBeGreaterThan(noticed.lostRequests);

  const floor = runOf("on-demand-floor", "120s");
  expect(floor.slo.violations).toBeLessThan(noticed.slo.violations / 10);
  expect(floor.slo.met).toBe(true);
  expect(noticed.slo.met).toBe(false);
  expect(floor.cost.billUsd).toBeGreaterThan(noticed.cost.billUsd);
});

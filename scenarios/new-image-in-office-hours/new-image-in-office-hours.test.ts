import { expect, it } from "vitest";
import { compareScenario, expectedDigest } from "../../tools/golden.mjs";

interface Outcome {
  readonly nodes: number;
  readonly lostRequests: number;
  readonly violationMinutes: number;
}

/** Pods have their budget: the run that the golden test checks. */
const guarded = (name: string): Outcome => expectedDigest(`new-image-in-office-hours/${name}`)?.policies["six"] as unknown as Outcome;

function unguarded(name: string): Outcome {
  const set = ["--set", "deployments.0.disruptionBudget.maxUnavailable=100%"];
  const [run] = compareScenario(`new-image-in-office-hours/${name}`, set).comparison.runs;
  if (run === undefined) throw new Error("no run");
  return { nodes: run.nodes.length, lostRequests: run.lostRequests, violationMinutes: run.slo.violationMinutes };
}

it("loses hundreds of requests when all nodes go at once in the busy hours, few in the evening, and hardly any where pods have a budget", () => {
  const [busy, evening] = [unguarded("any-time"), unguarded("office-hours")];
  const outcomes = [busy, evening, guarded("any-time"), guarded("office-hours")];
  // Each of six nodes is replaced once.
  expect(outcomes.map(({ nodes }) => nodes)).toEqual([12, 12, 12, 12]);
  expect(busy.lostRequests).toBeGreaterThan(10 * evening.lostRequests);
  expect(busy.violationMinutes).toBeGreaterThan(evening.violationMinutes);
  expect(outcomes.slice(2).map(({ violationMinutes }) => violationMinutes)).toEqual([0, 0]);
});

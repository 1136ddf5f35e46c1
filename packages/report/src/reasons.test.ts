import type { DecisionRecord, RunResult } from "@replicast/sim-core";
import { expect, it } from "vitest";
import { fixture } from "../test/testing-fixture.ts";
import { renderComparisonMarkdown } from "./markdown.ts";
import { summariseReasons } from "./reasons.ts";

const result = fixture({ policies: ["one"], hours: 1 });

function decided(...entries: readonly (readonly [spec: number, desired: number, reason: string])[]): RunResult {
  const decisions = entries.map(
    ([specReplicas, desiredReplicas, reason], index): DecisionRecord => ({
      timeSeconds: index * 15,
      deployment: "chat",
      timer: "sync",
      specReplicas,
      desiredReplicas,
      readyReplicas: 1,
      reason,
      evidence: {},
    }),
  );
  return { ...(result.runs[0] as RunResult), decisions };
}

it("counts why a policy asked for more and for fewer, and why it did not do what its metrics asked for", () => {
  const run = decided(
    [2, 4, "ScaleUpLimit"],
    [4, 5, "DesiredWithinRange"],
    [5, 8, "ScaleUpLimit"],
    [8, 8, "TooManyReplicas"],
    [8, 8, "ScaleDownStabilized"],
    [8, 8, "ScaleDownStabilized"],
    [8, 8, "DesiredWithinRange"],
  );
  expect(summariseReasons([run])).toEqual([
    { policy: "one", more: "ScaleUpLimit ×2, DesiredWithinRange ×1", fewer: "–", held: "ScaleDownStabilized ×2, TooManyReplicas ×1" },
  ]);
});

it("knows with which words other systems' controllers hold back", () => {
  const held = ["DownscaleDelay", "PanicHoldsPods", "InTransition", "MaxScale", "ScaleDownCooldown", "GpuBudget"];
  for (const reason of held) expect(summariseReasons([decided([2, 2, reason])])[0]?.held).toBe(`${reason} ×1`);
  for (const reason of ["StableMode", "TargetOngoingRequestsMet"]) expect(summariseReasons([decided([2, 2, reason])])[0]?.held).toBe("–");
});

it("names three and counts the rest", () => {
  const run = decided([1, 2, "A"], [1, 2, "A"], [1, 2, "B"], [1, 2, "C"], [1, 2, "D"], [1, 2, "E"]);
  expect(summariseReasons([run])[0]?.more).toBe("A ×2, B ×1, C ×1, 2 others");
});

it("stands in the comparison that is read in a pull request", () => {
  const text = renderComparisonMarkdown({ ...result, runs: [decided([2, 4, "ScaleUpLimit"])] });
  expect(text).toContain(
    "## Why replicas changed\n\n| policy | more | fewer | held |\n| --- | --- | --- | --- |\n| one | ScaleUpLimit ×1 | – | – |",
  );
});

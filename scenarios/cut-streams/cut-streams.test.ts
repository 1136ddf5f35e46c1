import { expect, it } from "vitest";
import { compareScenario } from "../../tools/golden.mjs";

it("trades lost streams for GPU-hours: the longer the grace period, the fewer are cut and the longer replicas drain", () => {
  const outcomes = ["30s", "60s", "130s", "330s"].map((grace) => {
    const [run] = compareScenario("cut-streams", ["--set", `deployments.0.shutdown.grace=${grace}`]).comparison.runs;
    if (run === undefined) throw new Error("no run");
    return { lost: run.lostRequests, cutOff: run.requests.cutOff, wasted: run.wastedTokens, billUsd: run.cost.billUsd };
  });
  const lost = outcomes.map((each) => each.lost);
  expect(outcomes.map(({ cutOff }) => cutOff)).toEqual(lost);
  expect(lost.at(-1)).toBe(0);
  expect(outcomes.at(-1)?.wasted).toBe(0);
  outcomes.slice(1).forEach((longer, i) => {
    const shorter = outcomes[i];
    expect(longer.lost).toBeLessThan(shorter?.lost ?? 0);
    expect(longer.wasted).toBeLessThan(shorter?.wasted ?? 0);
    expect(longer.billUsd).toBeGreaterThan(shorter?.billUsd ?? Number.POSITIVE_INFINITY);
  });
});

import { expect, it } from "vitest";
import { compareScenario } from "../../tools/golden.mjs";

function runOf(name: string, rate: string) {
  const options = [0, 1, 2].flatMap((stream) => ["--set", `traffic.${stream}.arrivals.rate=${rate}`]);
  const [run] = compareScenario(`shared-gpu/${name}`, options).comparison.runs;
  if (run === undefined) throw new Error("no run");
  return run;
}

it("serves three quiet models on one GPU for a third of the money; the busier they are, the more they slow each other, at most threefold", () => {
  const [own, quiet, busy] = [runOf("own", "0.1/s"), runOf("shared", "0.1/s"), runOf("shared", "1/s")];
  expect(quiet.cost.billUsd).toBeCloseTo(own.cost.billUsd / 3, 6);
  expect([own.slo.met, quiet.slo.met, busy.slo.met]).toEqual([true, true, false]);
  const [alone = 0, median = 0, together = 0] = [own, quiet, busy].map(({ latency }) => latency.tpot.p50Seconds ?? 0);
  expect(median).toBeLessThan(1.1 * alone);
  expect(quiet.latency.tpot.p95Seconds).toBeGreaterThan(1.5 * alone);
  expect(together).toBeGreaterThan(2.5 * alone);
  expect(together).toBeLessThan(3.2 * alone);
});

import { expect, it } from "vitest";
import { compareScenario } from "../../tools/golden.mjs";

function withStart(seconds: number) {
  const [run] = compareScenario("start-up-cliff", ["--set", `deployments.0.startup.load=${seconds}s`]).comparison.runs;
  return {
    p99Seconds: run?.latency.ttft.p99Seconds ?? Number.NaN,
    monthlyUsd: run?.cost.monthlyUsd ?? 0,
    scaleUps: run?.deployments[0]?.scaleUps,
  };
}

it("has its knee at a start of a minute: flat before, then fifteen seconds of tail for every minute", () => {
  const [none, minute, two, five] = [0, 60, 120, 300].map(withStart) as [ReturnType<typeof withStart>, ReturnType<typeof withStart>, ReturnType<typeof withStart>, ReturnType<typeof withStart>]; // biome-ignore format: four runs
  expect(none.p99Seconds).toBeLessThan(0.2);
  expect(minute.p99Seconds).toBeLessThan(2);
  expect(two.p99Seconds).toBeGreaterThan(10);
  const slope = (five.p99Seconds - two.p99Seconds) / 3;
  expect(slope).toBeGreaterThan(12);
  expect(slope).toBeLessThan(20);
  expect(five.monthlyUsd).toBeGreaterThan(1.1 * none.monthlyUsd);
  // the load asks as often; what it asks for comes later
  expect(Math.abs((five.scaleUps ?? 0) - (none.scaleUps ?? 0))).toBeLessThanOrEqual(1);
});

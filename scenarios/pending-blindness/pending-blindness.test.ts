import { expect, it } from "vitest";
import { compareScenario } from "../../tools/golden.mjs";

it("doubles 2, 4, 8, 16 while the first replicas load; a guard stops at 4, and nobody waits longer for it", () => {
  const { runs } = compareScenario("pending-blindness").comparison;
  const of = (policy: string) => runs.find((run) => run.policy === policy);
  const asked = (policy: string, untilSeconds: number) =>
    of(policy)?.deployments[0]?.desired.flatMap(([seconds, replicas]) => (seconds < untilSeconds ? [replicas] : []));
  const firstReady = of("blind")?.deployments[0]?.ready.find(([, ready]) => ready > 2)?.[0] ?? 0;
  expect(firstReady).toBeGreaterThan(120);
  expect(asked("blind", firstReady)).toEqual([2, 4, 8, 16]);
  expect(Math.max(...(asked("pending guard", 1200) ?? []))).toBe(4);
  expect(of("pending guard")?.latency.ttft.p95Seconds).toBe(of("blind")?.latency.ttft.p95Seconds);
  expect(of("blind")?.cost.monthlyUsd).toBeGreaterThan(2 * (of("pending guard")?.cost.monthlyUsd ?? 0));
});

import { expect, it } from "vitest";
import { expectedDigest } from "../../tools/golden.mjs";

interface Outcome {
  readonly pods: number;
  readonly monthlyUsd: number;
  readonly attainment: number;
}

const outcome = (policy: string): Outcome => expectedDigest("gpu-utilization-trap")?.policies[policy] as Outcome;

it("scales one request in five seconds to the maximum on GPU utilisation, and gains nothing", () => {
  const trap = outcome("HPA on GPU utilisation");
  const one = outcome("fixed 1");
  expect(trap.pods).toBe(6);
  expect(one).toMatchObject({ pods: 1, attainment: 1 });
  expect(trap.monthlyUsd).toBeGreaterThan(5 * one.monthlyUsd);
  expect(outcome("HPA on running").pods).toBe(1);
});

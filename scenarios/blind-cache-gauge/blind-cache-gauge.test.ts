import { expect, it } from "vitest";
import { expectedDigest } from "../../tools/golden.mjs";

interface Outcome {
  readonly pods: number;
  readonly lostRequests: number;
  readonly sloMet: boolean;
}

const outcome = (policy: string): Outcome => expectedDigest("blind-cache-gauge")?.policies[policy] as Outcome;

it("leaves the fleet at its minimum while requests are lost, when only the KV cache is watched", () => {
  const blind = outcome("KEDA on the cache");
  expect(blind).toMatchObject({ pods: 2, sloMet: false });
  expect(blind.lostRequests).toBeGreaterThan(1000);
});

it("is cured by a composite with the queue", () => {
  expect(outcome("KEDA on cache and queue")).toMatchObject({ lostRequests: 0, sloMet: true });
});

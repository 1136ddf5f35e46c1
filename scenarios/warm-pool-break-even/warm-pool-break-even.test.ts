import { expect, it } from "vitest";
import { expectedDigest } from "../../tools/golden.mjs";

interface Outcome {
  readonly monthlyUsd: number;
  readonly violations: number;
}

const outcome = (name: string): Outcome => expectedDigest(`warm-pool-break-even/${name}`)?.policies["hpa"] as unknown as Outcome;

it("pays for one node in reserve when a late request costs more than a twelfth of a cent", () => {
  const [without, withOne] = [outcome("without"), outcome("with-one")];
  const monthlyUsd = withOne.monthlyUsd - without.monthlyUsd;
  const lateRequests = ((without.violations - withOne.violations) * 730) / 3;
  expect(monthlyUsd).toBeGreaterThan(0);
  expect(monthlyUsd).toBeLessThan(1.86 * 730);
  expect((100 * monthlyUsd) / lateRequests).toBeCloseTo(0.082, 3);
});

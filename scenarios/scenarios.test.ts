import { describe, expect, it } from "vitest";
import { compareScenario, differences, digestOf, expectedDigest, hasUsers, missingData, scenarioNames } from "../tools/golden.mjs";

const FATES = ["completed", "rejected", "timedOut", "cutOff", "cancelled", "inFlight"] as const;
const STATES = ["needed", "buffer", "starting", "interrupted", "draining", "unallocated"] as const;

describe.each(scenarioNames())("scenarios/%s", (name) => {
  const missing = missingData(name);
  const because = missing.length === 0 ? "" : ` (skipped: no ${missing.join(", ")} in $REPLICAST_DATA)`;

  it.skipIf(missing.length > 0)(`comes out as expected, with every request and GPU-second accounted for${because}`, () => {
    const outcome = compareScenario(name);
    const expected = expectedDigest(name);
    expect(expected, "no expected.json: npm run -s golden -- --update").toBeDefined();
    // A move is wanted or a defect: `npm run -s golden -- --update` shows by how much, the changeset says why.
    expect(differences(expected, digestOf(outcome))).toEqual([]);

    for (const { requests, attempts, cost } of outcome.comparison.runs) {
      for (const counts of [requests, attempts]) expect(FATES.reduce((sum, fate) => sum + counts[fate], 0)).toBe(counts.arrived);
      const held = cost.ledger.flatMap((row) => STATES.map((state) => BigInt(row.gpuMicroseconds[state])));
      expect(held.reduce((sum, part) => sum + part, 0n)).toBe(BigInt(cost.billedGpuMicroseconds));
    }
    const late = outcome.comparison.runs.reduce((sum, { slo }) => sum + slo.violations, 0);
    const blame = outcome.comparison.runs.flatMap((run) => (run.blame === undefined ? [] : [run.blame]));
    expect(blame.reduce((sum, { violations }) => sum + violations, 0)).toBe(late);
    expect(blame.reduce((sum, { unexplained }) => sum + unexplained, 0)).toBeLessThanOrEqual(0.05 * late);
    // Clients that wait for an answer send more where answers come sooner; all others send the same to every policy.
    const [first] = outcome.comparison.runs;
    if (!hasUsers(name)) for (const run of outcome.comparison.runs) expect(run.requests.arrived).toBe(first?.requests.arrived);
  });
});

describe("golden differences", () => {
  it("say which metric moved, from what to what, by how much", () => {
    expect(differences({ a: { usd: 100, met: true } }, { a: { usd: 103, met: false } })).toEqual([
      "a.usd: 100 → 103 (+3.00 %)",
      "a.met: true → false",
    ]);
  });

  it("notice what is new and what is gone", () => {
    expect(differences({ old: 1 }, { fresh: 2 })).toEqual(["old: 1 → undefined", "fresh: undefined → 2"]);
  });

  it("are none between equals", () => {
    expect(differences({ a: [1, { b: null }] }, { a: [1, { b: null }] })).toEqual([]);
  });
});

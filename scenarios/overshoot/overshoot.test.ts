import { describe, expect, it } from "vitest";
import { expectedDigest } from "../../tools/golden.mjs";

interface Outcome {
  readonly pods: number;
  readonly monthlyUsd: number;
}

const outcome = (policy: string): Outcome => expectedDigest("overshoot")?.policies[policy] as Outcome;

describe("a backlog as the metric of an HPA", () => {
  it("asks for a few too many as AverageValue, for a hundred times too many as Value, and for more still without limits", () => {
    const pods = ["fixed 14", "AverageValue", "Value", "Value without limits"].map((policy) => outcome(policy).pods);
    expect(pods).toEqual([...pods].sort((a, b) => a - b));
    expect(outcome("AverageValue").pods).toBeLessThan(100);
    expect(outcome("Value").pods).toBeGreaterThan(1000);
    expect(outcome("Value without limits").pods).toBeGreaterThan(3 * outcome("Value").pods);
  });

  it("is paid for", () => {
    expect(outcome("Value").monthlyUsd).toBeGreaterThan(25 * outcome("AverageValue").monthlyUsd);
  });
});

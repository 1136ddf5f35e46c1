import { describe, expect, it } from "vitest";
import { evidenceText } from "./evidence.ts";

describe("the evidence of a decision in words", () => {
  it("says what an HPA metric was, against what, and what it proposed", () => {
    const evidence = {
      currentReplicas: 2,
      desiredReplicas: 3,
      text: "pods metric above target",
      metrics: [
        {
          metric: "pods metric waiting",
          targetType: "AverageValue",
          target: 20,
          value: 25.5,
          ratio: 1.275,
          proposal: 3,
          pods: { ready: 2, unready: 1, missing: 0 },
        },
      ],
      recommendation: 3,
      conditions: ["AbleToScale=True/ReadyForNewScale"],
    };
    expect(evidenceText(evidence)).toBe(
      "pods metric above target; pods metric waiting 25.5, against 20, ratio 1.27, proposes 3, 2 ready, 1 unready; recommendation = 3",
    );
  });

  it("says which trigger of a ScaledObject was active, and why one failed", () => {
    const evidence = {
      triggers: [
        { metric: "s0-prometheus", type: "prometheus", threshold: 5, activationThreshold: 0, value: 7, active: true },
        { metric: "s1-prometheus", type: "prometheus", threshold: 5, error: "2 elements", active: false },
      ],
    };
    expect(evidenceText(evidence)).toBe("s0-prometheus 7, against 5, active; s1-prometheus failed (2 elements), against 5, not active");
  });

  it("lists everything else by name, intervals as a range", () => {
    expect(evidenceText({ observedPerSecond: 14, intervalPerSecond: [12.7, 17.5], boundBy: "maxReplicas", note: null })).toBe(
      "observedPerSecond = 14; intervalPerSecond = 12.7 to 17.5; boundBy = maxReplicas; note = null",
    );
  });
});

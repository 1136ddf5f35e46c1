import { expect, it } from "vitest";
import { combineOutcomes } from "./metrics.ts";
import type { MetricOutcome } from "./outcome.ts";

const outcome = (replicas: number | null, index: number): MetricOutcome =>
  replicas === null
    ? { ok: false, reason: `Failed${index}`, error: "gone" }
    : { ok: true, replicas, metricName: `m${index}`, current: {}, ratio: 1 };

it.each([
  { proposals: [3, 7, 5], current: 4, wants: 7, because: "the largest proposal wins" },
  { proposals: [null, 7], current: 4, wants: 7, because: "a failed metric does not block scaling up" },
  { proposals: [null, 4], current: 4, wants: 4, because: "nor staying" },
  { proposals: [null, 3], current: 4, wants: "Failed0", because: "but scaling down" },
  { proposals: [null, null], current: 4, wants: "Failed0", because: "the first failure gives the reason" },
])("makes $wants of $proposals at $current: $because", ({ proposals, current, wants }) => {
  const combined = combineOutcomes(proposals.map(outcome), current);
  expect(combined.ok ? combined.replicas : combined.failure.reason).toBe(wants);
});

it("names the first of two metrics that ask for the same", () => {
  const combined = combineOutcomes([outcome(5, 0), outcome(5, 1)], 1);
  expect(combined.ok && combined.metricName).toBe("m0");
});

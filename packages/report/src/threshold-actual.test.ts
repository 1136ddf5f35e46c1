import { expect, it } from "vitest";
import { formatActual } from "./threshold-actual.ts";

it.each([
  { metric: "ttft", aggregation: "p(95)", actual: 2.4, says: "2.40 s" },
  { metric: "ttft", aggregation: "count", actual: 1200, says: "1,200" },
  { metric: "ttft", aggregation: "p(95)", actual: null, lost: 3, says: "∞ (lost requests)" },
  { metric: "ttft", aggregation: "avg", actual: null, lost: 3, says: "–" },
  { metric: "ttft", aggregation: "p(95)", actual: null, says: "–" },
  { metric: "cost.monthlyUsd", aggregation: "value", actual: 12_345.6, says: "$12,346" },
  { metric: "costs.egress", aggregation: "value", actual: 12.5, says: "$12.50" },
  { metric: "slo.attainment", aggregation: "value", actual: 0.987, says: "98.7%" },
  { metric: "goodputRequestsPerSecond", aggregation: "value", actual: 8.25, says: "8.25/s" },
  { metric: "cost.runHours", aggregation: "value", actual: 6, says: "6 h" },
  { metric: "lostRequests", aggregation: "value", actual: 5, says: "5" },
  { metric: "derive.waste", aggregation: "value", actual: 0.25, says: "0.25" },
])("shows $metric $aggregation $actual as $says", ({ metric, aggregation, actual, lost = 0, says }) => {
  const threshold = { metric, aggregation, op: "<", value: 1, text: "<1", actual, passed: false } as const;
  expect(formatActual(threshold, { lostRequests: lost })).toBe(says);
});

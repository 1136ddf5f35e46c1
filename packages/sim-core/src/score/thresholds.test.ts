import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runResult, summaryOf } from "../../test/run-result.ts";
import type { Threshold } from "./config.ts";
import { FORMULA_METRICS, KNOWN_METRICS, readLatency, readMetric } from "./result-metrics.ts";
import { evaluateThreshold, isIssue, parseThreshold, withThresholds } from "./thresholds.ts";

function parsed(metric: string, text: string): Threshold {
  const threshold = parseThreshold(metric, text, { derive: ["waste"], costs: ["egress"] });
  if (isIssue(threshold)) throw new Error(`refused: ${threshold.code}`);
  return threshold;
}

describe("parseThreshold", () => {
  it.each([
    { metric: "ttft", text: "p(95)<2s", aggregation: "p(95)", op: "<", value: 2, because: "a percentile with a duration" },
    { metric: "ttft", text: " p( 99.9 ) <= 1m30s ", aggregation: "p(99.9)", op: "<=", value: 90, because: "blanks are free" },
    { metric: "tpot", text: "avg<300ms", aggregation: "avg", op: "<", value: 0.3, because: "milliseconds become seconds" },
    { metric: "e2e", text: "max<=10s", aggregation: "max", op: "<=", value: 10, because: "the maximum is an aggregation" },
    { metric: "itl", text: "count>100", aggregation: "count", op: ">", value: 100, because: "a count has no unit" },
    {
      metric: "cost.monthlyUsd",
      text: "<40000",
      aggregation: "value",
      op: "<",
      value: 40_000,
      because: "a plain metric needs no aggregation",
    },
    { metric: "cost.monthlyUsd", text: "< $40_000", aggregation: "value", op: "<", value: 40_000, because: "dollars may say so" },
    { metric: "lostRequests", text: "==0", aggregation: "value", op: "==", value: 0, because: "equality" },
    {
      metric: "lostRequests",
      text: "count===0",
      aggregation: "value",
      op: "==",
      value: 0,
      because: "k6's strict equality and counter name",
    },
    {
      metric: "slo.attainment",
      text: "rate>=99%",
      aggregation: "value",
      op: ">=",
      value: 0.99,
      because: "shares may be written in percent",
    },
    { metric: "slo.attainment", text: ">=0.99", aggregation: "value", op: ">=", value: 0.99, because: "or as they are" },
    { metric: "derive.waste", text: "<15%", aggregation: "value", op: "<", value: 0.15, because: "own formulas are metrics" },
    { metric: "costs.egress", text: "!=0", aggregation: "value", op: "!=", value: 0, because: "own cost lines are metrics" },
  ])("reads $metric: $text, $because", ({ metric, text, aggregation, op, value }) => {
    expect(parsed(metric, text)).toEqual({ metric, aggregation, op, value, text });
  });

  it.each([
    { metric: "tttft", text: "p(95)<2s", code: "unknown_metric", because: "the metric is misspelt" },
    { metric: "derive.unknown", text: "<2", code: "unknown_metric", because: "no such formula" },
    { metric: "constructor", text: "<2", code: "unknown_metric", because: "only listed names are metrics" },
    { metric: "ttft", text: "<2s", code: "bad_aggregation", because: "a distribution is no number" },
    { metric: "ttft", text: "p(101)<2s", code: "bad_aggregation", because: "there is no such percentile" },
    { metric: "ttft", text: "p(x)<2s", code: "bad_aggregation", because: "a percentile is a number" },
    { metric: "lostRequests", text: "p(95)<2", code: "bad_aggregation", because: "a number has no percentile" },
    { metric: "cost.monthlyUsd", text: "rate<2", code: "bad_aggregation", because: "money is no share" },
    { metric: "ttft", text: "p(95)<2", code: "bad_threshold_value", because: "the unit is missing" },
    { metric: "ttft", text: "p(95)<2 parsecs", code: "bad_threshold_value", because: "that is no time" },
    { metric: "lostRequests", text: "<5%", code: "bad_threshold_value", because: "a count has no percent" },
    { metric: "lostRequests", text: "<$5", code: "bad_threshold_value", because: "a count is no money" },
    { metric: "cost.monthlyUsd", text: "<", code: "bad_threshold_value", because: "the value is missing" },
    { metric: "cost.monthlyUsd", text: "40000", code: "bad_threshold", because: "the operator is missing" },
    { metric: "ttft", text: "p(95)~2s", code: "bad_threshold", because: "the operator is unknown" },
  ])("refuses $metric: $text with $code, because $because", ({ metric, text, code }) => {
    expect(parseThreshold(metric, text)).toMatchObject({ code, path: [] });
  });

  it("names the nearest metrics when it knows none of that name", () => {
    expect(parseThreshold("monthlyUsd", "<1")).toMatchObject({ data: { metric: "monthlyUsd", nearest: ["cost.monthlyUsd"] } });
    expect(parseThreshold("slo.atainment", ">1")).toMatchObject({ data: { nearest: expect.arrayContaining(["slo.attainment"]) } });
    expect(parseThreshold("somethingElseAltogether", "<1")).toMatchObject({ data: { nearest: [] } });
  });
});

describe("evaluateThreshold", () => {
  it.each([
    { metric: "ttft", text: "p(95)<0.4s", actual: 0.4, passed: false },
    { metric: "ttft", text: "p(95)<=400ms", actual: 0.4, passed: true },
    { metric: "ttft", text: "med<300ms", actual: 0.2, passed: true },
    { metric: "ttft", text: "p(75)<350ms", actual: 0.3, passed: true },
    { metric: "ttft", text: "p(0)>=100ms", actual: 0.1, passed: true },
    { metric: "ttft", text: "p(100)<300ms", actual: 0.4, passed: false },
    { metric: "ttft", text: "avg>=250ms", actual: 0.25, passed: true },
    { metric: "ttft", text: "count==4", actual: 4, passed: true },
    { metric: "lostRequests", text: "==0", actual: 5, passed: false },
    { metric: "requests.completed", text: ">90", actual: 95, passed: true },
    { metric: "cost.byStateUsd.buffer", text: "!=2", actual: 2, passed: false },
    { metric: "replicas.mean", text: "<=3", actual: 3, passed: true },
    { metric: "replicas.max", text: "<7", actual: 7, passed: false },
    { metric: "scaleUps", text: "<3", actual: 2, passed: true },
  ])("finds $actual for $metric: $text, passed: $passed", ({ metric, text, actual, passed }) => {
    const result = metric === "ttft" ? runResult({ lostRequests: 0 }) : runResult();
    expect(evaluateThreshold(parsed(metric, text), result)).toMatchObject({ actual, passed });
  });

  it.each([
    { metric: "ttft", text: "p(75)<1s", lost: 1, actual: 0.4, passed: true, because: "the fourth of five is the slowest that completed" },
    { metric: "ttft", text: "p(50)<1s", lost: 2, actual: 0.3, passed: true, because: "the rank moves up with every loss" },
    { metric: "ttft", text: "p(81)<1h", lost: 1, actual: null, passed: false, because: "the fifth of five was lost" },
    { metric: "e2e", text: "p(95)<1h", lost: 100, actual: null, passed: false, because: "nearly all were lost" },
    { metric: "ttft", text: "med<1s", lost: 4, actual: 0.4, passed: true, because: "half were not lost" },
    { metric: "ttft", text: "med<1s", lost: 5, actual: null, passed: false, because: "more than half were" },
    { metric: "ttft", text: "max<1h", lost: 1, actual: null, passed: false, because: "a lost request is the slowest" },
    { metric: "ttft", text: "avg<1s", lost: 9, actual: 0.25, passed: true, because: "a mean is of completed requests" },
    { metric: "itl", text: "p(95)<1s", lost: 9, actual: 0.4, passed: true, because: "gaps between tokens are no requests" },
  ])("counts $lost lost requests as infinitely late in $metric $text: $because", ({ metric, text, lost, actual, passed }) => {
    expect(evaluateThreshold(parsed(metric, text), runResult({ lostRequests: lost }))).toMatchObject({ actual, passed });
  });

  it.each(["queue: p(95)<100s", "cost.perGoodRequestUsd: <100", "derive.waste: <100"])(
    "fails %s when the run has no such value",
    (line) => {
      const [metric, text] = line.split(": ") as [string, string];
      const result = runResult();
      const empty = { ...result, cost: { ...result.cost, perGoodRequestUsd: null } };
      expect(evaluateThreshold(parsed(metric, text), empty)).toMatchObject({ actual: null, passed: false });
    },
  );

  it("never reports a percentile above the maximum", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.001, max: 100, noNaN: true }), { minLength: 1 }),
        fc.integer({ min: 0, max: 100 }),
        (values, percent) => {
          const { actual } = evaluateThreshold(
            parsed("ttft", `p(${percent})<1s`),
            runResult({ lostRequests: 0, latency: { ...runResult().latency, ttft: summaryOf(values) } }),
          );
          expect(actual).toBeLessThanOrEqual(Math.max(...values));
          expect(actual).toBeGreaterThanOrEqual(Math.min(...values));
        },
      ),
    );
  });
});

it("passes a run only when every threshold passes", () => {
  const [good, bad] = [parsed("scaleUps", "<3"), parsed("lostRequests", "==0")];
  expect(withThresholds(runResult(), [good]).thresholdsPassed).toBe(true);
  expect(withThresholds(runResult(), [good, bad])).toMatchObject({
    thresholdsPassed: false,
    thresholds: [{ passed: true }, { passed: false }],
  });
});

it("finds every metric it lists in a result", () => {
  for (const { path, kind } of KNOWN_METRICS)
    expect(kind === "latency" ? readLatency(runResult(), path) : readMetric(runResult(), path), path).toBeDefined();
  for (const name of FORMULA_METRICS) expect(readMetric(runResult(), name), name).toBeDefined();
});

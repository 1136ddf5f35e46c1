import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { filesOf, SUITES } from "./suites.ts";

const FOLDER = fileURLToPath(new URL(".", import.meta.url));

/** How many cases each file holds: one that is lost, or a file that is not run, is noticed. */
const CASES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  hpa: {
    "behavior.jsonl.gz": 641,
    "manifests.jsonl": 96,
    "metrics-combine.jsonl": 313,
    "quantity.jsonl": 275,
    "reconcile.jsonl.gz": 266,
    "replica-calculator.jsonl.gz": 3176,
  },
  keda: {
    "cron.jsonl": 980,
    "formula.jsonl": 252,
    "hpa-spec.jsonl": 50,
    "manifest-validation.jsonl": 81,
    "prometheus-scaler.jsonl": 208,
    "scaleloop.jsonl.gz": 249,
  },
  promql: {
    "cases-aggregation.jsonl": 462,
    "cases-arithmetic.jsonl": 75,
    "cases-at.jsonl": 84,
    "cases-binary.jsonl": 230,
    "cases-comparison.jsonl": 115,
    "cases-deriv.jsonl": 54,
    "cases-error.jsonl": 132,
    "cases-experimental.jsonl": 48,
    "cases-function.jsonl": 231,
    "cases-histogram.jsonl": 151,
    "cases-lookback.jsonl": 46,
    "cases-offset.jsonl": 69,
    "cases-over_time.jsonl": 238,
    "cases-random.jsonl": 467,
    "cases-range.jsonl": 45,
    "cases-rate.jsonl": 545,
    "cases-realistic.jsonl": 274,
    "cases-selector.jsonl": 99,
    "cases-subquery.jsonl": 122,
  },
  engine: { "continuous-batching-conv-8b.csv.gz": 19_366, "continuous-batching-conv600-x4-8b.csv.gz": 11_468 },
  knative: {
    "buckets.jsonl.gz": 125,
    "kpa.jsonl.gz": 449,
    "resolve.jsonl": 182,
    "scale-down-delay-window.jsonl": 62,
    "scale-to-zero.jsonl": 309,
  },
  "ray-serve": { "aggregate.jsonl": 112, "policy.jsonl.gz": 234 },
  wva: { "queue-analyzer-2026.jsonl.gz": 179, "queue-analyzer.jsonl.gz": 180 },
};

it("knows how many cases each suite has", () => {
  expect(SUITES.map(({ id }) => id)).toEqual(Object.keys(CASES));
});

describe.each(SUITES)("the $id suite", (suite) => {
  const files = filesOf(suite, FOLDER);
  const cases = CASES[suite.id] ?? {};

  it("finds all of its files", () => {
    expect(files.map(({ file }) => file)).toEqual(Object.keys(cases));
  });

  for (const { file, skipped, run } of files) {
    it.skipIf(skipped !== undefined)(`agrees with every case of ${file}${skipped === undefined ? "" : ` (${skipped})`}`, () => {
      const { failures, passed, total } = run();
      expect([...failures].slice(0, 5)).toEqual([]);
      expect([passed, total]).toEqual([cases[file], cases[file]]);
    });
  }
});

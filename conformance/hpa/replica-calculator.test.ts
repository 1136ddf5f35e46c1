import { expect, it } from "vitest";
import { metricName } from "../../packages/policies/src/hpa/outcome.ts";
import { proposeReplicas } from "../../packages/policies/src/hpa/replicas.ts";
import { calculatorInput, metricOf, readingOf, type VectorCluster, type VectorConfig } from "./cluster.ts";
import { failures, readVectors } from "./vectors.ts";

interface CalculatorCase {
  readonly name: string;
  readonly inputs: VectorCluster & { readonly config: VectorConfig; readonly metric: unknown; readonly behavior?: unknown };
  readonly expected: {
    readonly replicas?: number;
    readonly metricName?: string;
    readonly reason?: string;
    readonly current?: { readonly averageUtilization?: number; readonly averageValueMilli?: string; readonly valueMilli?: string };
    readonly currentUnspecified?: boolean;
  };
}

/** The selector in an upstream name is Go's notation of a pointer; ours leaves it out. */
const plainName = (name: string | undefined): string | undefined => name?.replace(/\((nil|&.*)\)$/, "");

function passes({ inputs, expected }: CalculatorCase): boolean {
  const metric = metricOf(inputs.metric);
  const outcome = proposeReplicas(metric, readingOf(metric, inputs.metrics), calculatorInput(inputs, inputs.config, 0, inputs.behavior));
  if (!outcome.ok) return outcome.reason === expected.reason;
  const { averageUtilization, averageValueMilli, valueMilli } = outcome.current;
  const current = expected.current ?? {};
  // Upstream calls an Object metric with an AverageValue target "external metric"; ours says what it is.
  const sameName =
    plainName(expected.metricName) === outcome.metricName || (metric.type === "Object" && metricName(metric) === outcome.metricName);
  return (
    outcome.replicas === expected.replicas &&
    sameName &&
    (expected.currentUnspecified === true ||
      (averageUtilization === current.averageUtilization &&
        averageValueMilli?.toString() === current.averageValueMilli &&
        valueMilli?.toString() === current.valueMilli))
  );
}

it("proposes the controller's replicas for every metric and cluster state", () => {
  const cases = readVectors<CalculatorCase>("hpa/replica-calculator.jsonl.gz");
  expect(failures(cases, passes)).toEqual([]);
  expect(cases.length).toBe(3176);
});

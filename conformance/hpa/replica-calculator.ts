import { metricName } from "../../packages/policies/src/hpa/outcome.ts";
import { proposeReplicas } from "../../packages/policies/src/hpa/replicas.ts";
import { mismatch } from "../mismatch.ts";
import { inputsOf, type VectorKind } from "../suite.ts";
import { calculatorInput, metricOf, readingOf, type VectorCluster, type VectorConfig } from "./cluster.ts";

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

function check({ inputs, expected }: CalculatorCase): string | undefined {
  const metric = metricOf(inputs.metric);
  if (metric.type === "Unknown") return "no such metric type";
  const outcome = proposeReplicas(metric, readingOf(metric, inputs.metrics), calculatorInput(inputs, inputs.config, 0, inputs.behavior));
  if (!outcome.ok) return mismatch(["reason", expected.reason, outcome.reason]);
  const { averageUtilization, averageValueMilli, valueMilli } = outcome.current;
  // Upstream calls an Object metric with an AverageValue target "external metric"; ours says what it is.
  const isObject = metric.type === "Object" && metricName(metric) === outcome.metricName;
  return mismatch(
    ["reason", expected.reason, undefined],
    ["replicas", expected.replicas, outcome.replicas],
    ["metricName", isObject ? outcome.metricName : plainName(expected.metricName), outcome.metricName],
    [
      "current",
      expected.current ?? {},
      expected.currentUnspecified === true ? (expected.current ?? {}) : { averageUtilization, averageValueMilli, valueMilli },
    ],
  );
}

/** One metric and one cluster state → the controller's proposal. */
export const replicaCalculator: VectorKind<CalculatorCase> = {
  kind: "replica-calculator",
  recognises: (vector) => "metric" in inputsOf(vector) && "specReplicas" in inputsOf(vector),
  check,
};

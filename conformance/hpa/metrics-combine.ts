import { combineOutcomes } from "../../packages/policies/src/hpa/metrics.ts";
import { proposeReplicas } from "../../packages/policies/src/hpa/replicas.ts";
import { HPA_FLAG_DEFAULTS } from "../../packages/policies/src/hpa/spec.ts";
import { mismatch } from "../mismatch.ts";
import type { VectorKind } from "../suite.ts";
import { calculatorInput, metricOf, readingOf, type VectorMetrics } from "./cluster.ts";

interface CombineCase {
  readonly name: string;
  readonly specReplicas: number;
  readonly statusReplicas: number;
  readonly metricSpecs: readonly unknown[];
  readonly metrics: VectorMetrics;
  readonly expected: {
    readonly replicas: number;
    readonly error?: string;
    readonly metricName?: string;
    readonly scalingActive: { readonly reason: string; readonly status: string };
  };
}

function check(vector: CombineCase): string | undefined {
  const { specReplicas, statusReplicas, metrics, expected } = vector;
  const input = calculatorInput({ specReplicas, statusReplicas }, { ...HPA_FLAG_DEFAULTS, tolerance: 0 }, 0);
  const outcomes = vector.metricSpecs.map((raw) => {
    const metric = metricOf(raw);
    if (metric.type === "Unknown") throw new Error("no such metric type");
    return proposeReplicas(metric, readingOf(metric, metrics), input);
  });
  const combined = combineOutcomes(outcomes, specReplicas);
  const { reason, status } = expected.scalingActive;
  return mismatch(
    ["error", expected.error !== undefined, combined.failure !== undefined],
    ["replicas", expected.replicas, combined.ok ? combined.replicas : -1],
    ["scalingActive", [status, reason], combined.ok ? ["True", "ValidMetricFound"] : ["False", combined.failure.reason]],
    ["metricName", (expected.metricName ?? "").replace(/\(nil\)$/, ""), combined.ok ? combined.metricName : ""],
  );
}

/** Outcomes of several metrics → one recommendation or a refusal. */
export const metricsCombine: VectorKind<CombineCase> = {
  kind: "metrics-combine",
  recognises: (vector) => "metricOutcomes" in vector,
  check,
};

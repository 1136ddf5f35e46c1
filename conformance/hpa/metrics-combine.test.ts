import { expect, it } from "vitest";
import { combineOutcomes } from "../../packages/policies/src/hpa/metrics.ts";
import { proposeReplicas } from "../../packages/policies/src/hpa/replicas.ts";
import { HPA_FLAG_DEFAULTS } from "../../packages/policies/src/hpa/spec.ts";
import { calculatorInput, metricOf, readingOf, type VectorMetrics } from "./cluster.ts";
import { failures, readVectors } from "./vectors.ts";

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

function passes(vector: CombineCase): boolean {
  const { specReplicas, statusReplicas, metrics, expected } = vector;
  const input = calculatorInput({ specReplicas, statusReplicas }, { ...HPA_FLAG_DEFAULTS, tolerance: 0 }, 0);
  const outcomes = vector.metricSpecs.map((raw) => {
    const metric = metricOf(raw);
    return proposeReplicas(metric, readingOf(metric, metrics), input);
  });
  const combined = combineOutcomes(outcomes, specReplicas);
  const failed = combined.failure !== undefined;
  if (failed !== (expected.error !== undefined)) return false;
  if (!combined.ok) return expected.replicas === -1 && combined.failure.reason === expected.scalingActive.reason;
  return (
    combined.replicas === expected.replicas &&
    combined.metricName === (expected.metricName ?? "").replace(/\(nil\)$/, "") &&
    expected.scalingActive.status === "True"
  );
}

it("combines several metrics as the controller does", () => {
  const cases = readVectors<CombineCase>("hpa/metrics-combine.jsonl");
  expect(failures(cases, passes)).toEqual([]);
  expect(cases.length).toBe(313);
});

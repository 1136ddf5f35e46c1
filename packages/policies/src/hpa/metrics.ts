import type { MetricFailure, MetricOutcome, MetricProposal } from "./outcome.ts";

/** One recommendation out of several metrics, or a refusal to act. */
export type Combined =
  | {
      readonly ok: true;
      readonly replicas: number;
      /** The metric that asked for the most. */
      readonly metricName: string;
      /** The first metric that failed; the sync counts as failed although it acts. */
      readonly failure?: MetricFailure;
    }
  | { readonly ok: false; readonly failure: MetricFailure; readonly failedMetrics: number };

/**
 * Takes the largest proposal. A failed metric blocks scaling down, but neither scaling up nor staying.
 *
 * @param current - `scale.spec.replicas`
 * @see kubernetes v1.37 pkg/controller/podautoscaler/horizontal.go, computeReplicasForMetrics
 */
export function combineOutcomes(outcomes: readonly MetricOutcome[], current: number): Combined {
  const failures = outcomes.filter((outcome): outcome is MetricFailure => !outcome.ok);
  let best: MetricProposal | undefined;
  let replicas = 0;
  for (const outcome of outcomes) {
    // As written upstream: a proposal of 0 never displaces another, and the first wins a tie.
    if (outcome.ok && (replicas === 0 || outcome.replicas > replicas)) {
      replicas = outcome.replicas;
      best = outcome;
    }
  }
  const [failure] = failures;
  if (failure !== undefined && (failures.length === outcomes.length || replicas < current)) {
    return { ok: false, failure, failedMetrics: failures.length };
  }
  const base = { ok: true, replicas, metricName: best?.metricName ?? "" } as const;
  return failure === undefined ? base : { ...base, failure };
}

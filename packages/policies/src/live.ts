import type { LiveMetric, MetricAnswer, MetricRequest, PodView } from "@replicast/sim-core";

/** A request that the endpoints answer themselves, named as its metric. */
export function live(metric: LiveMetric): MetricRequest {
  return { name: metric, kind: "live", metric };
}

/** The one value of a deployment's door; 0 when there is no answer. */
export function doorValue(answer: MetricAnswer | undefined): number {
  return answer?.ok === true ? (answer.elements[0]?.value ?? 0) : 0;
}

/** Values by pod, in the order of the answer. */
export function podValues(answer: MetricAnswer | undefined): readonly { readonly pod: string; readonly value: number }[] {
  return answer?.ok === true ? answer.elements.map(({ pod = "", value }) => ({ pod, value })) : [];
}

/** Pods that are Ready and not terminating. */
export function readyPods(pods: readonly PodView[]): number {
  return pods.reduce((count, pod) => count + Number(pod.ready?.status === true && pod.deletionSeconds === undefined), 0);
}

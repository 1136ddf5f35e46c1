import { type DataCatalogue, quote, suggestion } from "./message-text.ts";

/** Texts of the issues about faults, updates and disruption budgets. */
export const FAULT_MESSAGES: DataCatalogue = {
  fault_without_time: () => ({
    text: "this fault lasts a while, and does not say from when to when",
    hint: "give from and to, or at: { every: … } and for, and no others of them",
  }),
  too_many_faults: ({ meanSeconds, maximum }) => ({
    text: `one every ${meanSeconds} s is more than ${maximum} in this run`,
    hint: "is the unit right? A mean above 0 that leaves fewer",
  }),
  unknown_zone: (data) => ({
    text: `no node pool is in the zone ${quote(data["actual"])}`,
    ...suggestion(data, "known", "give node pools their zone"),
  }),
  unknown_stream: (data) => ({
    text: `there is no stream ${quote(data["actual"])}`,
    ...suggestion(data, "known", "streams of traffic go by their name"),
  }),
  surge_not_generated: ({ name }) => ({
    text: `the stream ${quote(name)} is not generated, so it cannot send more`,
    hint: "name a stream with arrivals; a trace has its speed, users their number over time",
  }),
  rolling_recreate: () => ({
    text: "maxSurge and maxUnavailable may not be given where the strategy is Recreate",
    hint: "leave them out, or write type: RollingUpdate",
  }),
  update_stands_still: () => ({
    text: "maxUnavailable may not be 0 when maxSurge is 0",
    hint: "the update would never begin: raise one of them",
  }),
  deadline_within_min_ready: ({ deadlineSeconds, minReadySeconds }) => ({
    text: `the progress deadline of ${deadlineSeconds} s must be greater than minReady, ${minReadySeconds} s`,
    hint: "raise progressDeadline (600 s unless given) or lower minReady",
  }),
  progress_deadline_short: ({ deployment, deadlineSeconds, startSeconds }) => ({
    text: `a new pod of ${quote(deployment)} takes ${startSeconds} s on average when it needs a node; its rollout counts as failed after ${deadlineSeconds} s`,
    hint: "raise progressDeadlineSeconds above the slowest start: the pods go on, but whoever waits for the rollout gives up",
  }),
  node_pool_update_key: ({ key }) => ({
    text: `${quote(key)} says nothing about a NodePool`,
    hint: "an update is of a deployment or of a nodePool: its budgets say how fast nodes are replaced",
  }),
  drift_without_karpenter: ({ name }) => ({
    text: `nobody replaces the nodes of ${quote(name)} when its template changes: it belongs to the cluster autoscaler`,
    hint: "give the pool karpenter: {}, or write faults of kind nodeDrain",
  }),
  budget_several: ({ name }) => ({
    text: `${quote(name)} is not the only PodDisruptionBudget of these pods: the server answers every eviction with an error`,
    hint: "keep one of them, or let their selectors pick different pods",
  }),
  budget_min_or_max: () => ({
    text: "a disruption budget has either minAvailable or maxUnavailable",
    hint: "keep one of them, as the API server would ask",
  }),
  timeout_of_abort: () => ({
    text: "a server that aborts has no time to drain",
    hint: "onTerminate: drain, or no timeout",
  }),
};

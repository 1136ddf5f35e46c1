import type { LatencyMetric, LedgerState, PodStage, RequestFate, UnallocatedReason } from "@replicast/sim-core";

/** How reports call a latency. */
export const METRIC_NAMES: Readonly<Record<LatencyMetric, string>> = {
  ttft: "time to first token",
  tpot: "time per output token",
  itl: "inter-token latency",
  e2e: "end-to-end latency",
  queue: "queue time",
};

export const METRIC_SHORT: Readonly<Record<LatencyMetric, string>> = { ttft: "TTFT", tpot: "TPOT", itl: "ITL", e2e: "E2E", queue: "queue" };

/** What each state of a billed GPU-second means, for readers of a bill. */
export const STATE_MEANINGS: Readonly<Record<LedgerState, string>> = {
  needed: "ready and required by the load",
  buffer: "ready beyond what the load required",
  starting: "held by a pod that was not ready yet (image, weights, warm-up), or on a node still booting for a pod that waits for it",
  interrupted: "held by a pod that had been ready and was not (failed probe, restart)",
  draining: "held by a pod finishing its last requests",
  unallocated: "paid for, held by no pod",
};

/** Fates in the order in which reports show them. */
export const FATE_NAMES: Readonly<Record<RequestFate, string>> = {
  completed: "completed",
  rejected: "rejected",
  timedOut: "timed out",
  cutOff: "cut off",
  cancelled: "cancelled",
  inFlight: "in flight",
};

/** Whose latencies percentiles are about: a request that was rejected, timed out or cut off has none. */
export const OF_COMPLETED = "Latency percentiles are of completed requests; lost ones have no latency and count in attainment.";

/** What the start-up input of the cost equation is, which pays for more than loading. */
export const PAID_START_MEANING =
  "Paid start time is the equation's model load time as measured: what was paid in the state starting, divided by the start-ups. It includes nodes that boot for a waiting pod, image, weights and warm-up, and starts that were cut short.";

export const UNALLOCATED_NAMES: Readonly<Record<UnallocatedReason, string>> = {
  partlyUsed: "rest of a partly used node",
  standby: "standby node",
  waitingForRemoval: "empty node waiting for removal",
  terminating: "node terminating",
  minimumBilling: "minimum billing",
  unusedNode: "unused node",
  headroom: "head-room kept free",
  commitment: "committed but not running",
};

/** Parts of a cold start, in order. */
export const COLD_START_STAGES: readonly { readonly stage: PodStage; readonly name: string }[] = [
  { stage: "Unschedulable", name: "waiting for a node" },
  { stage: "Scheduled", name: "scheduled" },
  { stage: "Pulling", name: "pulling image" },
  { stage: "Loading", name: "loading weights" },
  { stage: "WarmingUp", name: "warming up" },
];

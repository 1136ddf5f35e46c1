import type { Fact } from "../domain/facts.ts";

/**
 * What can happen to the cluster at a later time. `subject` is a pod index for actions on pods and endpoints,
 * a node index for actions on nodes, a pool index for scans.
 */
export type ClusterAction =
  /** The pod's stage ends and the next begins. */
  | "pod-advance"
  /** preStop is over: SIGTERM. */
  | "pod-terminate"
  /** The grace period is over: SIGKILL. */
  | "pod-kill"
  /** The gateway learns that the pod may be routed to, or no longer. */
  | "endpoint-add"
  | "endpoint-remove"
  /** The pool's node autoscaler looks around. */
  | "pool-scan"
  | "node-advance"
  /** The minimum billing time of a node that is gone is over. */
  | "node-billing-end"
  /** Bytes have arrived, or move at another rate; the subject is 0. */
  | "transfer-end"
  /** Evictions from a node are tried, or tried again. */
  | "node-evict"
  /** A node is gone for good, whatever runs on it. */
  | "node-lost"
  /** Karpenter has gathered pods long enough; subject: one of its pools. */
  | "batch-end"
  /** A new pod has been Ready for long enough to count as available; subject: the pod. */
  | "rollout-look";

/**
 * All actions, in a fixed order: a queue may hold the position instead of the name. The order says nothing of which comes first at
 * one time: that is the one that was asked for first, whatever it is.
 */
export const CLUSTER_ACTIONS: readonly ClusterAction[] = [
  "pod-advance",
  "pod-terminate",
  "pod-kill",
  "endpoint-add",
  "endpoint-remove",
  "pool-scan",
  "node-advance",
  "node-billing-end",
  "transfer-end",
  "node-evict",
  "node-lost",
  "batch-end",
  "rollout-look",
];

/** Time and chance, as the cluster gets them from outside: it knows no event queue and no seed. */
export interface ClusterPort {
  /**
   * Asks for `cluster.onEvent(atSeconds, action, subject)`. `atSeconds` may be now: the call then comes after the
   * present one has returned. Events at the same time come in the order in which they were asked for.
   * @returns a handle for {@link ClusterPort.cancel}; it is used at most once, before the event, also after a restore
   */
  schedule(atSeconds: number, action: ClusterAction, subject: number): number;
  cancel(handle: number): void;
  /**
   * Next draw in [0, 1) of a named stream. Every entity has its own streams ("pod-load/chat/3", "node-provision/h100/2"),
   * named by its ordinal within its deployment or pool: policies under comparison share the fate of the n-th pod.
   */
  uniform(streamName: string): number;
  /** Requests in flight at a Ready pod: its deletion cost where somebody keeps it so. Absent: nobody does. */
  inFlight?(podIndex: number): number;
}

/** What follows from a change in the cluster, told in order, at the time of the call that caused it. */
export interface ClusterListener {
  /**
   * The pod's container is Ready, for the first time or again: it may serve and its warm-up curve starts.
   * `isWarm`: a replica of time 0, which has its warm-up behind it.
   */
  replicaReady(podIndex: number, isWarm: boolean): void;
  /** The gateway may route to the pod from now on. */
  endpointAdded(podIndex: number): void;
  /** The gateway knows that it may not. Can come after {@link ClusterListener.replicaKilled}: until then requests meet a closed door. */
  endpointRemoved(podIndex: number): void;
  /** SIGTERM. The listener calls `cluster.replicaDrained(now, podIndex)` once the replica is empty, at once when it is. */
  replicaTerminating(podIndex: number, mode: "drain" | "abort"): void;
  /**
   * The containers of a replica that was Ready are gone: whatever was still in flight is cut off. "deleted" comes
   * exactly once for each pod that was ever Ready and is removed.
   */
  replicaKilled(podIndex: number, why: "deleted" | "restart"): void;
  fact(fact: Fact): void;
}

/** What a billed GPU slot is used for: from `partlyUsed` on they are reasons why no pod holds it. */
export type SlotState =
  | "starting"
  | "serving"
  | "interrupted"
  | "draining"
  | "partlyUsed"
  | "standby"
  | "waitingForRemoval"
  | "terminating"
  | "minimumBilling"
  | "unusedNode"
  /** Kept free on purpose: a balloon pod's, or a warm standby node's. */
  | "headroom";

/** Who holds a billed GPU slot. Pod and deployment are −1 when nobody does. */
export interface SlotHolding {
  readonly state: SlotState;
  readonly deployment: number;
  readonly pod: number;
}

/**
 * Where the cluster accounts for every billed GPU slot. Each move names what it leaves, so a lost call breaks the
 * chain and is found at the slot's next move or at its end.
 */
export interface LedgerPort {
  /** First billed instant of a node; all its slots begin in `holding`. */
  openNode(nowSeconds: number, node: number, pool: number, gpus: number, holding: SlotHolding): void;
  moveSlot(nowSeconds: number, node: number, slot: number, from: SlotHolding, to: SlotHolding): void;
  /** Last billed instant, with what each slot is used for then. */
  closeNode(nowSeconds: number, node: number, holdings: readonly SlotHolding[]): void;
}

import type { DistributionConfig } from "../random/distribution-config.ts";

/** At one time, or again and again: gaps are drawn from a stream of the fault's own, from one occurrence to the next. */
export type FaultMoment =
  | { readonly atSeconds: number }
  | { readonly everySeconds: DistributionConfig; readonly fromSeconds: number; readonly toSeconds: number };

/** One window, or again and again: gaps are drawn from the end of one window to the beginning of the next. */
export type FaultWindow =
  | { readonly fromSeconds: number; readonly toSeconds: number }
  | {
      readonly everySeconds: DistributionConfig;
      readonly forSeconds: DistributionConfig;
      readonly fromSeconds: number;
      readonly toSeconds: number;
    };

/** A fault that strikes at a moment. Absent positions of pods and nodes: drawn for repeated faults, else the oldest. */
export type MomentFault = FaultMoment &
  (
    | /** The container of the `podIndex`-th oldest Ready pod crashes and restarts in place; or the pod fails as a whole and is replaced. */
    { readonly kind: "containerRestart" | "podCrash"; readonly deployment: string; readonly podIndex?: number }
    /** The kernel kills the container that has the most requests in flight; it restarts in place. */
    | { readonly kind: "oomKill"; readonly deployment: string }
    /** A node dies with all that runs on it; `detectSeconds` later the cluster knows and replaces its pods. */
    | { readonly kind: "nodeLoss"; readonly pool: string; readonly nodeIndex?: number; readonly detectSeconds: number }
    /** Nodes are taken back: cordoned and drained at the notice, gone `noticeSeconds` after it. */
    | { readonly kind: "spotReclaim"; readonly pool: string; readonly nodes: number; readonly noticeSeconds: number }
    /** Somebody drains a node for good; disruption budgets may hold the evictions up. */
    | { readonly kind: "nodeDrain"; readonly pool: string; readonly nodeIndex?: number }
    /** What the controllers remember is lost. Absent deployment: of all. */
    | { readonly kind: "controllerRestart"; readonly deployment?: string }
  );

/** A fault that lasts. */
export type WindowFault = FaultWindow &
  (
    | /** Metric answers fail with an error or, when said so, come from a database without series, or are those from before. */
    { readonly kind: "metricsOutage"; readonly answer?: "empty" | "stale" }
    /** Samples become visible `lagSeconds` late. */
    | { readonly kind: "prometheusLag"; readonly lagSeconds: number }
    /** A share of the scrapes of a deployment's pods fail. */
    | { readonly kind: "scrapeLoss"; readonly deployment: string; readonly share: number }
    /** All nodes of a zone's pools die, and requests for new ones there fail. */
    | { readonly kind: "zoneOutage"; readonly zone: string; readonly detectSeconds: number }
    /** The cloud has no more nodes for the pool: requests fail at once, and it is backed off. */
    | { readonly kind: "stockOut"; readonly pool: string }
    /** Weights load, or images are pulled, `factor` times as slowly. Absent deployment: those of all. */
    | { readonly kind: "slowStorage" | "slowNetwork"; readonly factor: number; readonly deployment?: string }
    /** A stream sends `factor` times as much. */
    | { readonly kind: "trafficSurge"; readonly stream: string; readonly factor: number }
  );

/** A fault of the scenario. */
export type FaultConfig = MomentFault | WindowFault;

/** Pods as a number, or as a share of the replicas asked for. */
export type PodAmount = { readonly pods: number } | { readonly share: number };

/** A deployment gets a new revision: its pods are replaced bit by bit. @see Deployment spec.strategy.rollingUpdate */
export interface UpdateConfig {
  readonly atSeconds: number;
  readonly deployment: string;
  /** Pods beyond the replicas asked for, at most; a share rounds up. */
  readonly maxSurge: PodAmount;
  /** Replicas that may be missing, at most; a share rounds down. */
  readonly maxUnavailable: PodAmount;
  /** The nodes have not got the new revision's image. */
  readonly isNewImage: boolean;
  /** All old pods are gone before the first new one comes. @see Deployment spec.strategy.type Recreate */
  readonly isRecreate?: true;
}

/** The template of a NodePool changes, as with a new machine image: its nodes have drifted, and Karpenter replaces them. */
export interface NodePoolUpdateConfig {
  readonly atSeconds: number;
  /** Of a pool, or of the NodePool that pools are offerings of. */
  readonly nodePool: string;
}

/** How far evictions may go. @see PodDisruptionBudget policy/v1; shares round up */
export type DisruptionBudgetConfig = ({ readonly minAvailable: PodAmount } | { readonly maxUnavailable: PodAmount }) & {
  /** Pods that run and are not Ready may always go. @see unhealthyPodEvictionPolicy AlwaysAllow */
  readonly mayEvictUnhealthy?: true;
};

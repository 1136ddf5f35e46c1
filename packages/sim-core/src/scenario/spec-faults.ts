import type { PodAmount } from "../cluster/fault-config.ts";
import type { DistributionConfig } from "../random/distribution-config.ts";

/** Again and again, within limits. */
export interface RepeatedSpec {
  readonly every: DistributionConfig;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

interface MomentSpec {
  readonly at: number | RepeatedSpec;
}

/** Either `from` and `to`, or `at` and `for`. */
export interface WindowSpec {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly at?: RepeatedSpec | undefined;
  readonly for?: DistributionConfig | undefined;
}

export type MomentFaultSpec = MomentSpec &
  (
    | { readonly kind: "containerRestart" | "podCrash"; readonly deployment?: string | undefined; readonly pod?: number | undefined }
    | { readonly kind: "oomKill"; readonly deployment?: string | undefined }
    | { readonly kind: "nodeLoss"; readonly pool: string; readonly node?: number | undefined; readonly detect?: number | undefined }
    | { readonly kind: "nodeDrain"; readonly pool: string; readonly node?: number | undefined }
    | { readonly kind: "spotReclaim"; readonly pool: string; readonly nodes?: number | undefined; readonly notice?: number | undefined }
    | { readonly kind: "controllerRestart"; readonly deployment?: string | undefined }
  );

export type WindowFaultSpec = WindowSpec &
  (
    | { readonly kind: "metricsOutage"; readonly answer?: "error" | "empty" | "stale" | undefined }
    | { readonly kind: "prometheusLag"; readonly lag: number }
    | { readonly kind: "scrapeLoss"; readonly deployment?: string | undefined; readonly share?: number | undefined }
    | { readonly kind: "zoneOutage"; readonly zone: string; readonly detect?: number | undefined }
    | { readonly kind: "stockOut"; readonly pool: string }
    | { readonly kind: "slowStorage" | "slowNetwork"; readonly factor: number; readonly deployment?: string | undefined }
    | { readonly kind: "trafficSurge"; readonly stream: string; readonly factor: number }
  );

export type FaultSpec = MomentFaultSpec | WindowFaultSpec;

export interface UpdateSpec {
  readonly at: number;
  readonly deployment?: string | undefined;
  readonly maxSurge?: PodAmount | undefined;
  readonly maxUnavailable?: PodAmount | undefined;
  readonly image?: "new" | "same" | undefined;
  /** Instead of a deployment: the template of this NodePool changes. */
  readonly nodePool?: string | undefined;
}

/** Keys as in the Deployment's strategy and beside it. */
export interface StrategySpec {
  readonly type?: "RollingUpdate" | "Recreate" | undefined;
  readonly maxSurge?: PodAmount | undefined;
  readonly maxUnavailable?: PodAmount | undefined;
  readonly minReady?: number | undefined;
  readonly progressDeadline?: number | undefined;
}

export interface DisruptionBudgetSpec {
  readonly minAvailable?: PodAmount | undefined;
  readonly maxUnavailable?: PodAmount | undefined;
  readonly unhealthyPodEviction?: "IfHealthyBudget" | "AlwaysAllow" | undefined;
}

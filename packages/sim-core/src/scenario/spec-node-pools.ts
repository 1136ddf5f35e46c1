import type { DistributionConfig } from "../random/distribution-config.ts";

/** How nodes are sold, and how that fails. */
export interface NodeMarketSpec {
  readonly capacity?: "onDemand" | "spot" | undefined;
  readonly commitment?: { readonly nodes: number; readonly pricePerGpuHour: number } | undefined;
  readonly zone?: string | undefined;
  readonly priority?: number | undefined;
  readonly stockOuts?: readonly { readonly from: number; readonly to: number }[] | undefined;
  readonly requestFailure?: number | undefined;
  readonly maxProvision?: number | undefined;
  readonly backOff?:
    | { readonly initial?: number | undefined; readonly max?: number | undefined; readonly reset?: number | undefined }
    | undefined;
  readonly gpuLabel?: boolean | undefined;
  readonly scaleDownUtilization?: number | undefined;
  readonly karpenter?: KarpenterSpec | undefined;
  readonly headroom?: { readonly pods: number; readonly gpus?: number | undefined } | undefined;
  readonly imageCached?: boolean | undefined;
  readonly scheduled?: readonly ScheduleSpec[] | undefined;
}

/** Keys as in spec.schedule of 5-Spot's ScheduledMachine. */
export interface ScheduleSpec {
  readonly nodes?: number | undefined;
  readonly daysOfWeek: readonly string[];
  readonly hoursOfDay: readonly string[];
  readonly timezone?: string | undefined;
  readonly enabled?: boolean | undefined;
  readonly gracefulShutdownTimeout?: number | undefined;
  readonly nodeDrainTimeout?: number | undefined;
}

/** Keys as in Karpenter's NodePool. */
export interface KarpenterSpec {
  readonly consolidationPolicy?: "WhenEmpty" | "WhenEmptyOrUnderutilized" | undefined;
  readonly consolidateAfter?: number | undefined;
  readonly expireAfter?: number | undefined;
  readonly budgets?:
    | readonly {
        readonly nodes: number | string;
        readonly reasons?: readonly ("Empty" | "Underutilized" | "Drifted")[] | undefined;
        readonly schedule?: string | undefined;
        readonly duration?: number | undefined;
      }[]
    | undefined;
  readonly terminationGracePeriod?: number | undefined;
  readonly nodePool?: string | undefined;
  readonly batchIdle?: number | undefined;
  readonly batchMax?: number | undefined;
}

/** At least one limit. */
export interface QuotaSpec {
  readonly nodePools: readonly string[];
  readonly gpus?: number | undefined;
  readonly nodes?: number | undefined;
  readonly cpu?: number | undefined;
  readonly memory?: number | undefined;
}

export interface AutoscalerSpec {
  readonly expander?: readonly ("least-waste" | "most-pods" | "least-nodes" | "price" | "priority" | "random")[] | undefined;
  readonly quotas?: readonly QuotaSpec[] | undefined;
}

/** What tells a machine from others, for the requirements of a NodePool. */
export interface MachineSpec {
  readonly instanceType?: string | undefined;
  readonly arch?: "amd64" | "arm64" | undefined;
  readonly labels?: { readonly [key: string]: string } | undefined;
}

export interface NodePoolSpec extends NodeMarketSpec, MachineSpec {
  readonly name: string;
  /** Both are read before the rest: each offering that the NodePool allows stands as a pool of its own by now. */
  readonly manifest?: string | undefined;
  readonly offerings?: readonly OfferingSpec[] | undefined;
  readonly gpu: string;
  readonly gpuMemory?: number | undefined;
  readonly gpusPerNode: number;
  readonly timeSlicing?: { readonly replicas: number } | undefined;
  readonly pricePerGpuHour: number;
  readonly cpu?: number | undefined;
  readonly memory?: number | undefined;
  readonly min?: number | undefined;
  readonly max: number;
  readonly network?: number | undefined;
  readonly provision?: DistributionConfig | undefined;
  readonly allocatable?: DistributionConfig | undefined;
  readonly scanInterval?: number | undefined;
  readonly scaleDownUnneeded?: number | undefined;
  readonly scaleDownDelayAfterAdd?: number | undefined;
  readonly termination?: number | undefined;
  readonly minimumBilling?: number | undefined;
}

/** Keys of a pool, for one of the machines that a NodePool may buy; the pool's own keys count where it says nothing. */
export type OfferingSpec = MachineSpec &
  Pick<NodeMarketSpec, "capacity" | "commitment" | "zone" | "stockOuts" | "requestFailure"> & {
    readonly name?: string | undefined;
    readonly gpu?: string | undefined;
    readonly gpuMemory?: number | undefined;
    readonly gpusPerNode?: number | undefined;
    readonly cpu?: number | undefined;
    readonly memory?: number | undefined;
    readonly pricePerGpuHour?: number | undefined;
    readonly min?: number | undefined;
    readonly max?: number | undefined;
    readonly provision?: DistributionConfig | undefined;
    readonly allocatable?: DistributionConfig | undefined;
  };

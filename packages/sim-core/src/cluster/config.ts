import type { DistributionConfig } from "../random/distribution-config.ts";
import type { DisruptionBudgetConfig } from "./fault-config.ts";
import type { ImagePullConfig, WeightsConfig } from "./transfer/config.ts";

export type { FaultConfig } from "./fault-config.ts";

/** Homogeneous nodes with one price. */
export interface NodePoolConfig {
  readonly name: string;
  readonly gpu: string;
  /** Where its nodes stand. Absent: nowhere in particular. @see topology.kubernetes.io/zone */
  readonly zone?: string;
  /** GPU slots of a node: its GPUs, each as often as it is shared. */
  readonly gpusPerNode: number;
  /** Pods that share one GPU by time slicing, each with a slot of its own. Absent: 1, a slot is a GPU. @see sharing.timeSlicing of the NVIDIA device plugin */
  readonly slotsPerGpu?: number;
  /** Memory of one GPU, bytes. */
  readonly gpuMemoryBytes: number;
  readonly pricePerGpuHourUsd: number;
  /** Of one node; for quotas only. Absent: it takes nothing of them. */
  readonly cpuCores?: number;
  readonly memoryBytes?: number;
  /** Nodes at the start, at least; the pool never shrinks below. */
  readonly minNodes: number;
  /** Nodes at any time, those on their way in or out included. */
  readonly maxNodes: number;
  /** Requested → joined, seconds. Billing starts at the request's acceptance, when provisioning starts. */
  readonly provisionSeconds: DistributionConfig;
  /** Joined → GPUs allocatable (driver, device plugin), seconds. */
  readonly allocatableSeconds: DistributionConfig;
  /** Period at which the node autoscaler looks for unschedulable pods. @see cluster-autoscaler --scan-interval, default 10 s */
  readonly scanIntervalSeconds: number;
  /** An empty node is removed after this long without a pod. @see cluster-autoscaler --scale-down-unneeded-time, default 600 s */
  readonly scaleDownUnneededSeconds: number;
  /** No node is removed this soon after one was added. @see cluster-autoscaler --scale-down-delay-after-add, default 600 s */
  readonly scaleDownDelayAfterAddSeconds: number;
  /** Removal: draining → gone, still billed, seconds. */
  readonly terminationSeconds: number;
  /** Shortest time a node is billed for, seconds. */
  readonly minimumBillingSeconds: number;
  /** Into a node, shared by the images and weights that come to it at once, bytes per second. Absent: no limit. */
  readonly networkBytesPerSecond?: number;
  /** Absent: on demand. */
  readonly priceClass?: PriceClass;
  readonly commitment?: CommitmentConfig;
  /** For the expander "priority", and for Karpenter before the price: the highest wins. Absent: 0. */
  readonly priority?: number;
  /** The cloud has no such machine in these windows: requests fail at once, and the pool is backed off. */
  readonly stockOuts?: readonly { readonly fromSeconds: number; readonly toSeconds: number }[];
  /** Chance that a request fails at once, 0…1. Absent: 0. */
  readonly requestFailureProbability?: number;
  /** A node that has not joined so long after its request is given up, seconds. Absent: 900. @see cluster-autoscaler --max-node-provision-time */
  readonly maxProvisionSeconds?: number;
  /** After a failure no node is asked for; the pause doubles from the first to the longest, and begins anew after long success, seconds. */
  readonly backOff?: { readonly initialSeconds: number; readonly maxSeconds: number; readonly resetSeconds: number };
  /** False: the autoscaler cannot tell from its label that a node will have GPUs, and does not count on one that has joined without. */
  readonly hasGpuLabel?: false;
  /** Nodes with less of their GPUs in use are drained when their pods fit elsewhere, 0…1. Absent: only empty nodes go. */
  readonly scaleDownUtilization?: number;
  /** Room kept free: balloon pods, which any replica pushes aside at once. A balloon of a whole node is a warm standby node. */
  readonly headroom?: { readonly pods: number; readonly gpus: number };
  /** Images are on the nodes before any pod comes. */
  readonly isImageCached?: true;
  /** Further nodes that are there in windows of time, whatever the demand, and drained after. */
  readonly scheduled?: readonly ScheduledNodes[];
  /** Karpenter owns the pool instead of the cluster autoscaler. */
  readonly karpenter?: KarpenterConfig;
}

/** How a pool's machines are sold. */
export type PriceClass = "onDemand" | "spot";

/** How the cluster autoscaler chooses among pools. @see cluster-autoscaler --expander */
export type Expander = "least-waste" | "most-pods" | "least-nodes" | "price" | "priority" | "random";

/** How Karpenter adds and takes away the nodes of a pool. @see karpenter.sh/v1 NodePool */
export interface KarpenterConfig {
  /** Pods are gathered until none has come for this long, at most for the longest, seconds. */
  readonly batchIdleSeconds: number;
  readonly batchMaxSeconds: number;
  readonly consolidationPolicy: "WhenEmpty" | "WhenEmptyOrUnderutilized";
  /** Time without a pod coming or going, seconds; Infinity: never. */
  readonly consolidateAfterSeconds: number;
  /** Age at which a node is drained, seconds; Infinity: never. */
  readonly expireAfterSeconds: number;
  /** Most nodes that may be on their way out by its own will: each a number, or a share of all, for some reasons or for all. */
  readonly budgets: readonly {
    readonly nodes?: number;
    readonly share?: number;
    readonly reasons?: readonly ("Empty" | "Underutilized" | "Drifted")[];
    /** [from, to), ascending, seconds since the start of the run: when it is in force. Absent: always. */
    readonly windows?: readonly (readonly [fromSeconds: number, toSeconds: number])[];
  }[];
  /** A drained node's pods are gone so long after, whatever their budgets say, seconds. Absent: it waits for them. */
  readonly terminationGraceSeconds?: number;
  /** The NodePool that the pool is one offering of: budgets are for all of them together. Absent: it has one of its own. */
  readonly nodePool?: string;
}

/** Machines on a schedule. @see finos/5-spot ScheduledMachine */
export interface ScheduledNodes {
  readonly nodes: number;
  /** [from, to), ascending, seconds since the start of the run. */
  readonly windows: readonly (readonly [fromSeconds: number, toSeconds: number])[];
  /** How long they stay in service after a window before they are drained, seconds. Absent: 0. @see 5-Spot gracefulShutdownTimeout */
  readonly graceSeconds?: number;
  /** After so long in the drain the machine goes, whatever runs on it, seconds. Absent: it waits. @see 5-Spot nodeDrainTimeout */
  readonly drainTimeoutSeconds?: number;
}

/** What several pools may have together; every limit that is given binds. */
export interface QuotaConfig {
  readonly nodePools: readonly string[];
  readonly gpus?: number;
  readonly nodes?: number;
  readonly cpuCores?: number;
  readonly memoryBytes?: number;
}

/** Nodes that are paid for over the whole run, whether they run or not. */
export interface CommitmentConfig {
  readonly nodes: number;
  readonly pricePerGpuHourUsd: number;
}

/** From Scheduled to Ready, and back out. */
export interface PodLifecycleConfig {
  /** Time to bind a pod once a node has room, seconds; the pod holds its GPUs from the beginning. */
  readonly scheduleSeconds: number;
  /** Image pull on a node that has not got the image, seconds; pods that come later wait for the same pull. */
  readonly pullSeconds: DistributionConfig;
  /** The pull as bytes; takes the place of `pullSeconds`. */
  readonly image?: ImagePullConfig;
  /** Container's start to the first byte of weights: process, imports, seconds. Absent: 0. */
  readonly containerSeconds?: DistributionConfig;
  /** Weights into GPU memory, seconds. */
  readonly loadSeconds: DistributionConfig;
  /** The weights as bytes; takes the place of `loadSeconds`. */
  readonly weights?: WeightsConfig;
  /** Compilation, seconds. Absent: 0. */
  readonly compileSeconds?: DistributionConfig;
  /** Compilation on a node where a pod of the deployment has been Ready, seconds. Absent: nothing is kept, it compiles anew. */
  readonly compileCachedSeconds?: DistributionConfig;
  /** Capture of graphs, seconds. Absent: 0. */
  readonly captureSeconds?: DistributionConfig;
  /** What is left before the engine is up: profiling, first calls; all of it where no part above is given, seconds. */
  readonly warmUpSeconds: DistributionConfig;
  /** Readiness probe period; the phase of each pod is random within it. 0: ready at once. @see Kubernetes default 10 s */
  readonly readinessPeriodSeconds: number;
  /** From a container's start to its first probe, seconds. Absent: 0. @see Kubernetes initialDelaySeconds */
  readonly probeDelaySeconds?: number;
  /** A container that is not up so long after its start is killed and starts again, seconds. Absent: never. @see Kubernetes startupProbe */
  readonly startDeadlineSeconds?: number;
  /** Ready → the gateway knows, and deletion → the gateway knows, seconds. */
  readonly endpointDelaySeconds: number;
  /** Sleep before SIGTERM, seconds; counted in the grace period. */
  readonly preStopSeconds: number;
  /** After SIGTERM: finish what runs ("drain") or abort it at once ("abort", vLLM's default). */
  readonly onTerminate: "drain" | "abort";
  /** @see pod.spec.terminationGracePeriodSeconds */
  readonly terminationGraceSeconds: number;
  /** Longest draining after SIGTERM, then what still runs is aborted, seconds. Absent: as long as the grace period lasts. @see vLLM --shutdown-timeout */
  readonly shutdownTimeoutSeconds?: number;
  /** Container restart after a crash, seconds (the model loads again on top). */
  readonly restartDelaySeconds: number;
}

export interface DeploymentClusterConfig {
  readonly name: string;
  readonly namespace: string;
  /** `spec.replicas` at time 0; these pods are Ready and warm at time 0. */
  readonly replicas: number;
  readonly gpusPerReplica: number;
  /** Nodes of one pool that a replica is spread over, an equal share of its GPUs on each. Absent: 1. @see LeaderWorkerSet size */
  readonly nodesPerReplica?: number;
  /** Pools it may run on, in order of preference. */
  readonly nodePools: readonly string[];
  readonly lifecycle: PodLifecycleConfig;
  /** In an update a pod counts as available after it has been Ready for so long, seconds. Absent: 0. @see Deployment spec.minReadySeconds */
  readonly minReadySeconds?: number;
  /** Absent: every eviction is allowed. */
  readonly disruptionBudget?: DisruptionBudgetConfig;
  /** Somebody keeps the pods' deletion cost at their requests in flight. @see controller.kubernetes.io/pod-deletion-cost */
  readonly isCostByLoad?: boolean;
  /** Container requests besides GPUs: cores, bytes. */
  readonly cpuRequestCores: number;
  readonly memoryRequestBytes: number;
}

export interface ClusterConfig {
  readonly nodePools: readonly NodePoolConfig[];
  readonly deployments: readonly DeploymentClusterConfig[];
  /** How a deployment's pool is chosen when a node is needed. Absent: the first in the deployment's own order that may grow. */
  readonly expanders?: readonly Expander[];
  readonly quotas?: readonly QuotaConfig[];
}

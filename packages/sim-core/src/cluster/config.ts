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
  readonly gpusPerNode: number;
  /** Memory of one GPU, bytes. */
  readonly gpuMemoryBytes: number;
  readonly pricePerGpuHourUsd: number;
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
}

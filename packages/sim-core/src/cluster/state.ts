import type { NodeStage, PodEndCause, PodStage, StartPart } from "../domain/facts.ts";
import type { ClusterConfig, DeploymentClusterConfig, NodePoolConfig } from "./config.ts";
import type { Durations } from "./durations.ts";
import type { PodAmount } from "./fault-config.ts";
import { gpusOfNode } from "./gpu-slots.ts";
import type { ClusterListener, ClusterPort, LedgerPort, SlotHolding } from "./ports.ts";
import type { Slowdown } from "./slowdown.ts";
import { emptyTransfers, type TransferState } from "./transfer/state.ts";

/** One pod, dead or alive. Plain data; indices are positions in {@link ClusterState.pods}, in order of creation. */
export interface PodState {
  readonly index: number;
  readonly deployment: number;
  /** How many pods of its deployment were created before it. */
  readonly ordinal: number;
  /** Stands for the random identifier that breaks ties, 0…1. */
  readonly uid: number;
  /** Where in its period the readiness probe falls, 0…1. */
  readonly probePhase: number;
  readonly createdSeconds: number;
  stage: PodStage;
  /** Node it is bound to, −1 before. Kept after the pod is gone. */
  node: number;
  /** Further nodes of a replica that is spread over several. */
  moreNodes: readonly number[];
  /** Upcoming node the autoscaler counts on for it, −1: none. */
  nominatedNode: number;
  moreNominated: readonly number[];
  /** The kubelet acknowledged it; null before. */
  startSeconds: number | null;
  /** Last change of its Ready condition. */
  readyChangedSeconds: number | null;
  containerStartSeconds: number;
  restarts: number;
  /** The timer is that of the kill: its container will not be up by its deadline. */
  isOverdue: boolean;
  /** What its next CrashLoopBackOff lasts, 0 before its container has ended once; and when the container was last started after an end. */
  backOffSeconds: number;
  startedSeconds: number;
  deletionSeconds: number | null;
  isTerminated: boolean;
  /** The gateway routes to it. */
  isEndpoint: boolean;
  cause: PodEndCause | null;
  /** Handle of the next stage change (or SIGTERM), and of SIGKILL. */
  timer: number | null;
  killTimer: number | null;
  /** What its container does where that is moved as bytes; null otherwise. */
  loading: "container" | "download" | "load" | null;
  /** Nodes that still move its weights. */
  flowsLeft: number;
  /** Its start so far, known parts to come included; null once it has been told. */
  parts: [beginSeconds: number, part: StartPart][] | null;
  /** The parts are those of a container that had served, has ended, and starts again. */
  isRestart: boolean;
  /** Revision of the deployment's template it was made from. */
  readonly revision: number;
}

/** One node, dead or alive. */
export interface NodeState {
  readonly index: number;
  readonly pool: number;
  readonly ordinal: number;
  stage: NodeStage;
  readonly billedFromSeconds: number;
  isBilled: boolean;
  /** By GPU slot: the pod that holds it (before Allocatable: that is nominated for it), or −1. */
  readonly slots: number[];
  /** What the ledger was last told, by GPU slot. */
  reported: SlotHolding[];
  /** By deployment: when its image is on the node; null when nobody pulled it. */
  readonly imageReadySeconds: (number | null)[];
  /** Base images whose layers are on the node. */
  readonly bases: string[];
  /** By deployment: its image is on its way; the weights are here; so is what its compilation leaves. */
  readonly isPulling: boolean[];
  readonly hasWeights: boolean[];
  readonly hasCompiled: boolean[];
  /** Since when it is Allocatable without a pod; null otherwise. */
  emptySinceSeconds: number | null;
  /** Empty and above the pool's minimum: the autoscaler waits to remove it. */
  isSurplus: boolean;
  /** Its pods are being evicted; it goes when the last one has. */
  isEvicting: boolean;
  /** It is dead, and the cluster has not noticed yet. */
  isLost: boolean;
  /** Handle of its next stage change. */
  timer: number | null;
  /** It will not have joined in time, so its next event is that it is given up. */
  isLate: boolean;
  /** GPUs of it that balloon pods hold: any replica may have them. */
  balloonGpus: number;
  /** Since when its pods hold little of it and fit elsewhere; null otherwise. */
  underusedSinceSeconds: number | null;
  /** When GPUs of it were last taken or freed, or when it became Allocatable. */
  podChangedSeconds: number;
  /** What its pool's template was when it was asked for. */
  readonly template: number;
  /** It waits for its replacement: no pod comes any more. */
  isCordoned: boolean;
  /** When it is drained: until when its pods must be gone, whatever budgets say; null: it waits. */
  evictBySeconds: number | null;
}

export interface DeploymentState {
  specReplicas: number;
  createdPods: number;
  /** Pods that are not gone, in order of creation. */
  readonly pods: number[];
  /** How many of them are not terminating, and how many are Ready: counted as stages change, so that nobody loops over pods to know. */
  activePods: number;
  readyPods: number;
  /** Of the pods that are made now. */
  revision: number;
  /** While pods of older revisions are replaced: pods beyond the replicas asked for, and replicas that may be missing. */
  rollout: RolloutState | null;
}

export interface RolloutState {
  readonly maxSurge: PodAmount;
  readonly maxUnavailable: PodAmount;
  /** All old pods go first. */
  readonly isRecreate?: true;
}

/** A change of nodes under way: decided, then validated, then (when it needs one) waiting for the replacement. Plain data. */
export interface ConsolidationState {
  readonly atSeconds: number;
  readonly nodes: readonly number[];
  /** Pool of the one cheaper node that takes what fits nowhere else, −1: none is needed. */
  readonly pool: number;
  /** That node, once it was asked for; −1 before. */
  readonly replacement: number;
}

export interface PoolState {
  /** Scans done; the n-th falls at n × period. */
  scans: number;
  createdNodes: number;
  lastAddedSeconds: number | null;
  /** Until when no node is asked for, as one could not be had; and how long that pause was, 0 before the first. */
  backOffUntilSeconds: number;
  backOffSeconds: number;
  consolidation: ConsolidationState | null;
  /** How often its NodePool's template has changed. */
  template: number;
  /** Drifted nodes whose replacements are on their way. */
  replacing: { readonly node: number; readonly replacement: number }[];
  /** Nodes that are there because of a schedule. */
  scheduledNodes: number[];
  /** Nodes that are not gone, or gone and still billed, in order of creation. */
  readonly nodes: number[];
  /** Faults under way in which requests for its nodes fail. */
  stockOuts: number;
}

/** All that changes. */
export interface ClusterState {
  readonly deployments: DeploymentState[];
  readonly pools: PoolState[];
  readonly pods: PodState[];
  readonly nodes: NodeState[];
  /** Unschedulable pods in order of creation. */
  pending: number[];
  readonly transfers: TransferState;
  /** Pods that Karpenter gathers before it looks for nodes. */
  readonly batch: { newestPod: number; openedSeconds: number; handle: number | null };
}

/** What the parts of the cluster work on together. */
export interface ClusterContext {
  readonly config: ClusterConfig;
  /** By deployment: positions of the pools it may use, in order of preference. */
  readonly poolsOf: readonly (readonly number[])[];
  readonly durations: Durations;
  /** By name: bandwidth that flows share. */
  readonly sharedBytesPerSecond: ReadonlyMap<string, number>;
  readonly slowdowns: readonly Slowdown[];
  readonly port: ClusterPort;
  readonly listener: ClusterListener;
  readonly ledger: LedgerPort;
  state: ClusterState;
  nowSeconds: number;
  /** Work left for the end of the present call: GPUs may have become free; pools whose nodes or slots changed; nodes whose use the ledger must hear of. */
  isCapacityFreed: boolean;
  readonly changedPools: Set<number>;
  readonly changedNodes: Set<number>;
  /** Deployments whose pods changed since their views were built. */
  readonly changedDeployments: Set<number>;
}

export function emptyState(config: ClusterConfig): ClusterState {
  return {
    deployments: config.deployments.map(({ replicas }) => ({
      specReplicas: replicas,
      createdPods: 0,
      pods: [],
      activePods: 0,
      readyPods: 0,
      revision: 0,
      rollout: null,
    })),
    pools: config.nodePools.map(() => ({
      scans: 0,
      createdNodes: 0,
      lastAddedSeconds: null,
      backOffUntilSeconds: 0,
      backOffSeconds: 0,
      consolidation: null,
      template: 0,
      replacing: [],
      scheduledNodes: [],
      nodes: [],
      stockOuts: 0,
    })),
    pods: [],
    nodes: [],
    pending: [],
    transfers: emptyTransfers(),
    batch: { newestPod: -1, openedSeconds: 0, handle: null },
  };
}

// Indices come from the state itself or from its creation, so the element is there.
export const podAt = (ctx: ClusterContext, index: number): PodState => ctx.state.pods[index] as PodState;
export const nodeAt = (ctx: ClusterContext, index: number): NodeState => ctx.state.nodes[index] as NodeState;
export const poolAt = (ctx: ClusterContext, index: number): PoolState => ctx.state.pools[index] as PoolState;
export const poolConfigAt = (ctx: ClusterContext, index: number): NodePoolConfig => ctx.config.nodePools[index] as NodePoolConfig;
export const deploymentAt = (ctx: ClusterContext, index: number): DeploymentState => ctx.state.deployments[index] as DeploymentState;
export const deploymentConfigAt = (ctx: ClusterContext, index: number): DeploymentClusterConfig =>
  ctx.config.deployments[index] as DeploymentClusterConfig;

/** GPUs that a replica of the deployment takes on each of its nodes. */
export function gpusOnNode(ctx: ClusterContext, deployment: number): number {
  const { gpusPerReplica, nodesPerReplica = 1 } = deploymentConfigAt(ctx, deployment);
  return gpusPerReplica / nodesPerReplica;
}

/** What an hour of one node of the pool costs, uncommitted. */
export function nodePriceUsd(ctx: ClusterContext, pool: number): number {
  const config = poolConfigAt(ctx, pool);
  return gpusOfNode(config) * config.pricePerGpuHourUsd;
}

/** The ledger must hear of the node at the end of the call; its pool must be looked at anew when slots or stages of nodes changed. */
export function noteNodeChange(ctx: ClusterContext, node: NodeState): void {
  ctx.changedNodes.add(node.index);
  ctx.changedPools.add(node.pool);
}

/** Kubernetes would add random letters; an ordinal is easier to follow. */
export const podName = (ctx: ClusterContext, pod: PodState): string => `${deploymentConfigAt(ctx, pod.deployment).name}-${pod.ordinal}`;
export const nodeName = (ctx: ClusterContext, node: NodeState): string => `${poolConfigAt(ctx, node.pool).name}-${node.ordinal}`;

/** Takes a value out of an ordered list; false when it is not in it. */
export function removeFrom(list: number[], value: number): boolean {
  const position = list.indexOf(value);
  if (position < 0) return false;
  list.splice(position, 1);
  return true;
}

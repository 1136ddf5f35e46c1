import { InputError, type Json, SimError, unreachable } from "../errors.ts";
import { gatherPending } from "./batch-window.ts";
import type { ClusterConfig } from "./config.ts";
import { drainNode } from "./drain.ts";
import { changeNodePool } from "./drift.ts";
import { createDurations } from "./durations.ts";
import { evictPods } from "./eviction.ts";
import type { UpdateConfig } from "./fault-config.ts";
import { beginZoneOutage, crashPod, endZoneOutage, loseNode, reclaimNode, removeNode, setStock } from "./faults.ts";
import { cacheImages } from "./headroom.ts";
import { keepBase } from "./image-layers.ts";
import { checkCluster, placeInitialReplicas, poolsOfDeployments } from "./initial-placement.ts";
import { scheduledNodes } from "./kept-nodes.ts";
import { checkSlots } from "./laws.ts";
import { closeNode, createNode, reportNode, settleNode, tellNodeStage } from "./node.ts";
import {
  addEndpoint,
  advancePod,
  becomeReady,
  createPod,
  killPod,
  occupyNodes,
  removeEndpoint,
  restartContainer,
  stopContainers,
  terminatePod,
  transferEnded,
} from "./pod.ts";
import { buildPodViews, type ClusterPodView } from "./pod-view.ts";
import type { ClusterAction, ClusterListener, ClusterPort, LedgerPort } from "./ports.ts";
import { advanceNode, provisionByPrice, scanPool, settlePool } from "./provisioner.ts";
import { beginRollout, reconcile, setReplicas } from "./scale-target.ts";
import { schedulePending } from "./scheduler.ts";
import type { Slowdown } from "./slowdown.ts";
import { forgetImage, tellStart } from "./start-up.ts";
import {
  type ClusterContext,
  type ClusterState,
  deploymentAt,
  emptyState,
  type NodeState,
  nodeAt,
  nodeName,
  type PodState,
  podAt,
  podName,
  poolAt,
  poolConfigAt,
} from "./state.ts";
import { sharedGpuOf } from "./time-slicing.ts";
import { sharedBandwidths } from "./transfer/shared.ts";
import { endedFlows } from "./transfer/transfers.ts";

export interface ClusterOptions {
  readonly config: ClusterConfig;
  readonly port: ClusterPort;
  readonly listener: ClusterListener;
  readonly ledger: LedgerPort;
  /** Known beforehand. Absent: none. */
  readonly slowdowns?: readonly Slowdown[];
}

/** Who a pod is, for those who know it by its index. */
export interface PodIdentity {
  readonly name: string;
  /** Position in the configuration. */
  readonly deployment: number;
  readonly nodePool: string | null;
  readonly node: string | null;
}

/**
 * Pods, nodes and the controllers between them, as one state machine of plain data. Deployments and pools are named
 * by their position in the configuration, pods and nodes by order of creation. The time is passed into every call
 * and never goes back; consequences are told to the listener within the call.
 */
export class Cluster {
  readonly #ctx: ClusterContext;
  readonly #views: (readonly ClusterPodView[])[] = [];

  /** @throws InputError with the issues of {@link checkCluster} */
  constructor({ config, port, listener, ledger, slowdowns = [] }: ClusterOptions) {
    const issues = checkCluster(config);
    if (issues.length > 0) throw new InputError(issues);
    this.#ctx = {
      config,
      poolsOf: poolsOfDeployments(config),
      durations: createDurations(config),
      sharedBytesPerSecond: sharedBandwidths(config),
      slowdowns,
      port,
      listener,
      ledger,
      state: emptyState(config),
      nowSeconds: 0,
      isCapacityFreed: false,
      changedPools: new Set(),
      changedNodes: new Set(),
      changedDeployments: new Set(config.deployments.keys()),
    };
  }

  /** Puts the nodes and the Ready, warm replicas of time 0 in place and starts the autoscalers' timers. */
  start(nowSeconds: number): void {
    const ctx = this.#enter(nowSeconds);
    const placement = placeInitialReplicas(ctx.config);
    const nodes = placement.nodes.map((count, pool) => Array.from({ length: count }, () => this.#createInitialNode(pool)));
    ctx.config.nodePools.forEach((config, pool) => {
      const first = (nodes[pool] ?? []).slice(config.minNodes, config.minNodes + scheduledNodes(config, 0));
      ctx.state.pools[pool]?.scheduledNodes.push(...first.map(({ index }) => index));
    });
    for (const { deployment, pool, node, moreNodes = [] } of placement.replicas) {
      const [first, ...more] = [node, ...moreNodes].map((index) => nodes[pool]?.[index] as NodeState);
      this.#createInitialPod(deployment, first as NodeState, more);
    }
    ctx.config.nodePools.forEach(({ scanIntervalSeconds }, pool) => {
      ctx.port.schedule(scanIntervalSeconds, "pool-scan", pool);
    });
    this.#settle();
  }

  /** Time for something that was asked for through {@link ClusterPort.schedule}. */
  onEvent(nowSeconds: number, action: ClusterAction, subject: number): void {
    const ctx = this.#enter(nowSeconds);
    this.#dispatch(ctx, action, subject);
    this.#settle();
  }

  /** Writes `spec.replicas`. @param replicas whole number ≥ 0 @throws SimError `bad_replicas` */
  setReplicas(nowSeconds: number, deployment: number, replicas: number): void {
    setReplicas(this.#enter(nowSeconds), deployment, replicas);
    this.#settle();
  }

  /** The container of a Ready pod crashes and starts again in place. @throws SimError `pod_not_ready` */
  restartContainer(nowSeconds: number, podIndex: number): void {
    const ctx = this.#enter(nowSeconds);
    restartContainer(ctx, podAt(ctx, podIndex));
    this.#settle();
  }

  /** The pod fails as a whole and is replaced. */
  crashPod(nowSeconds: number, podIndex: number): void {
    const ctx = this.#enter(nowSeconds);
    crashPod(ctx, podAt(ctx, podIndex));
    this.#settle();
  }

  /** A node dies; the cluster finds out `detectSeconds` later. */
  loseNode(nowSeconds: number, nodeIndex: number, detectSeconds: number): void {
    const ctx = this.#enter(nowSeconds);
    loseNode(ctx, nodeAt(ctx, nodeIndex), detectSeconds);
    this.#settle();
  }

  /** A node is taken back `noticeSeconds` from now, and drained until then. */
  reclaimNode(nowSeconds: number, nodeIndex: number, noticeSeconds: number): void {
    const ctx = this.#enter(nowSeconds);
    reclaimNode(ctx, nodeAt(ctx, nodeIndex), noticeSeconds);
    this.#settle();
  }

  /** A node is cordoned and drained, as far as disruption budgets allow, and given back when it is empty. */
  drainNode(nowSeconds: number, nodeIndex: number): void {
    const ctx = this.#enter(nowSeconds);
    drainNode(ctx, nodeAt(ctx, nodeIndex));
    this.#settle();
  }

  beginZoneOutage(nowSeconds: number, zone: string, detectSeconds: number): void {
    beginZoneOutage(this.#enter(nowSeconds), zone, detectSeconds);
    this.#settle();
  }

  endZoneOutage(nowSeconds: number, zone: string): void {
    endZoneOutage(this.#enter(nowSeconds), zone);
    this.#settle();
  }

  /** Requests for nodes of the pool fail, and back it off, until as many stock-outs have ended as have begun. */
  setStock(nowSeconds: number, pool: number, isOut: boolean): void {
    setStock(this.#enter(nowSeconds), pool, isOut);
    this.#settle();
  }

  /** Pods are replaced by those of a new revision, as the update's limits allow. */
  beginUpdate(nowSeconds: number, deployment: number, { isNewImage, ...update }: UpdateConfig): void {
    const ctx = this.#enter(nowSeconds);
    if (isNewImage) forgetImage(ctx, deployment);
    const { maxSurge, maxUnavailable, isRecreate } = update;
    beginRollout(ctx, deployment, { maxSurge, maxUnavailable, ...(isRecreate === true ? { isRecreate } : {}) });
    this.#settle();
  }

  /** The template of a pool changes, or of the NodePool that pools are offerings of: their nodes have drifted. */
  changeNodePool(nowSeconds: number, name: string): void {
    changeNodePool(this.#enter(nowSeconds), name);
    this.#settle();
  }

  /** A terminating replica has become empty and exits. @throws SimError `pod_not_terminating` */
  replicaDrained(nowSeconds: number, podIndex: number): void {
    const ctx = this.#enter(nowSeconds);
    const pod = podAt(ctx, podIndex);
    if (pod.stage !== "Draining" || !pod.isTerminated) {
      throw new SimError("pod_not_terminating", nowSeconds, { pod: podName(ctx, pod), stage: pod.stage });
    }
    stopContainers(ctx, pod);
    this.#settle();
  }

  /** Ends every node's bill at the end of the run. Nothing may be called afterwards. */
  finish(nowSeconds: number): void {
    const ctx = this.#enter(nowSeconds);
    for (const node of ctx.state.nodes) if (node.isBilled) closeNode(ctx, node);
    for (const { pods } of ctx.state.deployments) for (const index of pods) tellStart(ctx, podAt(ctx, index));
  }

  /** Pods as controllers see them, in order of creation. The same array until one of them changes. */
  podViews(deployment: number): readonly ClusterPodView[] {
    this.#refresh(deployment);
    return this.#views[deployment] as readonly ClusterPodView[];
  }

  scaleView(deployment: number): { readonly specReplicas: number; readonly statusReplicas: number } {
    return { specReplicas: deploymentAt(this.#ctx, deployment).specReplicas, statusReplicas: this.existingReplicas(deployment) };
  }

  /** Pods that exist and are not terminating. */
  existingReplicas(deployment: number): number {
    return deploymentAt(this.#ctx, deployment).activePods;
  }

  /** Pods in the stage Ready. */
  readyReplicas(deployment: number): number {
    return deploymentAt(this.#ctx, deployment).readyPods;
  }

  /** Indices of Ready pods, the oldest first. */
  readyPods(deployment: number): readonly number[] {
    return deploymentAt(this.#ctx, deployment).pods.filter((index) => podAt(this.#ctx, index).stage === "Ready");
  }

  /** Indices of a pool's nodes whose GPUs can be allocated, the oldest first. */
  allocatableNodes(pool: number): readonly number[] {
    return poolAt(this.#ctx, pool).nodes.filter((index) => nodeAt(this.#ctx, index).stage === "Allocatable");
  }

  /** Index of the `position`-th oldest Ready pod. */
  oldestReadyPod(deployment: number, position: number): number | undefined {
    return this.readyPods(deployment)[position];
  }

  pod(podIndex: number): PodIdentity {
    const ctx = this.#ctx;
    const pod = podAt(ctx, podIndex);
    const node = pod.node < 0 ? null : nodeAt(ctx, pod.node);
    return {
      name: podName(ctx, pod),
      deployment: pod.deployment,
      nodePool: node && poolConfigAt(ctx, node.pool).name,
      node: node && nodeName(ctx, node),
    };
  }

  /** A number for the GPU that the pod shares with others by time slicing; −1: its GPUs are its own. */
  sharedGpuOf(podIndex: number): number {
    return sharedGpuOf(this.#ctx, podAt(this.#ctx, podIndex));
  }

  /** Laws: GPU slots conserve, and the ledger was told how each is used. @throws SimError */
  checkLaws(): void {
    checkSlots(this.#ctx);
  }

  /** State as JSON, taken between two calls. */
  save(): Json {
    const { state, nowSeconds } = this.#ctx;
    return JSON.parse(JSON.stringify({ state, nowSeconds })) as Json;
  }

  /** Continues from a saved state; the event queue, the streams and the ledger are restored by their owners. */
  restore(saved: Json): void {
    const { state, nowSeconds } = JSON.parse(JSON.stringify(saved)) as { state: ClusterState; nowSeconds: number };
    this.#ctx.state = state;
    this.#ctx.nowSeconds = nowSeconds;
    for (const deployment of this.#ctx.config.deployments.keys()) this.#ctx.changedDeployments.add(deployment);
  }

  #enter(nowSeconds: number): ClusterContext {
    if (!(nowSeconds >= this.#ctx.nowSeconds)) throw new SimError("clock_went_back", nowSeconds, { from: this.#ctx.nowSeconds });
    this.#ctx.nowSeconds = nowSeconds;
    return this.#ctx;
  }

  #dispatch(ctx: ClusterContext, action: ClusterAction, subject: number): void {
    switch (action) {
      case "pod-advance":
        advancePod(ctx, podAt(ctx, subject));
        break;
      case "pod-terminate":
        terminatePod(ctx, podAt(ctx, subject));
        break;
      case "pod-kill":
        killPod(ctx, podAt(ctx, subject));
        break;
      case "endpoint-add":
        addEndpoint(ctx, podAt(ctx, subject));
        break;
      case "endpoint-remove":
        removeEndpoint(ctx, podAt(ctx, subject));
        break;
      case "pool-scan":
        scanPool(ctx, subject);
        break;
      case "node-advance":
        advanceNode(ctx, nodeAt(ctx, subject));
        break;
      case "node-billing-end":
        settleNode(ctx, subject);
        break;
      case "transfer-end":
        for (const flow of endedFlows(ctx)) transferEnded(ctx, flow);
        break;
      case "node-evict":
        evictPods(ctx, nodeAt(ctx, subject));
        break;
      case "node-lost":
        removeNode(ctx, nodeAt(ctx, subject));
        break;
      case "batch-end":
        ctx.state.batch.handle = null;
        provisionByPrice(ctx, subject);
        break;
      case "rollout-look":
        break; // an update under way is looked at after every event
      default:
        unreachable(action);
    }
  }

  /** What every call ends with: freed GPUs go to pods that wait, then the ledger hears of all that changed. */
  #settle(): void {
    const ctx = this.#ctx;
    ctx.state.deployments.forEach(({ rollout }, deployment) => {
      if (rollout !== null) reconcile(ctx, deployment);
    });
    if (ctx.isCapacityFreed) {
      ctx.isCapacityFreed = false;
      schedulePending(ctx);
    }
    gatherPending(ctx);
    for (const pool of ctx.changedPools) settlePool(ctx, pool);
    ctx.changedPools.clear();
    for (const index of ctx.changedNodes) {
      const node = nodeAt(ctx, index);
      if (node.isBilled) reportNode(ctx, node);
    }
    ctx.changedNodes.clear();
  }

  #refresh(deployment: number): void {
    const ctx = this.#ctx;
    if (!ctx.changedDeployments.delete(deployment)) return;
    this.#views[deployment] = buildPodViews(ctx, deployment);
  }

  #createInitialNode(pool: number): NodeState {
    const node = createNode(this.#ctx, pool, "Allocatable");
    cacheImages(this.#ctx, node);
    tellNodeStage(this.#ctx, node, "Allocatable");
    return node;
  }

  #createInitialPod(deployment: number, node: NodeState, more: readonly NodeState[]): PodState {
    const ctx = this.#ctx;
    const pod = createPod(ctx, deployment);
    occupyNodes(ctx, pod, node, more);
    for (const home of [node, ...more]) {
      home.imageReadySeconds[deployment] = ctx.nowSeconds;
      keepBase(home, ctx.config.deployments[deployment]?.lifecycle.image);
    }
    pod.startSeconds = ctx.nowSeconds;
    becomeReady(ctx, pod, true);
    return pod;
  }
}

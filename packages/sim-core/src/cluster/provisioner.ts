import { SimError } from "../errors.ts";
import type { Expander } from "./config.ts";
import { drainNode, dropNominationsOn, homelessPods, leaveWhenEmpty, spareNodes } from "./drain.ts";
import { chooseOption, type ExpansionOption } from "./expander.ts";
import { cacheImages, growForBalloons, placeBalloons } from "./headroom.ts";
import { disruptPool } from "./karpenter.ts";
import { nodesKept } from "./kept-nodes.ts";
import { enterNodeStage, freeGpus, isBelievedIn, isManaged, isUpcoming, settleNode } from "./node.ts";
import { backOff, drawNode, forgetBackOff, growth, requestNode, roomToGrow, scheduleNode } from "./node-requests.ts";
import { nominatePod } from "./pod.ts";
import { keepSchedule } from "./scheduled-nodes.ts";
import { nodesWithRoom } from "./scheduler.ts";
import { stopTransfersTo } from "./start-up.ts";
import {
  type ClusterContext,
  deploymentConfigAt,
  gpusOnNode,
  type NodeState,
  nodeAt,
  nodeName,
  type PodState,
  podAt,
  poolAt,
  poolConfigAt,
} from "./state.ts";

/** One look of a pool's autoscaler: grow for pods that fit nowhere, then shrink. @see kubernetes/autoscaler, StaticAutoscaler.RunOnce */
export function scanPool(ctx: ClusterContext, pool: number): void {
  const state = poolAt(ctx, pool);
  state.scans++;
  const { scanIntervalSeconds } = poolConfigAt(ctx, pool);
  ctx.port.schedule((state.scans + 1) * scanIntervalSeconds, "pool-scan", pool);
  const { karpenter } = poolConfigAt(ctx, pool);
  keepSchedule(ctx, pool);
  growForBalloons(ctx, pool);
  if (karpenter !== undefined) {
    if (ctx.state.batch.handle === null) provisionByPrice(ctx, pool);
    refillPool(ctx, pool);
    disruptPool(ctx, pool, karpenter);
    return;
  }
  if (ctx.config.expanders === undefined) growPool(ctx, pool);
  else growByExpander(ctx, pool, ctx.config.expanders);
  refillPool(ctx, pool);
  shrinkPool(ctx, pool);
}

/** A pool that lost nodes gets back to its minimum; those on schedule are kept by the schedule. */
function refillPool(ctx: ClusterContext, pool: number): void {
  const { nodes, scheduledNodes } = poolAt(ctx, pool);
  const counted = nodes.filter((index) => !scheduledNodes.includes(index) && isBelievedIn(nodeAt(ctx, index))).length;
  const missing = Math.min(poolConfigAt(ctx, pool).minNodes - counted, roomToGrow(ctx, pool));
  for (let asked = 0; asked < missing; asked++) if (requestNode(ctx, pool) === undefined) return;
}

/** Counts on upcoming nodes first, then asks for new ones. */
function growPool(ctx: ClusterContext, pool: number): void {
  // within one look room only shrinks: once a pod gets none here, no other of its deployment does
  const stuck = new Set<number>();
  const promised = new Set<number>();
  for (const index of ctx.state.pending) {
    const pod = podAt(ctx, index);
    if (pod.nominatedNode >= 0 || stuck.has(pod.deployment)) continue;
    if (!isTurnOf(ctx, pod, pool) || !nominateIn(ctx, pool, pod, promised)) stuck.add(pod.deployment);
  }
}

/** @param promised free nodes that a replica before this one waits to share with upcoming ones */
function nominateIn(ctx: ClusterContext, pool: number, pod: PodState, promised: Set<number>): boolean {
  const { nodesPerReplica = 1 } = deploymentConfigAt(ctx, pod.deployment);
  if (nodesPerReplica > 1) return nominateSeveral(ctx, pool, pod, nodesPerReplica, promised);
  const node = nodeFor(ctx, pool, pod);
  if (node !== undefined) nominatePod(ctx, pod, node);
  return node !== undefined;
}

/** A replica on several nodes counts on free ones, then on upcoming ones, and asks for the rest, or for none when the pool has too few. */
function nominateSeveral(ctx: ClusterContext, pool: number, pod: PodState, count: number, promised: Set<number>): boolean {
  const free = nodesWithRoom(ctx, pool, pod.deployment).filter(({ index }) => !promised.has(index));
  const upcoming = upcomingNodes(ctx, pool, pod).slice(0, Math.max(0, count - free.length));
  const missing = Math.max(0, count - free.length - upcoming.length);
  if (missing > growth(ctx, pool, pod)) return false;
  for (const { index } of free.slice(0, count)) promised.add(index);
  for (const node of upcoming) nominatePod(ctx, pod, node);
  for (let asked = 0; asked < missing; asked++) {
    const node = requestNode(ctx, pool);
    if (node === undefined) return false; // what was asked for before stays upcoming
    nominatePod(ctx, pod, node);
  }
  return true;
}

function nodeFor(ctx: ClusterContext, pool: number, pod: PodState): NodeState | undefined {
  return upcomingWithRoom(ctx, pool, pod) ?? (canGrow(ctx, pool, pod) ? requestNode(ctx, pool) : undefined);
}

/** Karpenter: of its pools with the highest weight the cheapest for the pods that wait, until all have one. @see NodePool spec.weight */
export function provisionByPrice(ctx: ClusterContext, pool: number): void {
  const isOwn = (each: number): boolean => poolConfigAt(ctx, each).karpenter !== undefined;
  const waiting = (): number => ctx.state.pending.filter((index) => podAt(ctx, index).nominatedNode < 0).length;
  for (let before = Number.POSITIVE_INFINITY, left = waiting(); left > 0 && left < before; left = waiting()) {
    before = left;
    ctx.config.nodePools.forEach((_, each) => {
      if (isOwn(each) && (each === pool || isOwn(pool))) growByExpander(ctx, each, ["priority", "price"], isOwn);
    });
  }
}

/** As {@link growPool}, but the expanders say which of a deployment's pools grows: one option per deployment and look. */
function growByExpander(
  ctx: ClusterContext,
  pool: number,
  expanders: readonly Expander[],
  mayUse: (pool: number) => boolean = (each) => poolConfigAt(ctx, each).karpenter === undefined,
): void {
  const waiting = new Map<number, PodState[]>();
  const promised = new Set<number>();
  for (const index of ctx.state.pending) {
    const pod = podAt(ctx, index);
    const pools = ctx.poolsOf[pod.deployment] ?? [];
    if (pod.nominatedNode >= 0 || !pools.includes(pool)) continue;
    const { nodesPerReplica = 1 } = deploymentConfigAt(ctx, pod.deployment);
    const node = nodesPerReplica > 1 ? undefined : pools.map((each) => upcomingWithRoom(ctx, each, pod)).find((each) => each !== undefined);
    if (node !== undefined) nominatePod(ctx, pod, node);
    else waiting.set(pod.deployment, [...(waiting.get(pod.deployment) ?? []), pod]);
  }
  for (const [deployment, pods] of waiting) {
    const options = (ctx.poolsOf[deployment] ?? []).filter(mayUse).flatMap((each) => optionOf(ctx, each, pods));
    const option = chooseOption(ctx, deployment, expanders, options);
    if (option === undefined) continue;
    for (const pod of pods.slice(0, option.pods)) if (!nominateIn(ctx, option.pool, pod, promised)) break;
  }
}

/** What new nodes of a pool would hold of the waiting pods, which are all alike. */
function optionOf(ctx: ClusterContext, pool: number, pods: readonly PodState[]): ExpansionOption[] {
  const [first] = pods;
  if (first === undefined) return [];
  const gpus = gpusOnNode(ctx, first.deployment);
  const { nodesPerReplica = 1 } = deploymentConfigAt(ctx, first.deployment);
  const shares = Math.floor(poolConfigAt(ctx, pool).gpusPerNode / gpus);
  const room = growth(ctx, pool, first);
  const fitting = nodesPerReplica === 1 ? room * shares : Math.floor(room / nodesPerReplica);
  const held = Math.min(pods.length, fitting);
  if (held === 0) return [];
  const nodes = nodesPerReplica === 1 ? Math.ceil(held / shares) : held * nodesPerReplica;
  return [{ pool, nodes, pods: held, gpus: held * gpus * nodesPerReplica }];
}

/** Upcoming as the autoscaler sees it: without a label it takes a node that has joined without GPUs for one that never gets any. */
function isCountedOn(ctx: ClusterContext, { stage, pool }: NodeState): boolean {
  return isUpcoming(stage) && (stage !== "Joined" || poolConfigAt(ctx, pool).hasGpuLabel !== false);
}

/** A pool serves a pod only when none of the pods' better liked pools can. */
function isTurnOf(ctx: ClusterContext, pod: PodState, pool: number): boolean {
  for (const candidate of ctx.poolsOf[pod.deployment] ?? []) {
    if (candidate === pool) return true;
    if (canServe(ctx, candidate, pod)) return false;
  }
  return false;
}

function canServe(ctx: ClusterContext, pool: number, pod: PodState): boolean {
  const { nodesPerReplica = 1 } = deploymentConfigAt(ctx, pod.deployment);
  if (nodesPerReplica === 1) return upcomingWithRoom(ctx, pool, pod) !== undefined || canGrow(ctx, pool, pod);
  const held = nodesWithRoom(ctx, pool, pod.deployment).length + upcomingNodes(ctx, pool, pod).length;
  return held + growth(ctx, pool, pod) >= nodesPerReplica;
}

function upcomingNodes(ctx: ClusterContext, pool: number, pod: PodState): readonly NodeState[] {
  const gpus = gpusOnNode(ctx, pod.deployment);
  const nodes = poolAt(ctx, pool).nodes.map((index) => nodeAt(ctx, index));
  return nodes.filter((node) => isCountedOn(ctx, node) && freeGpus(node) >= gpus);
}

function upcomingWithRoom(ctx: ClusterContext, pool: number, pod: PodState): NodeState | undefined {
  const gpus = gpusOnNode(ctx, pod.deployment);
  for (const index of poolAt(ctx, pool).nodes) {
    const node = nodeAt(ctx, index);
    if (isCountedOn(ctx, node) && freeGpus(node) >= gpus) return node;
  }
  return undefined;
}

function canGrow(ctx: ClusterContext, pool: number, pod: PodState): boolean {
  return growth(ctx, pool, pod) > 0;
}

/**
 * Removes empty nodes above the minimum that have been empty for long enough, unless one was added lately.
 * @see kubernetes/autoscaler --scale-down-unneeded-time, --scale-down-delay-after-add
 */
function shrinkPool(ctx: ClusterContext, pool: number): void {
  const { scaleDownUnneededSeconds, scaleDownDelayAfterAddSeconds } = poolConfigAt(ctx, pool);
  const { nodes, lastAddedSeconds } = poolAt(ctx, pool);
  if (lastAddedSeconds !== null && ctx.nowSeconds - lastAddedSeconds < scaleDownDelayAfterAddSeconds) return;
  for (const index of [...nodes]) {
    const node = nodeAt(ctx, index);
    if (!node.isSurplus || node.emptySinceSeconds === null) continue;
    if (ctx.nowSeconds - node.emptySinceSeconds < scaleDownUnneededSeconds) continue;
    drainNode(ctx, node);
  }
  drainUnderusedNode(ctx, pool);
}

/**
 * Drains a node whose pods hold less than the threshold and fit elsewhere, when that has been so for long enough; one at a time.
 * @see kubernetes/autoscaler --scale-down-utilization-threshold, for GPU nodes of their GPUs alone
 */
function drainUnderusedNode(ctx: ClusterContext, pool: number): void {
  const { scaleDownUtilization, scaleDownUnneededSeconds } = poolConfigAt(ctx, pool);
  if (scaleDownUtilization === undefined) return;
  let spare = spareNodes(ctx, pool);
  for (const index of [...poolAt(ctx, pool).nodes]) {
    const node = nodeAt(ctx, index);
    const used = 1 - freeGpus(node) / node.slots.length;
    const isUnderused = node.stage === "Allocatable" && used > 0 && used < scaleDownUtilization && homelessPods(ctx, [node])?.length === 0;
    node.underusedSinceSeconds = isUnderused ? (node.underusedSinceSeconds ?? ctx.nowSeconds) : null;
    if (node.underusedSinceSeconds === null || ctx.nowSeconds - node.underusedSinceSeconds < scaleDownUnneededSeconds || spare < 1)
      continue;
    drainNode(ctx, node);
    spare = 0;
  }
}

/** The stage of a node is over. @throws SimError `node_cannot_advance` */
export function advanceNode(ctx: ClusterContext, node: NodeState): void {
  node.timer = null;
  switch (node.stage) {
    case "Provisioning":
      if (node.isLate) {
        giveUpNode(ctx, node);
        break;
      }
      enterNodeStage(ctx, node, "Joined");
      if (!isCountedOn(ctx, node)) dropNominationsOn(ctx, node);
      scheduleNode(ctx, node, drawNode(ctx, node, "allocatable"));
      break;
    case "Joined":
      becomeAllocatable(ctx, node);
      break;
    case "Draining":
      endNode(ctx, node);
      break;
    default:
      throw new SimError("node_cannot_advance", ctx.nowSeconds, { node: nodeName(ctx, node), stage: node.stage });
  }
}

/** The scheduler decides now; nominations were only the autoscaler's guess. */
function becomeAllocatable(ctx: ClusterContext, node: NodeState): void {
  dropNominationsOn(ctx, node);
  node.emptySinceSeconds = ctx.nowSeconds;
  node.podChangedSeconds = ctx.nowSeconds;
  cacheImages(ctx, node);
  enterNodeStage(ctx, node, "Allocatable");
  ctx.isCapacityFreed = true;
  forgetBackOff(ctx, node.pool);
}

/** It has not joined in time: the request is withdrawn, and its pool backed off. @see cluster-autoscaler --max-node-provision-time */
function giveUpNode(ctx: ClusterContext, node: NodeState): void {
  dropNominationsOn(ctx, node);
  backOff(ctx, node.pool);
  endNode(ctx, node);
}

/** The machine is given back; its bill ends at once, or with the minimum billing time. */
export function endNode(ctx: ClusterContext, node: NodeState): void {
  stopTransfersTo(ctx, node);
  enterNodeStage(ctx, node, "Gone");
  const untilSeconds = node.billedFromSeconds + poolConfigAt(ctx, node.pool).minimumBillingSeconds;
  if (untilSeconds <= ctx.nowSeconds) settleNode(ctx, node.index);
  else ctx.port.schedule(untilSeconds, "node-billing-end", node.index);
}

/** Says which empty nodes are above the pool's minimum: those that have been empty longest, then the newest. */
export function settlePool(ctx: ClusterContext, pool: number): void {
  let managed = 0;
  const empty: NodeState[] = [];
  for (const index of poolAt(ctx, pool).nodes) {
    const node = nodeAt(ctx, index);
    if (isManaged(node.stage)) managed++;
    leaveWhenEmpty(ctx, node);
    if (node.emptySinceSeconds !== null) empty.push(node);
    else node.isSurplus = false; // its slots or stage changed, so it is among the changed nodes already
  }
  const kept = placeBalloons(ctx, pool);
  const surplus = Math.max(0, Math.min(managed - nodesKept(ctx, pool), empty.length - kept));
  empty.sort(
    (a, b) =>
      Number(a.balloonGpus > 0) - Number(b.balloonGpus > 0) || (a.emptySinceSeconds ?? 0) - (b.emptySinceSeconds ?? 0) || b.index - a.index,
  );
  empty.forEach((node, rank) => {
    const isSurplus = rank < surplus;
    if (node.isSurplus !== isSurplus) ctx.changedNodes.add(node.index);
    node.isSurplus = isSurplus;
  });
}

import type { NodeStage, PodStage } from "../domain/facts.ts";
import { SimError } from "../errors.ts";
import type { SlotHolding, SlotState } from "./ports.ts";
import { type ClusterContext, type NodeState, nodeAt, nodeName, noteNodeChange, podAt, poolAt, poolConfigAt, removeFrom } from "./state.ts";
import { nextSlot } from "./time-slicing.ts";
import { dropFlows } from "./transfer/transfers.ts";

/** Requested, but without GPUs that a pod could get yet. */
export const isUpcoming = (stage: NodeStage): boolean => stage === "Requested" || stage === "Provisioning" || stage === "Joined";

/** Part of the size the autoscaler manages: asked for and not being removed. */
export const isManaged = (stage: NodeStage): boolean => isUpcoming(stage) || stage === "Allocatable";

/** Managed as far as the autoscaler knows: a node that is dead and not yet found out still counts. */
export const isBelievedIn = ({ stage, isLost }: NodeState): boolean => isManaged(stage) || isLost;

/** GPU slots that neither a pod nor a nomination holds. */
export function freeGpus(node: NodeState): number {
  let free = 0;
  for (const pod of node.slots) if (pod < 0) free++;
  return free;
}

export function isEmpty(node: NodeState): boolean {
  return freeGpus(node) === node.slots.length;
}

/** Gives free slots to a pod. @throws SimError `gpu_slots_exceeded` when there are too few */
export function takeSlots(ctx: ClusterContext, node: NodeState, pod: number, gpus: number): void {
  let left = gpus;
  for (let slot = nextSlot(ctx, node); slot >= 0 && left > 0; slot = nextSlot(ctx, node)) {
    node.slots[slot] = pod;
    left--;
  }
  if (left > 0) throw new SimError("gpu_slots_exceeded", ctx.nowSeconds, { node: nodeName(ctx, node), pod, missing: left });
  node.emptySinceSeconds = null;
  node.podChangedSeconds = ctx.nowSeconds;
  noteNodeChange(ctx, node);
}

/** @throws SimError `gpu_slots_lost` when the pod does not hold exactly `gpus` slots of the node */
export function releaseSlots(ctx: ClusterContext, node: NodeState, pod: number, gpus: number): void {
  let released = 0;
  for (let slot = 0; slot < node.slots.length; slot++) {
    if (node.slots[slot] !== pod) continue;
    node.slots[slot] = -1;
    released++;
  }
  if (released !== gpus) throw new SimError("gpu_slots_lost", ctx.nowSeconds, { node: nodeName(ctx, node), pod, released, gpus });
  node.podChangedSeconds = ctx.nowSeconds;
  if (node.stage === "Allocatable" && isEmpty(node)) node.emptySinceSeconds = ctx.nowSeconds;
  noteNodeChange(ctx, node);
}

const STATE_OF_STAGE: Readonly<Partial<Record<PodStage, SlotState>>> = {
  Scheduled: "starting",
  Pulling: "starting",
  Loading: "starting",
  WarmingUp: "starting",
  Ready: "serving",
  Interrupted: "interrupted",
  Draining: "draining",
};

/** What a slot of a billed node is used for at this moment. @throws SimError `slot_held_by_dead_pod` */
export function slotHolding(ctx: ClusterContext, node: NodeState, slot: number): SlotHolding {
  const podIndex = node.slots[slot] as number;
  if (podIndex < 0) return { state: isBalloon(node, slot) ? "headroom" : reasonUnallocated(node), deployment: -1, pod: -1 };
  const pod = podAt(ctx, podIndex);
  const state = isUpcoming(node.stage) ? "starting" : STATE_OF_STAGE[pod.stage];
  if (state === undefined) throw new SimError("slot_held_by_dead_pod", ctx.nowSeconds, { node: nodeName(ctx, node), pod: podIndex });
  return { state, deployment: pod.deployment, pod: podIndex };
}

/** Balloons hold the lowest of the free slots. */
function isBalloon(node: NodeState, slot: number): boolean {
  if (node.balloonGpus === 0) return false;
  let free = 0;
  for (let before = 0; before < slot; before++) if ((node.slots[before] as number) < 0) free++;
  return free < node.balloonGpus;
}

function reasonUnallocated(node: NodeState): SlotState {
  if (node.stage === "Gone") return "minimumBilling";
  if (node.stage === "Draining") return "terminating";
  if (isUpcoming(node.stage)) return "unusedNode";
  if (!isEmpty(node)) return "partlyUsed";
  return node.isSurplus ? "waitingForRemoval" : "standby";
}

/** Adds a node in its first stage and starts its bill. */
export function createNode(ctx: ClusterContext, poolIndex: number, stage: "Provisioning" | "Allocatable"): NodeState {
  const pool = poolAt(ctx, poolIndex);
  const { gpusPerNode } = poolConfigAt(ctx, poolIndex);
  const node: NodeState = {
    index: ctx.state.nodes.length,
    pool: poolIndex,
    ordinal: pool.createdNodes++,
    stage,
    billedFromSeconds: ctx.nowSeconds,
    isBilled: true,
    slots: new Array<number>(gpusPerNode).fill(-1),
    reported: [],
    imageReadySeconds: new Array<number | null>(ctx.config.deployments.length).fill(null),
    bases: [],
    isPulling: new Array<boolean>(ctx.config.deployments.length).fill(false),
    hasWeights: new Array<boolean>(ctx.config.deployments.length).fill(false),
    hasCompiled: new Array<boolean>(ctx.config.deployments.length).fill(false),
    emptySinceSeconds: stage === "Allocatable" ? ctx.nowSeconds : null,
    isSurplus: false,
    isEvicting: false,
    isLost: false,
    timer: null,
    isLate: false,
    balloonGpus: 0,
    underusedSinceSeconds: null,
    podChangedSeconds: ctx.nowSeconds,
    template: pool.template,
    isCordoned: false,
    evictBySeconds: null,
  };
  ctx.state.nodes.push(node);
  pool.nodes.push(node.index);
  const holding = slotHolding(ctx, node, 0);
  node.reported = new Array<SlotHolding>(gpusPerNode).fill(holding);
  ctx.ledger.openNode(ctx.nowSeconds, node.index, poolIndex, gpusPerNode, holding);
  noteNodeChange(ctx, node);
  return node;
}

export function enterNodeStage(ctx: ClusterContext, node: NodeState, stage: NodeStage): void {
  node.stage = stage;
  if (stage === "Gone") dropFlows(ctx, (flow) => flow.node === node.index);
  noteNodeChange(ctx, node);
  tellNodeStage(ctx, node, stage);
}

export function tellNodeStage(ctx: ClusterContext, node: NodeState, stage: NodeStage): void {
  const pool = poolConfigAt(ctx, node.pool).name;
  ctx.listener.fact({ kind: "node-stage", timeSeconds: ctx.nowSeconds, node: nodeName(ctx, node), pool, stage });
}

/** Ends the bill of a node. */
export function closeNode(ctx: ClusterContext, node: NodeState): void {
  reportNode(ctx, node);
  node.isBilled = false;
  ctx.ledger.closeNode(ctx.nowSeconds, node.index, node.reported);
}

/** Ends the bill of a node that is gone, and forgets it. */
export function settleNode(ctx: ClusterContext, nodeIndex: number): void {
  const node = nodeAt(ctx, nodeIndex);
  closeNode(ctx, node);
  removeFrom(poolAt(ctx, node.pool).nodes, nodeIndex);
}

const isSameHolding = (a: SlotHolding, b: SlotHolding): boolean => a.state === b.state && a.pod === b.pod && a.deployment === b.deployment;

/** Tells the ledger which slots of a billed node changed their use. */
export function reportNode(ctx: ClusterContext, node: NodeState): void {
  for (let slot = 0; slot < node.slots.length; slot++) {
    const before = node.reported[slot] as SlotHolding;
    const after = slotHolding(ctx, node, slot);
    if (isSameHolding(before, after)) continue;
    node.reported[slot] = after;
    ctx.ledger.moveSlot(ctx.nowSeconds, node.index, slot, before, after);
  }
}

/** Law: the ledger was told what is so. @throws SimError `ledger_out_of_date` */
export function checkReported(ctx: ClusterContext, node: NodeState): void {
  for (let slot = 0; slot < node.slots.length; slot++) {
    if (isSameHolding(node.reported[slot] as SlotHolding, slotHolding(ctx, node, slot))) continue;
    throw new SimError("ledger_out_of_date", ctx.nowSeconds, { node: nodeName(ctx, node), slot });
  }
}

import { evictPods, mayEvict, podsOn } from "./eviction.ts";
import { emptyBalloonNodes } from "./headroom.ts";
import { nodesKept } from "./kept-nodes.ts";
import { enterNodeStage, freeGpus, isEmpty, isUpcoming } from "./node.ts";
import { scheduleNode } from "./node-requests.ts";
import { dropNominationOn, isActive } from "./pod.ts";
import {
  type ClusterContext,
  deploymentConfigAt,
  gpusOnNode,
  type NodeState,
  nodeAt,
  type PodState,
  podAt,
  poolAt,
  poolConfigAt,
} from "./state.ts";

/** Takes a node out of service: no pod comes any more, its pods are evicted as budgets allow, and the machine goes when the last of them has. */
export function drainNode(ctx: ClusterContext, node: NodeState): void {
  if (node.stage !== "Allocatable") return;
  leaveService(ctx, node);
  node.isEvicting = true;
  const { terminationGraceSeconds } = poolConfigAt(ctx, node.pool).karpenter ?? {};
  if (terminationGraceSeconds !== undefined) {
    node.evictBySeconds = ctx.nowSeconds + terminationGraceSeconds;
    ctx.port.schedule(node.evictBySeconds, "node-evict", node.index);
  }
  evictPods(ctx, node);
  leaveWhenEmpty(ctx, node);
}

/** Nothing is scheduled to the node from now on; an upcoming one will not come. */
export function leaveService(ctx: ClusterContext, node: NodeState): void {
  if (node.timer !== null) ctx.port.cancel(node.timer);
  node.timer = null;
  node.isEvicting = false;
  if (isUpcoming(node.stage)) dropNominationsOn(ctx, node);
  node.emptySinceSeconds = null;
  node.underusedSinceSeconds = null;
  node.isSurplus = false;
  if (node.stage !== "Draining") enterNodeStage(ctx, node, "Draining");
}

/** Nobody counts on the upcoming node any more. */
export function dropNominationsOn(ctx: ClusterContext, node: NodeState): void {
  for (const index of ctx.state.pending) dropNominationOn(ctx, podAt(ctx, index), node);
}

/** The pods of a drained node have gone: so does the machine. */
export function leaveWhenEmpty(ctx: ClusterContext, node: NodeState): void {
  if (!node.isEvicting || !isEmpty(node)) return;
  node.isEvicting = false;
  scheduleNode(ctx, node, poolConfigAt(ctx, node.pool).terminationSeconds);
}

/**
 * The pods of some nodes that no free GPUs of other nodes would hold; undefined when one of them cannot be moved, as it is spread over
 * several nodes, or as its budget allows no eviction now. Pods that terminate need no place.
 */
export function homelessPods(ctx: ClusterContext, nodes: readonly NodeState[]): readonly PodState[] | undefined {
  const leaving = new Set(nodes.map(({ index }) => index));
  const room = new Map<number, number>();
  const homeless: PodState[] = [];
  for (const node of nodes) {
    for (const pod of podsOn(ctx, node)) {
      if (!isActive(pod.stage)) continue;
      if ((deploymentConfigAt(ctx, pod.deployment).nodesPerReplica ?? 1) > 1 || !mayEvict(ctx, pod)) return undefined;
      if (!findHome(ctx, pod, leaving, room)) homeless.push(pod);
    }
  }
  return homeless;
}

/**
 * True when a pod that is still to leave a drained node would find no place without this one.
 * @see karpenter NodeController: while a node is deleted its pods are scheduled anew every 10 s, which nominates the nodes they would go to
 */
export function isAwaited(ctx: ClusterContext, node: NodeState): boolean {
  const drained = ctx.state.pools.flatMap(({ nodes }) => nodes.map((index) => nodeAt(ctx, index)).filter(({ isEvicting }) => isEvicting));
  const waiting = drained.flatMap((each) => podsOn(ctx, each).filter(({ stage }) => isActive(stage)));
  const [all, others] = [new Map<number, number>(), new Map<number, number>()];
  return waiting.some((pod) => findHome(ctx, pod, new Set(), all) && !findHome(ctx, pod, new Set([node.index]), others));
}

/** @param room GPUs left on the nodes that got a pod already */
function findHome(ctx: ClusterContext, pod: PodState, leaving: ReadonlySet<number>, room: Map<number, number>): boolean {
  const gpus = gpusOnNode(ctx, pod.deployment);
  for (const pool of ctx.poolsOf[pod.deployment] ?? []) {
    for (const index of poolAt(ctx, pool).nodes) {
      const node = nodeAt(ctx, index);
      if (node.stage !== "Allocatable" || node.isCordoned || leaving.has(index)) continue;
      const left = room.get(index) ?? freeGpus(node);
      if (left < gpus) continue;
      room.set(index, left - gpus);
      return true;
    }
  }
  return false;
}

/** Nodes of a pool that may be drained one after the other without going below its minimum. */
export function spareNodes(ctx: ClusterContext, pool: number): number {
  const { nodes } = poolAt(ctx, pool);
  const allocatable = nodes.filter((index) => nodeAt(ctx, index).stage === "Allocatable").length;
  return Math.max(0, allocatable - nodesKept(ctx, pool) - emptyBalloonNodes(ctx, pool));
}

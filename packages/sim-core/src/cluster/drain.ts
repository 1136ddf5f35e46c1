import { emptyBalloonNodes } from "./headroom.ts";
import { nodesKept } from "./kept-nodes.ts";
import { enterNodeStage, freeGpus, isEmpty } from "./node.ts";
import { scheduleNode } from "./node-requests.ts";
import { deletePod, isActive } from "./pod.ts";
import { setReplicas } from "./scale-target.ts";
import {
  type ClusterContext,
  deploymentAt,
  deploymentConfigAt,
  gpusOnNode,
  type NodeState,
  nodeAt,
  type PodState,
  podAt,
  poolAt,
  poolConfigAt,
} from "./state.ts";

/** Takes a node out of service: no pod comes any more, its pods are evicted, and the machine goes when the last of them has. */
export function drainNode(ctx: ClusterContext, node: NodeState): void {
  node.isSurplus = false;
  node.emptySinceSeconds = null;
  enterNodeStage(ctx, node, "Draining");
  for (const pod of podsOn(ctx, node)) evictPod(ctx, pod);
  leaveWhenEmpty(ctx, node);
}

/** The pods of a drained node have gone: so does the machine. */
export function leaveWhenEmpty(ctx: ClusterContext, node: NodeState): void {
  if (node.stage !== "Draining" || node.isLeaving || !isEmpty(node)) return;
  node.isLeaving = true;
  scheduleNode(ctx, node, poolConfigAt(ctx, node.pool).terminationSeconds);
}

/** Deletes a pod by the eviction API; its controller makes another at once. */
function evictPod(ctx: ClusterContext, pod: PodState): void {
  if (!isActive(pod.stage)) return;
  pod.cause = "evicted";
  deletePod(ctx, pod);
  setReplicas(ctx, pod.deployment, deploymentAt(ctx, pod.deployment).specReplicas);
}

export function podsOn(ctx: ClusterContext, node: NodeState): PodState[] {
  return [...new Set(node.slots)].filter((index) => index >= 0).map((index) => podAt(ctx, index));
}

/**
 * The pods of some nodes that no free GPUs of other nodes would hold; undefined when one of them cannot be moved, as it is spread over
 * several nodes. Pods that terminate need no place.
 */
export function homelessPods(ctx: ClusterContext, nodes: readonly NodeState[]): readonly PodState[] | undefined {
  const leaving = new Set(nodes.map(({ index }) => index));
  const room = new Map<number, number>();
  const homeless: PodState[] = [];
  for (const node of nodes) {
    for (const pod of podsOn(ctx, node)) {
      if (!isActive(pod.stage)) continue;
      if ((deploymentConfigAt(ctx, pod.deployment).nodesPerReplica ?? 1) > 1) return undefined;
      if (!findHome(ctx, pod, leaving, room)) homeless.push(pod);
    }
  }
  return homeless;
}

/** @param room GPUs left on the nodes that got a pod already */
function findHome(ctx: ClusterContext, pod: PodState, leaving: ReadonlySet<number>, room: Map<number, number>): boolean {
  const gpus = gpusOnNode(ctx, pod.deployment);
  for (const pool of ctx.poolsOf[pod.deployment] ?? []) {
    for (const index of poolAt(ctx, pool).nodes) {
      const node = nodeAt(ctx, index);
      if (node.stage !== "Allocatable" || leaving.has(index)) continue;
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

import { keepBase } from "./image-layers.ts";
import { freeGpus, isEmpty, isUpcoming } from "./node.ts";
import { requestNode, roomToGrow } from "./node-requests.ts";
import { type ClusterContext, type NodeState, nodeAt, poolAt, poolConfigAt } from "./state.ts";

/**
 * Spreads a pool's balloon pods over its free GPUs anew, the fullest nodes first: a replica that takes their place has pushed them
 * aside without any wait, and they go where there is room.
 * @returns empty nodes that hold a balloon, which must stay
 * @see Kubernetes documentation, overprovisioning: pause pods of priority −1
 */
export function placeBalloons(ctx: ClusterContext, pool: number): number {
  const { headroom } = poolConfigAt(ctx, pool);
  if (headroom === undefined) return 0;
  const nodes = poolAt(ctx, pool).nodes.map((index) => nodeAt(ctx, index));
  const allocatable = nodes.filter(({ stage }) => stage === "Allocatable").sort((a, b) => freeGpus(a) - freeGpus(b) || a.index - b.index);
  let left = headroom.pods;
  for (const node of nodes) {
    // Nobody knows yet that the pause pods of a lost node are gone.
    if (node.isLost) left -= node.balloonGpus / headroom.gpus;
    else if (node.stage !== "Allocatable") setBalloons(ctx, node, 0);
  }
  for (const node of allocatable) {
    const fitting = Math.min(left, Math.floor(freeGpus(node) / headroom.gpus));
    setBalloons(ctx, node, fitting * headroom.gpus);
    left -= fitting;
  }
  return emptyBalloonNodes(ctx, pool);
}

function setBalloons(ctx: ClusterContext, node: NodeState, gpus: number): void {
  if (node.balloonGpus !== gpus) ctx.changedNodes.add(node.index);
  node.balloonGpus = gpus;
}

export function emptyBalloonNodes(ctx: ClusterContext, pool: number): number {
  const nodes = poolAt(ctx, pool).nodes.map((index) => nodeAt(ctx, index));
  return nodes.filter((node) => node.stage === "Allocatable" && node.balloonGpus > 0 && isEmpty(node)).length;
}

/** Balloons that have no place are pending pods like any other: the autoscaler asks for nodes for those that none on its way will hold. */
export function growForBalloons(ctx: ClusterContext, pool: number): void {
  const { headroom, gpusPerNode } = poolConfigAt(ctx, pool);
  if (headroom === undefined) return;
  const perNode = Math.floor(gpusPerNode / headroom.gpus);
  let left = headroom.pods;
  for (const index of poolAt(ctx, pool).nodes) {
    const node = nodeAt(ctx, index);
    if (node.stage === "Allocatable" || node.isLost) left -= node.balloonGpus / headroom.gpus;
    else if (isUpcoming(node.stage)) left -= Math.floor(freeGpus(node) / headroom.gpus);
  }
  for (let missing = Math.min(Math.ceil(left / perNode), roomToGrow(ctx, pool)); missing > 0; missing--) {
    if (requestNode(ctx, pool) === undefined) return;
  }
}

/** The node's image, or something that runs on it, brings every image before a pod asks for it. */
export function cacheImages(ctx: ClusterContext, node: NodeState): void {
  if (poolConfigAt(ctx, node.pool).isImageCached !== true) return;
  node.imageReadySeconds.fill(ctx.nowSeconds);
  for (const { lifecycle } of ctx.config.deployments) keepBase(node, lifecycle.image);
}

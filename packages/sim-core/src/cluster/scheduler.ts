import { freeGpus } from "./node.ts";
import { bindPod } from "./pod.ts";
import { type ClusterContext, deploymentConfigAt, gpusOnNode, type NodeState, nodeAt, type PodState, podAt, poolAt } from "./state.ts";

/**
 * The node a pod of the deployment goes to: in the most preferred pool that has room, the fullest node that still
 * has enough free GPUs, so that whole nodes stay free for larger replicas and for removal; then the oldest.
 * @see kube-scheduler NodeResourcesFit with scoring strategy MostAllocated
 */
export function pickNode(ctx: ClusterContext, deployment: number): NodeState | undefined {
  const gpus = gpusOnNode(ctx, deployment);
  for (const pool of ctx.poolsOf[deployment] ?? []) {
    let best: NodeState | undefined;
    let bestFree = Number.POSITIVE_INFINITY;
    for (const index of poolAt(ctx, pool).nodes) {
      const node = nodeAt(ctx, index);
      if (node.stage !== "Allocatable" || node.isCordoned) continue;
      const free = freeGpus(node);
      if (free < gpus || free >= bestFree) continue;
      best = node;
      bestFree = free;
    }
    if (best !== undefined) return best;
  }
  return undefined;
}

/** The nodes of a replica that needs several, all in one pool and all at once; empty when they cannot be had. */
function pickNodes(ctx: ClusterContext, deployment: number, count: number): readonly NodeState[] {
  for (const pool of ctx.poolsOf[deployment] ?? []) {
    const free = nodesWithRoom(ctx, pool, deployment);
    if (free.length >= count) return free.slice(0, count);
  }
  return [];
}

/** Allocatable nodes of a pool with room for a share of a replica, the fullest first, then the oldest. */
export function nodesWithRoom(ctx: ClusterContext, pool: number, deployment: number): readonly NodeState[] {
  const gpus = gpusOnNode(ctx, deployment);
  const nodes = poolAt(ctx, pool).nodes.map((index) => nodeAt(ctx, index));
  const free = nodes.filter((node) => node.stage === "Allocatable" && !node.isCordoned && freeGpus(node) >= gpus);
  return free.sort((a, b) => freeGpus(a) - freeGpus(b) || a.index - b.index);
}

/** Binds a pod if a node has room, or as many nodes as it needs. */
export function schedulePod(ctx: ClusterContext, pod: PodState): boolean {
  const { nodesPerReplica = 1 } = deploymentConfigAt(ctx, pod.deployment);
  if (nodesPerReplica > 1) {
    const [first, ...more] = pickNodes(ctx, pod.deployment, nodesPerReplica);
    if (first === undefined) return false;
    bindPod(ctx, pod, first, more);
    return true;
  }
  const node = pickNode(ctx, pod.deployment);
  if (node === undefined) return false;
  bindPod(ctx, pod, node);
  return true;
}

/** Tries every unschedulable pod again, oldest first; one that does not fit holds up nobody behind it. */
export function schedulePending(ctx: ClusterContext): void {
  if (ctx.state.pending.length === 0) return;
  // within one round room only shrinks: when one pod of a deployment fits nowhere, none does
  const stuck = new Set<number>();
  ctx.state.pending = ctx.state.pending.filter((index) => {
    const pod = podAt(ctx, index);
    if (!stuck.has(pod.deployment) && schedulePod(ctx, pod)) return false;
    stuck.add(pod.deployment);
    return true;
  });
}

import { freeGpus } from "./node.ts";
import { bindPod } from "./pod.ts";
import { type ClusterContext, deploymentConfigAt, type NodeState, nodeAt, type PodState, podAt, poolAt } from "./state.ts";

/**
 * The node a pod of the deployment goes to: in the most preferred pool that has room, the fullest node that still
 * has enough free GPUs, so that whole nodes stay free for larger replicas and for removal; then the oldest.
 * @see kube-scheduler NodeResourcesFit with scoring strategy MostAllocated
 */
export function pickNode(ctx: ClusterContext, deployment: number): NodeState | undefined {
  const { gpusPerReplica } = deploymentConfigAt(ctx, deployment);
  for (const pool of ctx.poolsOf[deployment] ?? []) {
    let best: NodeState | undefined;
    let bestFree = Number.POSITIVE_INFINITY;
    for (const index of poolAt(ctx, pool).nodes) {
      const node = nodeAt(ctx, index);
      if (node.stage !== "Allocatable") continue;
      const free = freeGpus(node);
      if (free < gpusPerReplica || free >= bestFree) continue;
      best = node;
      bestFree = free;
    }
    if (best !== undefined) return best;
  }
  return undefined;
}

/** Binds a pod if a node has room. */
export function schedulePod(ctx: ClusterContext, pod: PodState): boolean {
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

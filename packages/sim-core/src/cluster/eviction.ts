import { deletePod, isActive, stopContainers } from "./pod.ts";
import { podsUp } from "./pod-amount.ts";
import { isPending, reconcile } from "./scale-target.ts";
import { type ClusterContext, deploymentAt, deploymentConfigAt, type NodeState, type PodState, podAt } from "./state.ts";

/** Pause before an eviction that a budget refused is tried again. @see kubectl drain, cluster-autoscaler: 5 s after a 429 */
const RETRY_SECONDS = 5;

/** Pods that hold GPUs of the node, in order of creation. */
export function podsOn(ctx: ClusterContext, node: NodeState): readonly PodState[] {
  const indices = new Set(node.slots.filter((index) => index >= 0));
  return [...indices].sort((a, b) => a - b).map((index) => podAt(ctx, index));
}

/**
 * Evicts what may be evicted and comes back for the rest. Replacements are made at once: a terminating pod does not count for its
 * ReplicaSet. Where the node has a deadline, a pod goes in time to end by it, whatever its budget says, and is killed at it.
 */
export function evictPods(ctx: ClusterContext, node: NodeState): void {
  if (!node.isEvicting) return;
  let againSeconds = Number.POSITIVE_INFINITY;
  const affected = new Set<number>();
  for (const pod of podsOn(ctx, node)) {
    if (isActive(pod.stage)) {
      const latestSeconds = latestEviction(ctx, pod, node);
      if (ctx.nowSeconds >= latestSeconds || mayEvict(ctx, pod)) {
        affected.add(pod.deployment);
        pod.cause = "evicted";
        deletePod(ctx, pod);
      } else againSeconds = Math.min(againSeconds, ctx.nowSeconds + RETRY_SECONDS, latestSeconds);
    }
    if (pod.stage === "Draining" && node.evictBySeconds !== null && ctx.nowSeconds >= node.evictBySeconds) stopContainers(ctx, pod);
  }
  for (const deployment of affected) reconcile(ctx, deployment);
  if (Number.isFinite(againSeconds)) ctx.port.schedule(againSeconds, "node-evict", node.index);
}

/** @see karpenter.sh/v1 terminationGracePeriod: a pod is deleted at the node's time-out less its own grace period */
function latestEviction(ctx: ClusterContext, pod: PodState, { evictBySeconds }: NodeState): number {
  if (evictBySeconds === null) return Number.POSITIVE_INFINITY;
  return evictBySeconds - deploymentConfigAt(ctx, pod.deployment).lifecycle.terminationGraceSeconds;
}

/**
 * A pending pod may always be evicted, a Ready one if enough stay healthy without it, any other if enough are healthy; where none has
 * to be, it too needs one that is.
 * @see policy/v1 PodDisruptionBudget, unhealthyPodEvictionPolicy: IfHealthyBudget, or AlwaysAllow for those that are not Ready;
 * pkg/registry/core/pod/storage/eviction.go, Create: the way round disruptionsAllowed asks for DesiredHealthy > 0
 */
export function mayEvict(ctx: ClusterContext, pod: PodState): boolean {
  const { disruptionBudget: budget } = deploymentConfigAt(ctx, pod.deployment);
  if (budget === undefined || isPending(pod.stage)) return true;
  if (budget.mayEvictUnhealthy === true && pod.stage !== "Ready") return true;
  const { specReplicas, readyPods } = deploymentAt(ctx, pod.deployment);
  const needed =
    "minAvailable" in budget ? podsUp(budget.minAvailable, specReplicas) : specReplicas - podsUp(budget.maxUnavailable, specReplicas);
  if (pod.stage !== "Ready" && needed > 0) return readyPods >= needed;
  return readyPods - Math.max(0, needed) >= 1;
}

import type { PodEndCause } from "../domain/facts.ts";
import { drainNode, leaveService } from "./drain.ts";
import { podsOn } from "./eviction.ts";
import { cancelTimers, endPod, enterStage, scheduleIn } from "./pod.ts";
import { endNode } from "./provisioner.ts";
import { reconcile } from "./scale-target.ts";
import { stopLoading, stopTransfersTo } from "./start-up.ts";
import { type ClusterContext, deploymentConfigAt, type NodeState, nodeAt, type PodState, poolAt, poolConfigAt } from "./state.ts";

/** A pod fails as a whole and is replaced. */
export function crashPod(ctx: ClusterContext, pod: PodState): void {
  if (pod.stage === "Gone") return;
  failPod(ctx, pod, "failed");
  reconcile(ctx, pod.deployment);
}

/** Ends a pod wherever it is in its life: what it had in flight is cut off, its endpoint goes as soon as the news gets round. */
function failPod(ctx: ClusterContext, pod: PodState, cause: PodEndCause): void {
  cancelTimers(ctx, pod);
  if (pod.isEndpoint) scheduleIn(ctx, deploymentConfigAt(ctx, pod.deployment).lifecycle.endpointDelaySeconds, "endpoint-remove", pod);
  if (hasServed(pod)) ctx.listener.replicaKilled(pod.index, "deleted");
  endPod(ctx, pod, cause);
}

const hasServed = ({ stage }: PodState): boolean => stage === "Ready" || stage === "Interrupted" || stage === "Draining";

/**
 * A node dies. Its containers are gone at once; the cluster finds out `detectSeconds` later, and until then the gateway
 * goes on routing to them and nobody replaces them. The machine is billed until it is found out.
 */
export function loseNode(ctx: ClusterContext, node: NodeState, detectSeconds: number): void {
  if (node.stage === "Gone") return;
  leaveService(ctx, node);
  if (detectSeconds === 0) {
    removeNode(ctx, node);
    return;
  }
  node.isLost = true;
  stopTransfersTo(ctx, node);
  for (const pod of podsOn(ctx, node)) freezePod(ctx, pod);
  ctx.port.schedule(ctx.nowSeconds + detectSeconds, "node-lost", node.index);
}

/** The node is taken back after a notice, which is spent on draining it. */
export function reclaimNode(ctx: ClusterContext, node: NodeState, noticeSeconds: number): void {
  if (node.stage === "Gone") return;
  if (noticeSeconds === 0) {
    leaveService(ctx, node);
    removeNode(ctx, node);
    return;
  }
  drainNode(ctx, node);
  ctx.port.schedule(ctx.nowSeconds + noticeSeconds, "node-lost", node.index);
}

/** The node is not there any more; whatever still was on it has failed. */
export function removeNode(ctx: ClusterContext, node: NodeState): void {
  if (node.stage === "Gone") return;
  if (node.timer !== null) ctx.port.cancel(node.timer);
  node.timer = null;
  node.isEvicting = false;
  node.isLost = false;
  const pods = podsOn(ctx, node);
  for (const pod of pods) failPod(ctx, pod, "failed");
  endNode(ctx, node);
  for (const deployment of new Set(pods.map((pod) => pod.deployment))) reconcile(ctx, deployment);
}

/** Its containers are gone, and nobody knows yet. */
function freezePod(ctx: ClusterContext, pod: PodState): void {
  if (pod.stage === "Draining") {
    failPod(ctx, pod, "failed");
    return;
  }
  cancelTimers(ctx, pod);
  stopLoading(ctx, pod);
  pod.isOverdue = false;
  if (pod.stage !== "Ready") return;
  pod.readyChangedSeconds = ctx.nowSeconds;
  enterStage(ctx, pod, "Interrupted");
  ctx.listener.replicaKilled(pod.index, "restart");
}

/** The cloud refuses new nodes for the pool, until as many faults have ended as have begun. */
export function setStock(ctx: ClusterContext, pool: number, isOut: boolean): void {
  poolAt(ctx, pool).stockOuts += isOut ? 1 : -1;
}

/** All nodes of the zone die, and no new ones are to be had there until {@link endZoneOutage}. */
export function beginZoneOutage(ctx: ClusterContext, zone: string, detectSeconds: number): void {
  for (const pool of poolsIn(ctx, zone)) {
    setStock(ctx, pool, true);
    for (const index of [...poolAt(ctx, pool).nodes]) loseNode(ctx, nodeAt(ctx, index), detectSeconds);
  }
}

export function endZoneOutage(ctx: ClusterContext, zone: string): void {
  for (const pool of poolsIn(ctx, zone)) setStock(ctx, pool, false);
}

function poolsIn(ctx: ClusterContext, zone: string): readonly number[] {
  return [...ctx.config.nodePools.keys()].filter((pool) => poolConfigAt(ctx, pool).zone === zone);
}

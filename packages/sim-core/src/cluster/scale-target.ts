import type { PodStage } from "../domain/facts.ts";
import { SimError } from "../errors.ts";
import { createPod, deletePod, enterStage, isActive } from "./pod.ts";
import { schedulePod } from "./scheduler.ts";
import { type ClusterContext, deploymentAt, type PodState, podAt } from "./state.ts";

/** Pods of a deployment that exist and are not terminating, in order of creation: `status.replicas`. */
export function activePods(ctx: ClusterContext, deployment: number): PodState[] {
  return deploymentAt(ctx, deployment)
    .pods.map((index) => podAt(ctx, index))
    .filter(({ stage }) => isActive(stage));
}

/** Writes `spec.replicas` and lets the ReplicaSet controller follow. @throws SimError `bad_replicas` */
export function setReplicas(ctx: ClusterContext, deployment: number, replicas: number): void {
  if (!Number.isSafeInteger(replicas) || replicas < 0)
    throw new SimError("bad_replicas", ctx.nowSeconds, { deployment, replicas: String(replicas) });
  deploymentAt(ctx, deployment).specReplicas = replicas;
  const active = activePods(ctx, deployment);
  for (let missing = replicas - active.length; missing > 0; missing--) addPod(ctx, deployment);
  const surplus = active.length - replicas;
  if (surplus > 0) for (const pod of victimsFirst(active, ctx.nowSeconds).slice(0, surplus)) deletePod(ctx, pod);
}

function addPod(ctx: ClusterContext, deployment: number): void {
  const pod = createPod(ctx, deployment);
  if (schedulePod(ctx, pod)) return;
  ctx.state.pending.push(pod.index);
  enterStage(ctx, pod, "Unschedulable");
}

/** What the order of victims looks at. */
export type Victim = Readonly<Pick<PodState, "index" | "stage" | "node" | "uid" | "createdSeconds" | "readyChangedSeconds" | "restarts">>;

/**
 * Pods in the order in which a scale-down deletes them: unassigned before assigned, pending before running, not ready
 * before ready, more pods on the node first; of two ready ones the one that has been ready for the shorter time, else
 * more restarts, then the newer. Times are compared by the power of two of their age in nanoseconds; a tie falls to
 * the smaller identifier, which is as good as chance. (Upstream looks at restarts and creation also for ready pods
 * whose Ready times are equal to the second; here the identifier decides, which keeps the order transitive.)
 * @see kubernetes v1.37 pkg/controller/controller_utils.go, ActivePodsWithRanks.Less
 */
export function victimsFirst<T extends Victim>(pods: readonly T[], nowSeconds: number): T[] {
  const podsOnNode = new Map<number, number>();
  for (const { node } of pods) podsOnNode.set(node, (podsOnNode.get(node) ?? 0) + 1);
  const keyed = pods.map((pod) => ({ pod, key: victimKey(pod, podsOnNode.get(pod.node) ?? 0, nowSeconds) }));
  keyed.sort((a, b) => compareKeys(a.key, b.key));
  return keyed.map(({ pod }) => pod);
}

function victimKey(pod: Victim, podsOnItsNode: number, nowSeconds: number): readonly number[] {
  const isReady = pod.stage === "Ready";
  const age = isReady
    ? [logAge(nowSeconds - (pod.readyChangedSeconds ?? nowSeconds)), 0]
    : [-pod.restarts, logAge(nowSeconds - pod.createdSeconds)];
  return [pod.node < 0 ? 0 : 1, isPending(pod.stage) ? 0 : 1, isReady ? 1 : 0, -podsOnItsNode, ...age, pod.uid, pod.index];
}

function compareKeys(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Kubernetes' phase Pending: no container has started. */
export function isPending(stage: PodStage): boolean {
  return stage === "Unschedulable" || stage === "Scheduled" || stage === "Pulling";
}

/** floor(log2(age in nanoseconds)), −1 under a nanosecond; halving is exact where a logarithm may not be. */
export function logAge(ageSeconds: number): number {
  let rank = -1;
  for (let nanoseconds = ageSeconds * 1e9; nanoseconds >= 1; nanoseconds /= 2) rank++;
  return rank;
}

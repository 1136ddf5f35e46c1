import type { PodStage } from "../domain/facts.ts";
import { SimError } from "../errors.ts";
import { createPod, deletePod, enterStage, isActive } from "./pod.ts";
import { nextRolloutStep } from "./rollout.ts";
import { schedulePod } from "./scheduler.ts";
import { type ClusterContext, deploymentAt, deploymentConfigAt, type PodState, podAt, type RolloutState } from "./state.ts";

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
  reconcile(ctx, deployment);
}

/** Makes as many pods as are asked for, or takes the surplus away; during an update, bit by bit. */
export function reconcile(ctx: ClusterContext, deployment: number): void {
  const { specReplicas, rollout } = deploymentAt(ctx, deployment);
  if (rollout !== null) {
    followRollout(ctx, deployment, rollout);
    return;
  }
  const active = activePods(ctx, deployment);
  for (let missing = specReplicas - active.length; missing > 0; missing--) addPod(ctx, deployment);
  deleteVictims(ctx, active, active.length - specReplicas);
}

/** All pods are to be replaced by pods of a new revision. An update under way goes on to the newest. */
export function beginRollout(ctx: ClusterContext, deployment: number, rollout: RolloutState): void {
  const owner = deploymentAt(ctx, deployment);
  owner.revision++;
  owner.rollout = rollout;
  for (const pod of activePods(ctx, deployment)) if (isReady(pod)) lookAgain(ctx, pod);
  reconcile(ctx, deployment);
}

/** Comes back when a Ready pod counts as available. */
function lookAgain(ctx: ClusterContext, pod: PodState): void {
  const { minReadySeconds = 0 } = deploymentConfigAt(ctx, pod.deployment);
  const availableSeconds = (pod.readyChangedSeconds ?? 0) + minReadySeconds;
  if (availableSeconds > ctx.nowSeconds) ctx.port.schedule(availableSeconds, "rollout-look", pod.index);
}

/** Ready for long enough. @see kubernetes podutil.IsPodAvailable */
function isAvailable(ctx: ClusterContext, pod: PodState): boolean {
  const { minReadySeconds = 0 } = deploymentConfigAt(ctx, pod.deployment);
  return isReady(pod) && ctx.nowSeconds >= (pod.readyChangedSeconds ?? 0) + minReadySeconds;
}

function followRollout(ctx: ClusterContext, deployment: number, rollout: RolloutState): void {
  if (rollout.isRecreate === true) recreate(ctx, deployment);
  else replaceInSteps(ctx, deployment, rollout);
  const owner = deploymentAt(ctx, deployment);
  const isDone = activePods(ctx, deployment).every(({ revision }) => revision === owner.revision);
  if (isDone && owner.activePods === owner.specReplicas) owner.rollout = null;
}

/** New pods come when the last old one is gone, its containers included. @see kubernetes pkg/controller/deployment/recreate.go */
function recreate(ctx: ClusterContext, deployment: number): void {
  const owner = deploymentAt(ctx, deployment);
  const old = activePods(ctx, deployment).filter(({ revision }) => revision !== owner.revision);
  deleteVictims(ctx, old, old.length);
  if (owner.pods.some((index) => podAt(ctx, index).revision !== owner.revision)) return;
  const fresh = activePods(ctx, deployment);
  for (let missing = owner.specReplicas - fresh.length; missing > 0; missing--) addPod(ctx, deployment);
  deleteVictims(ctx, fresh, fresh.length - owner.specReplicas);
}

function replaceInSteps(ctx: ClusterContext, deployment: number, rollout: RolloutState): void {
  const owner = deploymentAt(ctx, deployment);
  const isUp = (pod: PodState): boolean => isAvailable(ctx, pod);
  const active = activePods(ctx, deployment);
  const fresh = active.filter(({ revision }) => revision === owner.revision);
  const old = active.filter(({ revision }) => revision !== owner.revision);
  const [oldReady, oldUnready] = [old.filter(isUp), old.filter((pod) => !isUp(pod))];
  const step = nextRolloutStep(rollout, {
    specReplicas: owner.specReplicas,
    fresh: fresh.length,
    freshReady: fresh.filter(isUp).length,
    old: old.length,
    oldReady: oldReady.length,
  });
  for (let added = 0; added < step.add; added++) addPod(ctx, deployment);
  deleteVictims(ctx, fresh, step.removeFresh);
  deleteVictims(ctx, oldUnready, step.removeUnreadyOld);
  deleteVictims(ctx, oldReady, step.removeReadyOld);
}

function isReady({ stage }: PodState): boolean {
  return stage === "Ready";
}

function deleteVictims(ctx: ClusterContext, pods: readonly PodState[], count: number): void {
  if (count <= 0) return;
  const active = pods.length === 0 ? [] : activePods(ctx, (pods[0] as PodState).deployment);
  for (const { index } of victimsFirst(withCosts(ctx, pods), ctx.nowSeconds, active).slice(0, count)) deletePod(ctx, podAt(ctx, index));
}

/** Deletion costs, where somebody writes them. */
function withCosts(ctx: ClusterContext, pods: readonly PodState[]): readonly Victim[] {
  return pods.map((pod) => {
    if (!deploymentConfigAt(ctx, pod.deployment).isCostByLoad || pod.stage !== "Ready") return pod;
    return { ...pod, deletionCost: ctx.port.inFlight?.(pod.index) ?? 0 };
  });
}

function addPod(ctx: ClusterContext, deployment: number): void {
  const pod = createPod(ctx, deployment);
  if (schedulePod(ctx, pod)) return;
  ctx.state.pending.push(pod.index);
  enterStage(ctx, pod, "Unschedulable");
}

/** What the order of victims looks at. */
export type Victim = Readonly<
  Pick<PodState, "index" | "stage" | "node" | "uid" | "createdSeconds" | "readyChangedSeconds" | "restarts">
> & {
  /** Absent: 0. @see controller.kubernetes.io/pod-deletion-cost */
  readonly deletionCost?: number;
};

/**
 * Pods in the order in which a scale-down deletes them: unassigned before assigned, pending before running, not ready
 * before ready, the cheaper to delete first, more pods on the node first; of two ready ones the one that has been ready for the shorter time, else
 * more restarts, then the newer. Times are compared by the power of two of their age in nanoseconds; a tie falls to
 * the smaller identifier, which is as good as chance. (Upstream looks at restarts and creation also for ready pods
 * whose Ready times are equal to the second; here the identifier decides, which keeps the order transitive.)
 * @param related pods that count on a node: during an update those of all revisions
 * @see kubernetes v1.37 pkg/controller/controller_utils.go, ActivePodsWithRanks.Less
 */
export function victimsFirst<T extends Victim>(
  pods: readonly T[],
  nowSeconds: number,
  related: readonly Pick<Victim, "node">[] = pods,
): T[] {
  const podsOnNode = new Map<number, number>();
  for (const { node } of related) podsOnNode.set(node, (podsOnNode.get(node) ?? 0) + 1);
  const keyed = pods.map((pod) => ({ pod, key: victimKey(pod, podsOnNode.get(pod.node) ?? 0, nowSeconds) }));
  keyed.sort((a, b) => compareKeys(a.key, b.key));
  return keyed.map(({ pod }) => pod);
}

function victimKey(pod: Victim, podsOnItsNode: number, nowSeconds: number): readonly number[] {
  const isReady = pod.stage === "Ready";
  const age = isReady
    ? [logAge(nowSeconds - (pod.readyChangedSeconds ?? nowSeconds)), 0]
    : [-pod.restarts, logAge(nowSeconds - pod.createdSeconds)];
  return [
    pod.node < 0 ? 0 : 1,
    isPending(pod.stage) ? 0 : 1,
    isReady ? 1 : 0,
    pod.deletionCost ?? 0,
    -podsOnItsNode,
    ...age,
    pod.uid,
    pod.index,
  ];
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

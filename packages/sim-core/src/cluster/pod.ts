import type { PodEndCause, PodStage } from "../domain/facts.ts";
import { SimError, unreachable } from "../errors.ts";
import type { PodLifecycleConfig } from "./config.ts";
import { nextCrashPause } from "./crash-back-off.ts";
import { releaseSlots, takeSlots } from "./node.ts";
import type { ClusterAction } from "./ports.ts";
import {
  cutParts,
  imageArrived,
  leaveBehind,
  loadUntil,
  notePart,
  pullUntil,
  stopLoading,
  tellStart,
  warmUntil,
  weightsArrived,
  weightsUntil,
} from "./start-up.ts";
import {
  type ClusterContext,
  deploymentAt,
  deploymentConfigAt,
  gpusOnNode,
  type NodeState,
  nodeAt,
  nodeName,
  type PodState,
  podAt,
  podName,
  removeFrom,
} from "./state.ts";
import type { Flow } from "./transfer/state.ts";

/** @see kubelet: what a pod gets after a preStop hook has used up the grace period, minimumGracePeriodInSeconds = 2 */
const GRACE_AFTER_PRE_STOP_SECONDS = 2;

/** Adds a pod that no node has yet. */
export function createPod(ctx: ClusterContext, deployment: number): PodState {
  const owner = deploymentAt(ctx, deployment);
  const ordinal = owner.createdPods++;
  const entity = `${deploymentConfigAt(ctx, deployment).name}/${ordinal}`;
  const pod: PodState = {
    index: ctx.state.pods.length,
    deployment,
    ordinal,
    uid: ctx.port.uniform(`pod-uid/${entity}`),
    probePhase: ctx.port.uniform(`pod-probe/${entity}`),
    createdSeconds: ctx.nowSeconds,
    stage: "Unschedulable",
    node: -1,
    moreNodes: [],
    nominatedNode: -1,
    moreNominated: [],
    startSeconds: null,
    readyChangedSeconds: null,
    containerStartSeconds: 0,
    restarts: 0,
    isOverdue: false,
    backOffSeconds: 0,
    startedSeconds: 0,
    deletionSeconds: null,
    isTerminated: false,
    isEndpoint: false,
    cause: null,
    timer: null,
    killTimer: null,
    loading: null,
    flowsLeft: 0,
    parts: [[ctx.nowSeconds, "node"]],
    isRestart: false,
    revision: owner.revision,
  };
  ctx.state.pods.push(pod);
  owner.pods.push(pod.index);
  owner.activePods++;
  ctx.changedDeployments.add(deployment);
  return pod;
}

/** The scheduler assumes the pod on the node: it holds the GPUs from here on, while the binding itself takes its time. */
export function bindPod(ctx: ClusterContext, pod: PodState, node: NodeState, more: readonly NodeState[] = []): void {
  dropNomination(ctx, pod);
  occupyNodes(ctx, pod, node, more);
  enterStage(ctx, pod, "Scheduled");
  notePart(pod, ctx.nowSeconds, "bind");
  finishIn(ctx, pod, deploymentConfigAt(ctx, pod.deployment).lifecycle.scheduleSeconds);
}

/** The pod holds its GPUs on the nodes. */
export function occupyNodes(ctx: ClusterContext, pod: PodState, node: NodeState, more: readonly NodeState[]): void {
  const gpus = gpusOnNode(ctx, pod.deployment);
  takeSlots(ctx, node, pod.index, gpus);
  for (const further of more) takeSlots(ctx, further, pod.index, gpus);
  pod.node = node.index;
  pod.moreNodes = more.map(({ index }) => index);
}

/** Called once for each upcoming node that a replica on several counts on. */
export function nominatePod(ctx: ClusterContext, pod: PodState, node: NodeState): void {
  takeSlots(ctx, node, pod.index, gpusOnNode(ctx, pod.deployment));
  if (pod.nominatedNode < 0) pod.nominatedNode = node.index;
  else pod.moreNominated = [...pod.moreNominated, node.index];
}

/** The pod counts on no upcoming node any more. */
export function dropNomination(ctx: ClusterContext, pod: PodState): void {
  while (pod.nominatedNode >= 0) dropNominationOn(ctx, pod, nodeAt(ctx, pod.nominatedNode));
}

/** The pod does not count on this node any more, if it did. */
export function dropNominationOn(ctx: ClusterContext, pod: PodState, node: NodeState): void {
  if (pod.nominatedNode !== node.index && !pod.moreNominated.includes(node.index)) return;
  releaseSlots(ctx, node, pod.index, gpusOnNode(ctx, pod.deployment));
  const [first = -1, ...rest] = [pod.nominatedNode, ...pod.moreNominated].filter((index) => index !== node.index);
  pod.nominatedNode = first;
  pod.moreNominated = rest;
}

/** The stage of a pod is over. @throws SimError `pod_cannot_advance` */
export function advancePod(ctx: ClusterContext, pod: PodState): void {
  pod.timer = null;
  if (pod.isOverdue) {
    restartLateContainer(ctx, pod);
    return;
  }
  if (pod.loading === "container") {
    finishAt(ctx, pod, weightsUntil(ctx, pod));
    return;
  }
  switch (pod.stage) {
    case "Scheduled":
      beginPulling(ctx, pod);
      break;
    case "Pulling":
      beginLoading(ctx, pod);
      break;
    case "Loading":
      beginWarmUp(ctx, pod);
      break;
    case "WarmingUp":
    case "Interrupted":
      becomeReady(ctx, pod, false);
      break;
    case "Unschedulable":
    case "Ready":
    case "Draining":
    case "Gone":
      throw new SimError("pod_cannot_advance", ctx.nowSeconds, { pod: podName(ctx, pod), stage: pod.stage });
    default:
      unreachable(pod.stage);
  }
}

/** The kubelet has acknowledged the pod. */
function beginPulling(ctx: ClusterContext, pod: PodState): void {
  pod.startSeconds = ctx.nowSeconds;
  pod.readyChangedSeconds = ctx.nowSeconds;
  enterStage(ctx, pod, "Pulling");
  finishAt(ctx, pod, pullUntil(ctx, pod));
}

function beginLoading(ctx: ClusterContext, pod: PodState): void {
  pod.containerStartSeconds = ctx.nowSeconds;
  enterStage(ctx, pod, "Loading");
  finishAt(ctx, pod, loadUntil(ctx, pod));
}

/** Lasts until the first probe that finds the container ready. */
function beginWarmUp(ctx: ClusterContext, pod: PodState): void {
  enterStage(ctx, pod, "WarmingUp");
  finishAt(ctx, pod, warmUntil(ctx, pod, ctx.nowSeconds));
}

/** Bytes have arrived: whoever waited for them goes on. */
export function transferEnded(ctx: ClusterContext, flow: Flow): void {
  if (flow.kind === "image") {
    for (const [pod, untilSeconds] of imageArrived(ctx, flow)) finishAt(ctx, pod, untilSeconds);
    return;
  }
  const pod = podAt(ctx, flow.pod);
  const arrived = weightsArrived(ctx, pod);
  if (arrived === "waiting") return;
  if (pod.timer !== null) ctx.port.cancel(pod.timer);
  pod.timer = null;
  if (arrived === "onDisk") finishAt(ctx, pod, weightsUntil(ctx, pod));
  else if (pod.stage === "Interrupted") finishAt(ctx, pod, warmUntil(ctx, pod, ctx.nowSeconds));
  else advancePod(ctx, pod);
}

/** The kubelet kills a container that has not come up, and starts it again. */
function restartLateContainer(ctx: ClusterContext, pod: PodState): void {
  pod.isOverdue = false;
  pod.restarts++;
  stopLoading(ctx, pod);
  cutParts(ctx, pod);
  pod.containerStartSeconds = nextContainerStart(ctx, pod);
  if (pod.stage === "Interrupted") {
    comeBack(ctx, pod);
    return;
  }
  enterStage(ctx, pod, "Loading");
  finishAt(ctx, pod, loadUntil(ctx, pod));
}

/** When a container that ends now is there again: after CrashLoopBackOff, and the time that making it takes. */
function nextContainerStart(ctx: ClusterContext, pod: PodState): number {
  const againSeconds = ctx.nowSeconds + nextCrashPause(pod, ctx.nowSeconds);
  if (againSeconds > ctx.nowSeconds) notePart(pod, ctx.nowSeconds, "backOff");
  notePart(pod, againSeconds, "restart");
  return againSeconds + deploymentConfigAt(ctx, pod.deployment).lifecycle.restartDelaySeconds;
}

/** A pod that was Ready once loads and warms up within one stage. */
function comeBack(ctx: ClusterContext, pod: PodState): void {
  const loadedSeconds = loadUntil(ctx, pod);
  finishAt(ctx, pod, pod.loading === null && loadedSeconds !== null && !pod.isOverdue ? warmUntil(ctx, pod, loadedSeconds) : loadedSeconds);
}

/** Ready, for the first time or again. `isWarm`: a replica that has served before the run began. */
export function becomeReady(ctx: ClusterContext, pod: PodState, isWarm: boolean): void {
  pod.readyChangedSeconds = ctx.nowSeconds;
  enterStage(ctx, pod, "Ready");
  leaveBehind(ctx, pod, isWarm);
  const { minReadySeconds = 0 } = deploymentConfigAt(ctx, pod.deployment);
  if (minReadySeconds > 0 && deploymentAt(ctx, pod.deployment).rollout !== null) scheduleIn(ctx, minReadySeconds, "rollout-look", pod);
  if (isWarm) pod.parts = null;
  notePart(pod, ctx.nowSeconds, "endpoints");
  ctx.listener.replicaReady(pod.index, isWarm);
  if (isWarm) addEndpoint(ctx, pod);
  else scheduleIn(ctx, deploymentConfigAt(ctx, pod.deployment).lifecycle.endpointDelaySeconds, "endpoint-add", pod);
}

/** The container crashes and starts again in place; the model loads and warms up anew. @throws SimError `pod_not_ready` */
export function restartContainer(ctx: ClusterContext, pod: PodState): void {
  if (pod.stage !== "Ready") throw new SimError("pod_not_ready", ctx.nowSeconds, { pod: podName(ctx, pod), stage: pod.stage });
  pod.restarts++;
  pod.readyChangedSeconds = ctx.nowSeconds;
  if (pod.parts === null) {
    pod.parts = [];
    pod.isRestart = true;
  }
  enterStage(ctx, pod, "Interrupted");
  ctx.listener.replicaKilled(pod.index, "restart");
  scheduleIn(ctx, deploymentConfigAt(ctx, pod.deployment).lifecycle.endpointDelaySeconds, "endpoint-remove", pod);
  pod.containerStartSeconds = nextContainerStart(ctx, pod);
  comeBack(ctx, pod);
}

/** Sets the deletion timestamp. A pod with no serving container goes at once, the others drain. */
export function deletePod(ctx: ClusterContext, pod: PodState): void {
  pod.deletionSeconds = ctx.nowSeconds;
  cancelTimers(ctx, pod);
  if (pod.stage === "Ready") drainPod(ctx, pod);
  else if (pod.stage === "Interrupted") deleteInterrupted(ctx, pod);
  else endPod(ctx, pod, "deleted");
}

/** Nobody has withdrawn the endpoint of a pod whose node died unnoticed. */
function deleteInterrupted(ctx: ClusterContext, pod: PodState): void {
  if (pod.isEndpoint) scheduleIn(ctx, deploymentConfigAt(ctx, pod.deployment).lifecycle.endpointDelaySeconds, "endpoint-remove", pod);
  stopContainers(ctx, pod);
}

function drainPod(ctx: ClusterContext, pod: PodState): void {
  enterStage(ctx, pod, "Draining");
  const { endpointDelaySeconds, preStopSeconds, terminationGraceSeconds } = deploymentConfigAt(ctx, pod.deployment).lifecycle;
  scheduleIn(ctx, endpointDelaySeconds, "endpoint-remove", pod);
  const isOverrun = preStopSeconds >= terminationGraceSeconds;
  pod.timer = scheduleIn(ctx, Math.min(preStopSeconds, terminationGraceSeconds), "pod-terminate", pod);
  const killSeconds = isOverrun ? terminationGraceSeconds + GRACE_AFTER_PRE_STOP_SECONDS : terminationGraceSeconds;
  pod.killTimer = scheduleIn(ctx, killSeconds, "pod-kill", pod);
}

/** preStop is over: SIGTERM. */
export function terminatePod(ctx: ClusterContext, pod: PodState): void {
  pod.timer = null;
  pod.isTerminated = true;
  const { lifecycle } = deploymentConfigAt(ctx, pod.deployment);
  limitDraining(ctx, pod, lifecycle);
  ctx.listener.replicaTerminating(pod.index, lifecycle.onTerminate);
}

/** A server that limits its own draining aborts what is left and exits, sooner than the kubelet would kill it. */
function limitDraining(ctx: ClusterContext, pod: PodState, lifecycle: PodLifecycleConfig): void {
  const { shutdownTimeoutSeconds, preStopSeconds, terminationGraceSeconds } = lifecycle;
  if (shutdownTimeoutSeconds === undefined || preStopSeconds + shutdownTimeoutSeconds >= terminationGraceSeconds) return;
  if (pod.killTimer !== null) ctx.port.cancel(pod.killTimer);
  pod.killTimer = scheduleIn(ctx, shutdownTimeoutSeconds, "pod-kill", pod);
}

/** The grace period is over: SIGKILL. */
export function killPod(ctx: ClusterContext, pod: PodState): void {
  pod.killTimer = null;
  stopContainers(ctx, pod);
}

/** The containers of a deleted pod that was Ready once have ended, by themselves or by SIGKILL. */
export function stopContainers(ctx: ClusterContext, pod: PodState): void {
  cancelTimers(ctx, pod);
  ctx.listener.replicaKilled(pod.index, "deleted");
  endPod(ctx, pod, "deleted");
}

export function addEndpoint(ctx: ClusterContext, pod: PodState): void {
  // The endpoint of a pod that is down again or gone by now would be withdrawn within the same delay.
  if (pod.isEndpoint || (pod.stage !== "Ready" && pod.stage !== "Draining")) return;
  pod.isEndpoint = true;
  notePart(pod, ctx.nowSeconds, "routable");
  tellStart(ctx, pod);
  ctx.listener.endpointAdded(pod.index);
}

export function removeEndpoint(ctx: ClusterContext, pod: PodState): void {
  if (!pod.isEndpoint) return;
  pod.isEndpoint = false;
  ctx.listener.endpointRemoved(pod.index);
}

/** Gives its GPUs back and forgets it. */
export function endPod(ctx: ClusterContext, pod: PodState, cause: PodEndCause): void {
  dropNomination(ctx, pod);
  stopLoading(ctx, pod);
  if (pod.node >= 0) {
    const gpus = gpusOnNode(ctx, pod.deployment);
    releaseSlots(ctx, nodeAt(ctx, pod.node), pod.index, gpus);
    for (const node of pod.moreNodes) releaseSlots(ctx, nodeAt(ctx, node), pod.index, gpus);
    ctx.isCapacityFreed = true;
  } else {
    removeFrom(ctx.state.pending, pod.index);
  }
  pod.cause ??= cause;
  removeFrom(deploymentAt(ctx, pod.deployment).pods, pod.index);
  enterStage(ctx, pod, "Gone");
  tellStart(ctx, pod);
}

/** Exists and is not terminating. */
export const isActive = (stage: PodStage): boolean => stage !== "Draining" && stage !== "Gone";

/** Changes the stage and tells it; timers are the caller's. */
export function enterStage(ctx: ClusterContext, pod: PodState, stage: PodStage): void {
  const owner = deploymentAt(ctx, pod.deployment);
  owner.activePods += Number(isActive(stage)) - Number(isActive(pod.stage));
  owner.readyPods += Number(stage === "Ready") - Number(pod.stage === "Ready");
  pod.stage = stage;
  ctx.changedDeployments.add(pod.deployment);
  if (pod.node >= 0) ctx.changedNodes.add(pod.node);
  for (const node of pod.moreNodes) ctx.changedNodes.add(node);
  ctx.listener.fact({
    kind: "pod-stage",
    timeSeconds: ctx.nowSeconds,
    pod: podName(ctx, pod),
    deployment: deploymentConfigAt(ctx, pod.deployment).name,
    stage,
    ...(pod.node >= 0 ? { node: nodeName(ctx, nodeAt(ctx, pod.node)) } : {}),
    ...(pod.cause === null ? {} : { cause: pod.cause }),
  });
}

function finishIn(ctx: ClusterContext, pod: PodState, seconds: number): void {
  finishAt(ctx, pod, ctx.nowSeconds + seconds);
}

/** A stage without length ends within the same call; one that waits for bytes, when they have arrived (null). */
function finishAt(ctx: ClusterContext, pod: PodState, atSeconds: number | null): void {
  if (atSeconds === null) return;
  if (atSeconds <= ctx.nowSeconds) advancePod(ctx, pod);
  else pod.timer = ctx.port.schedule(atSeconds, "pod-advance", pod.index);
}

export function scheduleIn(ctx: ClusterContext, seconds: number, action: ClusterAction, pod: PodState): number {
  return ctx.port.schedule(ctx.nowSeconds + seconds, action, pod.index);
}

export function cancelTimers(ctx: ClusterContext, pod: PodState): void {
  if (pod.timer !== null) ctx.port.cancel(pod.timer);
  if (pod.killTimer !== null) ctx.port.cancel(pod.killTimer);
  pod.timer = null;
  pod.killTimer = null;
}

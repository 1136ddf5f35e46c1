import type { PodEndCause, PodStage } from "../domain/facts.ts";
import { SimError, unreachable } from "../errors.ts";
import { releaseSlots, takeSlots } from "./node.ts";
import type { ClusterAction } from "./ports.ts";
import {
  type ClusterContext,
  deploymentAt,
  deploymentConfigAt,
  gpusOnNode,
  type NodeState,
  nodeAt,
  nodeName,
  type PodState,
  podName,
  removeFrom,
} from "./state.ts";

/** @see kubelet: what a pod gets after a preStop hook has used up the grace period, minimumGracePeriodInSeconds = 2 */
const GRACE_AFTER_PRE_STOP_SECONDS = 2;
/** Longest pause between two starts of a container. @see kubelet: CrashLoopBackOff doubles up to 300 s */
const LONGEST_BACK_OFF_SECONDS = 300;

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
    lateStarts: 0,
    deletionSeconds: null,
    isTerminated: false,
    isEndpoint: false,
    cause: null,
    timer: null,
    killTimer: null,
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

/** The image is pulled once per node; pods that need it while it is under way wait for the same pull. */
function beginPulling(ctx: ClusterContext, pod: PodState): void {
  pod.startSeconds = ctx.nowSeconds;
  pod.readyChangedSeconds = ctx.nowSeconds;
  enterStage(ctx, pod, "Pulling");
  let doneSeconds = pullOn(ctx, pod, pod.node);
  for (const node of pod.moreNodes) doneSeconds = Math.max(doneSeconds, pullOn(ctx, pod, node));
  finishAt(ctx, pod, Math.max(ctx.nowSeconds, doneSeconds));
}

function pullOn(ctx: ClusterContext, pod: PodState, node: number): number {
  const images = nodeAt(ctx, node).imageReadySeconds;
  const known = images[pod.deployment] ?? null;
  const doneSeconds = known ?? ctx.nowSeconds + draw(ctx, pod, "pull");
  images[pod.deployment] = doneSeconds;
  return doneSeconds;
}

function beginLoading(ctx: ClusterContext, pod: PodState): void {
  pod.containerStartSeconds = ctx.nowSeconds;
  enterStage(ctx, pod, "Loading");
  comeUpBy(ctx, pod, ctx.nowSeconds + draw(ctx, pod, "load"));
}

/** Lasts until the first probe that finds the container ready. */
function beginWarmUp(ctx: ClusterContext, pod: PodState): void {
  enterStage(ctx, pod, "WarmingUp");
  comeUpBy(ctx, pod, probeSeconds(ctx, pod, ctx.nowSeconds + draw(ctx, pod, "warmUp")));
}

/** The stage ends at a time, unless the container is killed before because no probe has found it up. */
function comeUpBy(ctx: ClusterContext, pod: PodState, atSeconds: number): void {
  const { startDeadlineSeconds = Number.POSITIVE_INFINITY } = deploymentConfigAt(ctx, pod.deployment).lifecycle;
  const killSeconds = pod.containerStartSeconds + startDeadlineSeconds;
  pod.isOverdue = atSeconds > killSeconds;
  finishAt(ctx, pod, pod.isOverdue ? killSeconds : atSeconds);
}

/** The kubelet kills a container that has not come up, and starts it again after a pause that doubles each time. */
function restartLateContainer(ctx: ClusterContext, pod: PodState): void {
  const { restartDelaySeconds } = deploymentConfigAt(ctx, pod.deployment).lifecycle;
  let pauseSeconds = restartDelaySeconds;
  for (let late = 0; late < pod.lateStarts && pauseSeconds < LONGEST_BACK_OFF_SECONDS; late++) pauseSeconds *= 2;
  pauseSeconds = Math.min(pauseSeconds, Math.max(restartDelaySeconds, LONGEST_BACK_OFF_SECONDS));
  pod.isOverdue = false;
  pod.lateStarts++;
  pod.restarts++;
  if (pod.stage === "Interrupted") {
    comeBackAfter(ctx, pod, pauseSeconds);
    return;
  }
  pod.containerStartSeconds = ctx.nowSeconds + pauseSeconds;
  enterStage(ctx, pod, "Loading");
  comeUpBy(ctx, pod, pod.containerStartSeconds + draw(ctx, pod, "load"));
}

/** A pod that was Ready once loads and warms up within one stage. */
function comeBackAfter(ctx: ClusterContext, pod: PodState, pauseSeconds: number): void {
  pod.containerStartSeconds = ctx.nowSeconds + pauseSeconds;
  const warmSeconds = pod.containerStartSeconds + draw(ctx, pod, "load") + draw(ctx, pod, "warmUp");
  comeUpBy(ctx, pod, probeSeconds(ctx, pod, warmSeconds));
}

/** Ready, for the first time or again. `isWarm`: a replica that has served before the run began. */
export function becomeReady(ctx: ClusterContext, pod: PodState, isWarm: boolean): void {
  pod.lateStarts = 0;
  pod.readyChangedSeconds = ctx.nowSeconds;
  enterStage(ctx, pod, "Ready");
  ctx.listener.replicaReady(pod.index, isWarm);
  if (isWarm) addEndpoint(ctx, pod);
  else scheduleIn(ctx, deploymentConfigAt(ctx, pod.deployment).lifecycle.endpointDelaySeconds, "endpoint-add", pod);
}

/** The container crashes and starts again in place; the model loads and warms up anew. @throws SimError `pod_not_ready` */
export function restartContainer(ctx: ClusterContext, pod: PodState): void {
  if (pod.stage !== "Ready") throw new SimError("pod_not_ready", ctx.nowSeconds, { pod: podName(ctx, pod), stage: pod.stage });
  const { restartDelaySeconds, endpointDelaySeconds } = deploymentConfigAt(ctx, pod.deployment).lifecycle;
  pod.restarts++;
  pod.readyChangedSeconds = ctx.nowSeconds;
  enterStage(ctx, pod, "Interrupted");
  ctx.listener.replicaKilled(pod.index, "restart");
  scheduleIn(ctx, endpointDelaySeconds, "endpoint-remove", pod);
  comeBackAfter(ctx, pod, restartDelaySeconds);
}

/** Sets the deletion timestamp. A pod with no serving container goes at once, the others drain. */
export function deletePod(ctx: ClusterContext, pod: PodState): void {
  pod.deletionSeconds = ctx.nowSeconds;
  cancelTimers(ctx, pod);
  if (pod.stage === "Ready") drainPod(ctx, pod);
  else if (pod.stage === "Interrupted") stopContainers(ctx, pod);
  else endPod(ctx, pod, "deleted");
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
  ctx.listener.replicaTerminating(pod.index, deploymentConfigAt(ctx, pod.deployment).lifecycle.onTerminate);
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
  ctx.listener.endpointAdded(pod.index);
}

export function removeEndpoint(ctx: ClusterContext, pod: PodState): void {
  if (!pod.isEndpoint) return;
  pod.isEndpoint = false;
  ctx.listener.endpointRemoved(pod.index);
}

function endPod(ctx: ClusterContext, pod: PodState, cause: PodEndCause): void {
  dropNomination(ctx, pod);
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

/** First probe that finds the container up. Probes run at the pod's phase from the container's start, those of the initial delay left out. */
function probeSeconds(ctx: ClusterContext, pod: PodState, upSeconds: number): number {
  const { readinessPeriodSeconds: periodSeconds, probeDelaySeconds = 0 } = deploymentConfigAt(ctx, pod.deployment).lifecycle;
  const fromSeconds = Math.max(upSeconds, pod.containerStartSeconds + probeDelaySeconds);
  if (periodSeconds === 0) return fromSeconds;
  const firstSeconds = pod.containerStartSeconds + pod.probePhase * periodSeconds;
  const count = Math.max(0, Math.ceil((fromSeconds - firstSeconds) / periodSeconds));
  const seconds = firstSeconds + count * periodSeconds;
  return seconds >= fromSeconds ? seconds : firstSeconds + (count + 1) * periodSeconds;
}

const STREAMS = { pull: "pod-pull", load: "pod-load", warmUp: "pod-warm-up" } as const;

/** One stream per pod and part, so that a cached image does not shift the pod's load time. */
function draw(ctx: ClusterContext, pod: PodState, part: keyof typeof STREAMS): number {
  const sampler = ctx.durations.pods[pod.deployment]?.[part];
  const name = `${STREAMS[part]}/${deploymentConfigAt(ctx, pod.deployment).name}/${pod.ordinal}`;
  return sampler === undefined ? 0 : sampler.quantile(ctx.port.uniform(name));
}

function finishIn(ctx: ClusterContext, pod: PodState, seconds: number): void {
  finishAt(ctx, pod, ctx.nowSeconds + seconds);
}

/** A stage without length ends within the same call. */
function finishAt(ctx: ClusterContext, pod: PodState, atSeconds: number): void {
  if (atSeconds <= ctx.nowSeconds) advancePod(ctx, pod);
  else pod.timer = ctx.port.schedule(atSeconds, "pod-advance", pod.index);
}

function scheduleIn(ctx: ClusterContext, seconds: number, action: ClusterAction, pod: PodState): number {
  return ctx.port.schedule(ctx.nowSeconds + seconds, action, pod.index);
}

function cancelTimers(ctx: ClusterContext, pod: PodState): void {
  if (pod.timer !== null) ctx.port.cancel(pod.timer);
  if (pod.killTimer !== null) ctx.port.cancel(pod.killTimer);
  pod.timer = null;
  pod.killTimer = null;
}

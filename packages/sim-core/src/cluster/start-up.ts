import type { StartPart } from "../domain/facts.ts";
import type { PodSamplers } from "./durations.ts";
import { keepBase, missingBytes } from "./image-layers.ts";
import { LOAD, PULL, slowedSeconds } from "./slowdown.ts";
import { type ClusterContext, deploymentConfigAt, type NodeState, nodeAt, type PodState, podAt, podName } from "./state.ts";
import type { ImagePullConfig, WeightsConfig } from "./transfer/config.ts";
import type { Flow } from "./transfer/state.ts";
import { dropFlows, type FlowStart, networkLinks, nodeCopyLink, sharedLink, startFlows } from "./transfer/transfers.ts";

/*
 * From the node to the first probe that finds the engine up. Functions named `…Until` answer when the stage ends, or null when
 * that depends on bytes that share their way with others: their arrival ends it.
 */

const homesOf = (pod: PodState): readonly number[] => [pod.node, ...pod.moreNodes];

/** A part of the pod's start begins, now or at a time that is known by now. */
export function notePart(pod: PodState, beginSeconds: number, part: StartPart): void {
  const { parts } = pod;
  const last = parts?.at(-1);
  if (parts === null || last?.[1] === part) return;
  // what takes no time is no part
  if (last?.[0] === beginSeconds) parts.pop();
  parts.push([beginSeconds, part]);
}

/** What was to come does not. */
export function cutParts(ctx: ClusterContext, pod: PodState): void {
  if (pod.parts !== null) pod.parts = pod.parts.filter(([beginSeconds]) => beginSeconds <= ctx.nowSeconds);
}

/** The pod's start is over, one way or the other. */
export function tellStart(ctx: ClusterContext, pod: PodState): void {
  if (pod.parts === null) return;
  cutParts(ctx, pod);
  const { name: deployment } = deploymentConfigAt(ctx, pod.deployment);
  const restart = pod.isRestart ? ({ isRestart: true } as const) : {};
  ctx.listener.fact({ kind: "pod-start", timeSeconds: ctx.nowSeconds, pod: podName(ctx, pod), deployment, parts: pod.parts, ...restart });
  pod.parts = null;
}

/** The image is pulled once per node; pods that need it while it is under way wait for the same pull. */
export function pullUntil(ctx: ClusterContext, pod: PodState): number | null {
  notePart(pod, ctx.nowSeconds, "pull");
  if (deploymentConfigAt(ctx, pod.deployment).lifecycle.image !== undefined) return pullBytesUntil(ctx, pod);
  let doneSeconds = ctx.nowSeconds;
  for (const node of homesOf(pod)) doneSeconds = Math.max(doneSeconds, pullOn(ctx, pod, node));
  return doneSeconds;
}

function pullOn(ctx: ClusterContext, pod: PodState, node: number): number {
  const images = nodeAt(ctx, node).imageReadySeconds;
  const doneSeconds = images[pod.deployment] ?? ctx.nowSeconds + drawSlowed(ctx, pod, "pull", ctx.nowSeconds);
  images[pod.deployment] = doneSeconds;
  return doneSeconds;
}

function pullBytesUntil(ctx: ClusterContext, pod: PodState): number | null {
  const image = deploymentConfigAt(ctx, pod.deployment).lifecycle.image;
  const missing = homesOf(pod).map((index) => nodeAt(ctx, index)).filter((node) => node.imageReadySeconds[pod.deployment] === null); // biome-ignore format: one chain
  const starts: FlowStart[] = [];
  for (const node of missing) {
    if (image === undefined || node.isPulling[pod.deployment] === true) continue;
    node.isPulling[pod.deployment] = true;
    const links = [...networkLinks(ctx, node), ...(image.shared === undefined ? [] : [sharedLink(image.shared.name)])];
    const { deployment, index } = pod;
    starts.push({
      kind: "image",
      deployment,
      pod: index,
      node: node.index,
      links,
      capBytesPerSecond: image.bytesPerSecond,
      isOverNetwork: true,
      bytes: missingBytes(node, image),
    });
  }
  if (starts.length > 0) startFlows(ctx, starts);
  return missing.length > 0 ? null : imageUntil(ctx, pod);
}

/** When the image is there on all nodes of the pod; null when that is not known yet. */
function imageUntil(ctx: ClusterContext, pod: PodState): number | null {
  let doneSeconds = ctx.nowSeconds;
  for (const node of homesOf(pod)) {
    const readySeconds = nodeAt(ctx, node).imageReadySeconds[pod.deployment] ?? null;
    if (readySeconds === null) return null;
    doneSeconds = Math.max(doneSeconds, readySeconds);
  }
  if (doneSeconds > ctx.nowSeconds) notePart(pod, ctx.nowSeconds, "unpack");
  return doneSeconds;
}

/** An image has arrived and is unpacked from now on. @returns the pods that waited for it and know by now until when */
export function imageArrived(ctx: ClusterContext, flow: Flow): readonly (readonly [pod: PodState, untilSeconds: number])[] {
  const { image } = deploymentConfigAt(ctx, flow.deployment).lifecycle;
  const node = nodeAt(ctx, flow.node);
  const { unpackBytesPerSecond } = image ?? {};
  keepBase(node, image);
  node.isPulling[flow.deployment] = false;
  node.imageReadySeconds[flow.deployment] = ctx.nowSeconds + (unpackBytesPerSecond === undefined ? 0 : flow.bytes / unpackBytesPerSecond);
  return (ctx.state.deployments[flow.deployment]?.pods ?? []).flatMap((index) => {
    const pod = podAt(ctx, index);
    if (pod.stage !== "Pulling" || !homesOf(pod).includes(flow.node) || isFrozen(ctx, pod)) return [];
    const untilSeconds = imageUntil(ctx, pod);
    return untilSeconds === null ? [] : [[pod, untilSeconds] as const];
  });
}

/** One of its nodes is dead, and nobody has noticed: it waits for nothing more. */
const isFrozen = (ctx: ClusterContext, pod: PodState): boolean => homesOf(pod).some((node) => nodeAt(ctx, node).isLost);

/** Nothing comes to the node any more. */
export function stopTransfersTo(ctx: ClusterContext, node: NodeState): void {
  dropFlows(ctx, (flow) => flow.node === node.index);
}

/** A new image takes the deployment's old one's place, and what that has compiled is of no use. A pull under way begins anew. */
export function forgetImage(ctx: ClusterContext, deployment: number): void {
  for (const node of ctx.state.nodes) {
    node.imageReadySeconds[deployment] = null;
    node.hasCompiled[deployment] = false;
  }
  const isOld = (flow: Flow): boolean => flow.kind === "image" && flow.deployment === deployment;
  const old = ctx.state.transfers.flows.filter(isOld);
  if (old.length === 0) return;
  const image = deploymentConfigAt(ctx, deployment).lifecycle.image as ImagePullConfig;
  dropFlows(ctx, isOld);
  startFlows(ctx, old.map(({ remainingBytes: _, sinceSeconds: __, bytesPerSecond: ___, endSeconds: ____, ...flow }) => ({ ...flow, bytes: missingBytes(nodeAt(ctx, flow.node), image) }))); // biome-ignore format: one row
}

/** The container starts (at `pod.containerStartSeconds`) and loads the weights. */
export function loadUntil(ctx: ClusterContext, pod: PodState): number | null {
  notePart(pod, pod.containerStartSeconds, "container");
  const weightsSeconds = pod.containerStartSeconds + draw(ctx, pod, "container");
  if (deploymentConfigAt(ctx, pod.deployment).lifecycle.weights !== undefined) {
    pod.loading = "container";
    return comeUpBy(ctx, pod, weightsSeconds);
  }
  notePart(pod, weightsSeconds, "load");
  return comeUpBy(ctx, pod, weightsSeconds + drawSlowed(ctx, pod, "load", weightsSeconds));
}

/** The container has started, or the weights have come to its nodes' disks: the next bytes to read. */
export function weightsUntil(ctx: ClusterContext, pod: PodState): number | null {
  const weights = deploymentConfigAt(ctx, pod.deployment).lifecycle.weights as WeightsConfig;
  const homes = homesOf(pod);
  const isHere = homes.every((node) => nodeAt(ctx, node).hasWeights[pod.deployment]);
  pod.loading = weights.source === "objectStore" && !isHere ? "download" : "load";
  notePart(pod, ctx.nowSeconds, pod.loading === "download" ? "download" : "load");
  pod.flowsLeft = homes.length;
  const share = { kind: "weights", deployment: pod.deployment, pod: pod.index, bytes: weights.bytes / homes.length } as const;
  const starts = homes.map((node): FlowStart => ({ ...share, node, ...routeOf(ctx, pod, node, weights) }));
  const untilSeconds = comeUpBy(ctx, pod, Number.POSITIVE_INFINITY);
  startFlows(ctx, starts);
  return untilSeconds === Number.POSITIVE_INFINITY ? null : untilSeconds;
}

function routeOf(
  ctx: ClusterContext,
  pod: PodState,
  nodeIndex: number,
  weights: WeightsConfig,
): Pick<FlowStart, "links" | "capBytesPerSecond" | "isOverNetwork"> {
  const node = nodeAt(ctx, nodeIndex);
  const { source, bytesPerSecond, nodeCopyBytesPerSecond, shared } = weights;
  const isCopyHere = node.hasWeights[pod.deployment] === true && nodeCopyBytesPerSecond !== undefined;
  if (source === "localDisk" || (source === "objectStore" && pod.loading === "load") || isCopyHere) {
    const links = [nodeCopyLink(node, pod.deployment)];
    return { links, capBytesPerSecond: nodeCopyBytesPerSecond ?? bytesPerSecond, isOverNetwork: false };
  }
  return {
    links: [...networkLinks(ctx, node), ...(shared === undefined ? [] : [sharedLink(shared.name)])],
    capBytesPerSecond: bytesPerSecond,
    isOverNetwork: true,
  };
}

/** A node has read its share of a pod's weights. @returns whether others have not yet, or all of them are on disk, or in memory */
export function weightsArrived(ctx: ClusterContext, pod: PodState): "waiting" | "onDisk" | "loaded" {
  pod.flowsLeft--;
  if (pod.flowsLeft > 0) return "waiting";
  const weights = deploymentConfigAt(ctx, pod.deployment).lifecycle.weights as WeightsConfig;
  pod.isOverdue = false;
  const { source, nodeCopyBytesPerSecond } = weights;
  if (nodeCopyBytesPerSecond !== undefined && (source === "objectStore" || source === "sharedFileSystem")) {
    for (const node of homesOf(pod)) nodeAt(ctx, node).hasWeights[pod.deployment] = true;
  }
  if (pod.loading === "download") return "onDisk";
  pod.loading = null;
  return "loaded";
}

/** Nobody waits for the pod's weights any more. */
export function stopLoading(ctx: ClusterContext, pod: PodState): void {
  if (pod.loading === null) return;
  pod.loading = null;
  pod.flowsLeft = 0;
  dropFlows(ctx, ({ kind, pod: owner }) => kind === "weights" && owner === pod.index);
}

/** Compilation, graphs and the rest from a time on, until the first probe that finds the container ready. */
export function warmUntil(ctx: ClusterContext, pod: PodState, fromSeconds: number): number {
  const { compileSeconds, compileCachedSeconds, captureSeconds } = deploymentConfigAt(ctx, pod.deployment).lifecycle;
  let seconds = fromSeconds;
  if (compileSeconds !== undefined) {
    const isKept = compileCachedSeconds !== undefined && homesOf(pod).every((node) => nodeAt(ctx, node).hasCompiled[pod.deployment]);
    notePart(pod, seconds, "compile");
    seconds += draw(ctx, pod, isKept ? "compileCached" : "compile");
  }
  if (captureSeconds !== undefined) {
    notePart(pod, seconds, "capture");
    seconds += draw(ctx, pod, "capture");
  }
  notePart(pod, seconds, "warmUp");
  seconds += draw(ctx, pod, "warmUp");
  notePart(pod, seconds, "probe");
  return comeUpBy(ctx, pod, probeSeconds(ctx, pod, seconds));
}

/** A replica that served leaves its compilation, and one that was there from the beginning its weights too. */
export function leaveBehind(ctx: ClusterContext, pod: PodState, isWarm: boolean): void {
  for (const index of homesOf(pod)) {
    const node = nodeAt(ctx, index);
    node.hasCompiled[pod.deployment] = true;
    if (isWarm) node.hasWeights[pod.deployment] = true;
  }
}

/** The stage ends at a time, unless the container is killed before because no probe has found it up. */
function comeUpBy(ctx: ClusterContext, pod: PodState, atSeconds: number): number {
  const { startDeadlineSeconds = Number.POSITIVE_INFINITY } = deploymentConfigAt(ctx, pod.deployment).lifecycle;
  const killSeconds = pod.containerStartSeconds + startDeadlineSeconds;
  pod.isOverdue = atSeconds > killSeconds;
  return pod.isOverdue ? killSeconds : atSeconds;
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

const STREAMS: Readonly<Record<keyof PodSamplers, string>> = {
  pull: "pod-pull",
  container: "pod-container",
  load: "pod-load",
  compile: "pod-compile",
  compileCached: "pod-compile",
  capture: "pod-capture",
  warmUp: "pod-warm-up",
};

/** One stream per pod and part, so that a cached image does not shift the pod's load time. */
function draw(ctx: ClusterContext, pod: PodState, part: keyof PodSamplers): number {
  const sampler = ctx.durations.pods[pod.deployment]?.[part];
  const name = `${STREAMS[part]}/${deploymentConfigAt(ctx, pod.deployment).name}/${pod.ordinal}`;
  return sampler === undefined ? 0 : sampler.quantile(ctx.port.uniform(name));
}

/** The same, begun at a time, through windows in which it is slowed down. */
function drawSlowed(ctx: ClusterContext, pod: PodState, part: "pull" | "load", fromSeconds: number): number {
  const needs = part === "pull" ? PULL : LOAD;
  return slowedSeconds(ctx.slowdowns, { needs, deployment: pod.deployment, fromSeconds, seconds: draw(ctx, pod, part) });
}

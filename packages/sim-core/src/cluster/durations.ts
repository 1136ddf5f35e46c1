import { createSampler, type Sampler } from "../random/distributions.ts";
import type { ClusterConfig, PodLifecycleConfig } from "./config.ts";
import type { WeightsConfig } from "./transfer/config.ts";

/** Parts of a pod's start that take a time of their own; what moves bytes is none of them. */
export interface PodSamplers {
  readonly pull: Sampler;
  readonly container?: Sampler;
  readonly load: Sampler;
  readonly compile?: Sampler;
  readonly compileCached?: Sampler;
  readonly capture?: Sampler;
  readonly warmUp: Sampler;
}

interface NodeSamplers {
  readonly provision: Sampler;
  readonly allocatable: Sampler;
}

/** Samplers of every random duration, by deployment and by pool. */
export interface Durations {
  readonly pods: readonly PodSamplers[];
  readonly nodes: readonly NodeSamplers[];
}

export function createDurations(config: ClusterConfig): Durations {
  return {
    pods: config.deployments.map(({ lifecycle }) => createPodSamplers(lifecycle)),
    nodes: config.nodePools.map((pool) => ({
      provision: createSampler(pool.provisionSeconds),
      allocatable: createSampler(pool.allocatableSeconds),
    })),
  };
}

function createPodSamplers(lifecycle: PodLifecycleConfig): PodSamplers {
  const { pullSeconds, containerSeconds, loadSeconds, compileSeconds, compileCachedSeconds, captureSeconds, warmUpSeconds } = lifecycle;
  return {
    pull: createSampler(pullSeconds),
    load: createSampler(loadSeconds),
    warmUp: createSampler(warmUpSeconds),
    ...(containerSeconds === undefined ? {} : { container: createSampler(containerSeconds) }),
    ...(compileSeconds === undefined ? {} : { compile: createSampler(compileSeconds) }),
    ...(compileCachedSeconds === undefined ? {} : { compileCached: createSampler(compileCachedSeconds) }),
    ...(captureSeconds === undefined ? {} : { capture: createSampler(captureSeconds) }),
  };
}

/**
 * Expected time from a container's start until its engine is up, seconds: the mean of each part, bytes with nobody to share with.
 * @param where a node that has never run the deployment, or one that keeps what an earlier replica left
 */
export function expectedEngineStartSeconds(lifecycle: PodLifecycleConfig, where: "newNode" | "usedNode"): number {
  const { container, load, compile, compileCached, capture, warmUp } = createPodSamplers(lifecycle);
  const compiling = where === "usedNode" ? (compileCached ?? compile) : compile;
  const loadSeconds = lifecycle.weights === undefined ? load.mean : weightsSeconds(lifecycle.weights, where);
  return (container?.mean ?? 0) + loadSeconds + (compiling?.mean ?? 0) + (capture?.mean ?? 0) + warmUp.mean;
}

function weightsSeconds(
  { source, bytes, bytesPerSecond, nodeCopyBytesPerSecond, shared }: WeightsConfig,
  where: "newNode" | "usedNode",
): number {
  const isLocal = source === "localDisk";
  const fromSource = bytes / Math.min(bytesPerSecond, (isLocal ? undefined : shared?.bytesPerSecond) ?? bytesPerSecond);
  const fromCopy = nodeCopyBytesPerSecond === undefined ? fromSource : bytes / nodeCopyBytesPerSecond;
  if (where === "usedNode") return fromCopy;
  return source === "objectStore" ? fromSource + fromCopy : fromSource;
}

function expectedPullSeconds({ image, pullSeconds }: PodLifecycleConfig): number {
  if (image === undefined) return createSampler(pullSeconds).mean;
  const { bytes, bytesPerSecond, shared, unpackBytesPerSecond } = image;
  const movedSeconds = bytes / Math.min(bytesPerSecond, shared?.bytesPerSecond ?? bytesPerSecond);
  return movedSeconds + (unpackBytesPerSecond === undefined ? 0 : bytes / unpackBytesPerSecond);
}

/**
 * Expected time from the creation of a pod to Ready when its node must be provisioned first, seconds: the mean of
 * each part, half a scan and half a probe period included.
 */
export function expectedColdStartSeconds(config: ClusterConfig, deploymentName: string): number {
  const index = config.deployments.findIndex(({ name }) => name === deploymentName);
  const deployment = config.deployments[index];
  if (deployment === undefined) return Number.NaN;
  const durations = createDurations(config);
  const { lifecycle, nodePools } = deployment;
  const poolIndex = config.nodePools.findIndex(({ name }) => name === nodePools[0]);
  const pool = config.nodePools[poolIndex];
  const nodes = durations.nodes[poolIndex];
  const nodeSeconds = pool && nodes ? pool.scanIntervalSeconds / 2 + nodes.provision.mean + nodes.allocatable.mean : 0;
  const startSeconds = lifecycle.scheduleSeconds + expectedPullSeconds(lifecycle) + expectedEngineStartSeconds(lifecycle, "newNode");
  return nodeSeconds + startSeconds + lifecycle.readinessPeriodSeconds / 2;
}

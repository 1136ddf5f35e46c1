import { createSampler, type Sampler } from "../random/distributions.ts";
import type { ClusterConfig } from "./config.ts";

interface PodSamplers {
  readonly pull: Sampler;
  readonly load: Sampler;
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
    pods: config.deployments.map(({ lifecycle }) => ({
      pull: createSampler(lifecycle.pullSeconds),
      load: createSampler(lifecycle.loadSeconds),
      warmUp: createSampler(lifecycle.warmUpSeconds),
    })),
    nodes: config.nodePools.map((pool) => ({
      provision: createSampler(pool.provisionSeconds),
      allocatable: createSampler(pool.allocatableSeconds),
    })),
  };
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
  const pods = durations.pods[index] as PodSamplers;
  const { lifecycle, nodePools } = deployment;
  const poolIndex = config.nodePools.findIndex(({ name }) => name === nodePools[0]);
  const pool = config.nodePools[poolIndex];
  const nodes = durations.nodes[poolIndex];
  const nodeSeconds = pool && nodes ? pool.scanIntervalSeconds / 2 + nodes.provision.mean + nodes.allocatable.mean : 0;
  const startSeconds = lifecycle.scheduleSeconds + pods.pull.mean + pods.load.mean + pods.warmUp.mean;
  return nodeSeconds + startSeconds + lifecycle.readinessPeriodSeconds / 2;
}

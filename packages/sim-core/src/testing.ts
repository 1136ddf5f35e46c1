import type { DeploymentClusterConfig, NodePoolConfig, PodLifecycleConfig } from "./cluster/config.ts";
import type { MetricSource } from "./scaling/metric-source.ts";
import type { Plan } from "./scenario/plan.ts";
import type { LatencyConfig, ServingConfig } from "./serving/config.ts";
import { createReplicaBuilder } from "./serving/fleet.ts";
import type { Replica, ReplicaSetup } from "./serving/replica.ts";
import { SteppingReplica } from "./serving/stepping-replica.ts";
import type { TrafficConfig } from "./traffic/config.ts";

export { SeriesStore } from "./metrics/series-store.ts";
export type { LatencyModel, StepComposition } from "./serving/latency/model.ts";
export { RequestTable } from "./serving/request-table.ts";

/** The engine of every run. */
export const buildFastReplica: (setup: ReplicaSetup) => Replica = (setup) => createReplicaBuilder()(setup);

/** The step-by-step reference engine, for comparison with the fast one. */
export const buildReferenceReplica = (setup: ReplicaSetup): Replica => new SteppingReplica(setup);

/** Answers nothing: for plans whose policies ask for nothing. */
export const NO_METRICS: MetricSource = { series: () => [], answer: () => ({ ok: false, error: "no metrics in this test" }) };

/** The fitted roofline of Llama-3.1-8B on one H100. */
export const SMALL_MODEL_LATENCY: Extract<LatencyConfig, { kind: "roofline" }> = {
  kind: "roofline",
  stepOverheadSeconds: 0.001327,
  perTokenComputeSeconds: 2.255e-5,
  weightReadSeconds: 0.005453,
  expertReadSeconds: 0,
  perDecodeSequenceSeconds: 1.079e-5,
  perContextTokenSeconds: 4.891e-8,
  perPromptTokenContextSeconds: 1.06e-9,
  requestOverheadSeconds: 0.01401,
};

export interface TinyDeployment {
  readonly name?: string;
  readonly replicas?: number;
  readonly gpusPerReplica?: number;
  readonly latency?: LatencyConfig;
  readonly engine?: Partial<ServingConfig["engine"]>;
  readonly gateway?: Partial<ServingConfig["gateway"]>;
  readonly client?: Partial<ServingConfig["client"]>;
  readonly disaggregation?: ServingConfig["disaggregation"];
  readonly lifecycle?: Partial<PodLifecycleConfig>;
  readonly nodePools?: readonly string[];
}

export interface TinyWorld extends Partial<Omit<Plan, "deployments" | "cluster" | "traffic">> {
  readonly deployments?: readonly TinyDeployment[];
  readonly nodePools?: readonly (Partial<NodePoolConfig> & { readonly name: string })[];
  readonly traffic?: readonly TrafficConfig[];
}

/** A small complete plan: one 8B-like deployment on one pool of single-GPU nodes, without traffic, for an hour. */
export function tinyPlan(world: TinyWorld = {}): Plan {
  const deployments = world.deployments ?? [{}];
  const { nodePools = [{ name: "pool" }], traffic = [], deployments: _, ...rest } = world;
  return {
    name: "tiny",
    description: "",
    startEpochSeconds: 1_767_225_600,
    timeZone: "UTC",
    zones: [{ timeZone: "UTC", fromEpochSeconds: [0], offsetSeconds: [0] }],
    durationSeconds: 3600,
    seed: "1",
    metrics: { scrapeIntervalSeconds: 15, adapter: [], cpuUtilization: 0.5, memoryUtilization: 0.5 },
    faults: [],
    policies: [],
    slo: { objectives: [{ metric: "ttft", thresholdSeconds: 2, target: 0.95 }], loadWindowSeconds: 60 },
    thresholds: [],
    derive: {},
    costs: {},
    assumptions: [],
    hash: "0",
    ...rest,
    traffic,
    deployments: deployments.map((deployment) => ({ name: deployment.name ?? "chat", serving: tinyServing(deployment) })),
    cluster: {
      nodePools: nodePools.map(tinyPool),
      deployments: deployments.map((deployment) => tinyCluster(deployment, nodePools[0]?.name as string)),
    },
  };
}

function tinyServing({
  gpusPerReplica = 1,
  latency = SMALL_MODEL_LATENCY,
  engine,
  gateway,
  client,
  disaggregation,
}: TinyDeployment): ServingConfig {
  return {
    ...(disaggregation === undefined ? {} : { disaggregation }),
    model: {
      name: "tiny-8b",
      parameters: 8.03e9,
      activeParameters: 8.03e9,
      layers: 32,
      hiddenSize: 4096,
      attentionHeads: 32,
      kvHeads: 8,
      headDimension: 128,
      weightBytes: 16.06e9,
      kvBytesPerToken: 131_072,
    },
    gpu: { name: "H100", memoryBytes: 80e9, bandwidthBytesPerSecond: 3.35e12, fp16Flops: 989e12, linkBytesPerSecond: 4.5e11 },
    gpusPerReplica,
    latency,
    engine: {
      maxBatchedTokens: 2048,
      maxSequences: 256,
      kvBlocks: 26_312,
      blockTokens: 16,
      maxModelTokens: 32_768,
      warmUp: { factor: 1, requests: 1 },
      ...engine,
    },
    gateway: {
      maxQueued: 1000,
      queueTimeoutSeconds: Number.POSITIVE_INFINITY,
      maxInFlightPerReplica: Number.POSITIVE_INFINITY,
      routing: "leastRequests",
      ...gateway,
    },
    client: {
      timeoutSeconds: Number.POSITIVE_INFINITY,
      patienceSeconds: Number.POSITIVE_INFINITY,
      maxRetries: 0,
      backoffBaseSeconds: 1,
      backoffMaxSeconds: 30,
      ...client,
    },
  };
}

function tinyCluster(
  { name = "chat", replicas = 1, gpusPerReplica = 1, lifecycle, nodePools }: TinyDeployment,
  pool: string,
): DeploymentClusterConfig {
  return {
    name,
    namespace: "default",
    replicas,
    gpusPerReplica,
    nodePools: nodePools ?? [pool],
    cpuRequestCores: 4,
    memoryRequestBytes: 32e9,
    lifecycle: {
      scheduleSeconds: 0,
      pullSeconds: { kind: "constant", value: 20 },
      loadSeconds: { kind: "constant", value: 30 },
      warmUpSeconds: { kind: "constant", value: 10 },
      readinessPeriodSeconds: 0,
      endpointDelaySeconds: 1,
      preStopSeconds: 5,
      onTerminate: "drain",
      terminationGraceSeconds: 60,
      restartDelaySeconds: 10,
      ...lifecycle,
    },
  };
}

function tinyPool(pool: Partial<NodePoolConfig> & { readonly name: string }): NodePoolConfig {
  return {
    gpu: "H100",
    gpusPerNode: 1,
    gpuMemoryBytes: 80e9,
    pricePerGpuHourUsd: 4,
    minNodes: 0,
    maxNodes: 100,
    provisionSeconds: { kind: "constant", value: 120 },
    allocatableSeconds: { kind: "constant", value: 30 },
    scanIntervalSeconds: 10,
    scaleDownUnneededSeconds: 600,
    scaleDownDelayAfterAddSeconds: 600,
    terminationSeconds: 30,
    minimumBillingSeconds: 60,
    ...pool,
  };
}

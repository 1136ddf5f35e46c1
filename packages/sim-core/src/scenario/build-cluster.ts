import type { ClusterConfig, DeploymentClusterConfig, NodePoolConfig, PodLifecycleConfig } from "../cluster/config.ts";
import { expectedEngineStartSeconds } from "../cluster/durations.ts";
import { checkCluster } from "../cluster/initial-placement.ts";
import type { IssuePath } from "../errors.ts";
import { GPU_SHEETS } from "../serving/gpu-sheets.ts";
import { buildDisruptionBudget } from "./build-faults.ts";
import type { Findings } from "./build-issues.ts";
import { buildAutoscaler, buildMarket } from "./build-node-pools.ts";
import type { ScheduleClock } from "./build-schedules.ts";
import type { BuiltServing } from "./build-serving.ts";
import { buildStartup } from "./build-startup.ts";
import { checkStrategy } from "./build-updates.ts";
import { checkSharing } from "./check-sharing.ts";
import { DEFAULTS } from "./defaults.ts";
import type { DeploymentSpec, ScenarioSpec } from "./spec.ts";
import type { NodePoolSpec } from "./spec-node-pools.ts";
import { withStartupPreset } from "./startup-presets.ts";

/** Completes node pools and pods, and checks that the fleet of time 0 has room. */
export function buildCluster(spec: ScenarioSpec, served: readonly BuiltServing[], clock: ScheduleClock, findings: Findings): ClusterConfig {
  findings.uniqueNames(
    ["deployments"],
    spec.deployments.map(({ name }) => name),
  );
  findings.uniqueNames(
    ["nodePools"],
    spec.nodePools.map(({ name }) => name),
  );
  const nodePools = spec.nodePools.map((pool, index) => buildPool(pool, index, served, clock, findings));
  const deployments = spec.deployments.map((deployment, index) =>
    buildDeployment(deployment, index, served[index] as BuiltServing, spec.nodePools, findings),
  );
  const cluster = { nodePools, deployments, ...buildAutoscaler(spec.autoscaler, spec.nodePools, findings) };
  nodePools.forEach(({ name, gpu, minNodes }, index) => {
    if (minNodes === 0 || deployments.some((deployment) => deployment.nodePools.includes(name))) return;
    const data = { name, gpu, minimum: minNodes };
    findings.add([{ code: "node_pool_unused", severity: "warning", path: ["nodePools", index], data }]);
  });
  checkSharing(nodePools, deployments, served, findings);
  findings.add(
    checkCluster(cluster).map((issue) => {
      const gpu = issue.code === "no_node_pool" ? served[Number(issue.path[1])]?.gpuKey : undefined;
      return { ...issue, path: specPath(issue.path, spec), ...(gpu === undefined ? {} : { data: { ...issue.data, gpu } }) };
    }),
  );
  return cluster;
}

/** The cluster's own checks speak of its configuration; the reader wrote the scenario's keys. */
function specPath(path: IssuePath, spec: ScenarioSpec): IssuePath {
  const [list, index, key, ...rest] = path;
  const written: Readonly<Record<string, string>> = {
    minNodes: "min",
    maxNodes: "max",
    scanIntervalSeconds: "scanInterval",
    gpusPerReplica: "model",
  };
  if (list === "deployments" && key === "nodePools" && spec.deployments[Number(index)]?.nodePools === undefined) {
    return [list, index as number, "model"];
  }
  if (list === "autoscaler") return path;
  return key === undefined ? path : [list as string, index as number, written[key] ?? key, ...rest];
}

function buildPool(
  spec: NodePoolSpec,
  index: number,
  served: readonly BuiltServing[],
  clock: ScheduleClock,
  findings: Findings,
): NodePoolConfig {
  const defaults = DEFAULTS.nodePool;
  const sheet = GPU_SHEETS[spec.gpu] ?? served.find(({ gpuKey }) => gpuKey === spec.gpu)?.serving.gpu;
  if (sheet === undefined && spec.gpuMemory === undefined) {
    const known = [...new Set([...Object.keys(GPU_SHEETS), ...served.map(({ gpuKey }) => gpuKey)])];
    findings.unknownName("unknown_gpu", ["nodePools", index, "gpu"], spec.gpu, known);
  }
  if (spec.provision === undefined)
    findings.assume(`${spec.name}: a node takes 240 s (median, log-normal, sigma 0.35) from request to joined.`);
  return {
    name: spec.name,
    gpu: spec.gpu,
    gpusPerNode: spec.gpusPerNode * (spec.timeSlicing?.replicas ?? 1),
    ...(spec.timeSlicing === undefined ? {} : { slotsPerGpu: spec.timeSlicing.replicas }),
    gpuMemoryBytes: spec.gpuMemory ?? sheet?.memoryBytes ?? 0,
    pricePerGpuHourUsd: spec.pricePerGpuHour,
    ...(spec.cpu === undefined ? {} : { cpuCores: spec.cpu }),
    ...(spec.memory === undefined ? {} : { memoryBytes: spec.memory }),
    minNodes: spec.min ?? defaults.min,
    maxNodes: spec.max,
    provisionSeconds: spec.provision ?? defaults.provision,
    allocatableSeconds: spec.allocatable ?? defaults.allocatable,
    scanIntervalSeconds: spec.scanInterval ?? defaults.scanInterval,
    scaleDownUnneededSeconds: spec.scaleDownUnneeded ?? defaults.scaleDownUnneeded,
    scaleDownDelayAfterAddSeconds: spec.scaleDownDelayAfterAdd ?? defaults.scaleDownDelayAfterAdd,
    terminationSeconds: spec.termination ?? defaults.termination,
    minimumBillingSeconds: spec.minimumBilling ?? defaults.minimumBilling,
    ...(spec.network === undefined ? {} : { networkBytesPerSecond: spec.network }),
    ...buildMarket(spec, index, clock, findings),
  };
}

function buildDeployment(
  spec: DeploymentSpec,
  index: number,
  { serving, gpuKey }: BuiltServing,
  pools: readonly NodePoolSpec[],
  findings: Findings,
): DeploymentClusterConfig {
  const written = spec.nodePools?.flatMap((name, position) => {
    const meant = poolsMeant(name, gpuKey, pools);
    const other = pools.find((pool) => meant.includes(pool.name) && pool.gpu !== gpuKey);
    if (other !== undefined) {
      const data = { pool: other.name, poolGpu: other.gpu, modelGpu: gpuKey };
      findings.error("gpu_mismatch", ["deployments", index, "nodePools", position], data);
    }
    return meant;
  });
  checkStrategy(spec.strategy, ["deployments", index, "strategy"], findings);
  return {
    name: spec.name,
    namespace: spec.namespace ?? "default",
    replicas: spec.replicas,
    gpusPerReplica: serving.gpusPerReplica,
    ...(spec.nodesPerReplica === undefined ? {} : { nodesPerReplica: spec.nodesPerReplica }),
    nodePools: written ?? pools.filter(({ gpu }) => gpu === gpuKey).map(({ name }) => name),
    lifecycle: buildLifecycle(spec, index, serving.model.weightBytes, findings),
    ...buildDisruptionBudget(spec.disruptionBudget, ["deployments", index, "disruptionBudget"], findings),
    ...(spec.strategy?.minReady === undefined ? {} : { minReadySeconds: spec.strategy.minReady }),
    ...(spec.shutdown?.deletionCost === "inFlight" ? { isCostByLoad: true } : {}),
    cpuRequestCores: spec.resources?.cpu ?? DEFAULTS.resources.cpu,
    memoryRequestBytes: spec.resources?.memory ?? DEFAULTS.resources.memory,
  };
}

/** The pool of a name, or the offerings of a NodePool of that name: those with the model's GPU, where there are any. */
function poolsMeant(name: string, gpuKey: string, pools: readonly NodePoolSpec[]): readonly string[] {
  if (pools.some((pool) => pool.name === name)) return [name];
  const offerings = pools.filter(({ karpenter }) => karpenter?.nodePool === name);
  const fitting = offerings.filter(({ gpu }) => gpu === gpuKey);
  if (offerings.length === 0) return [name];
  return (fitting.length === 0 ? offerings : fitting).map((pool) => pool.name);
}

function buildLifecycle(spec: DeploymentSpec, index: number, weightBytes: number, findings: Findings): PodLifecycleConfig {
  const { readiness, shutdown } = DEFAULTS;
  const lifecycle: PodLifecycleConfig = {
    ...buildStartup(spec.name, ["deployments", index, "startup"], withStartupPreset(spec.startup) ?? {}, weightBytes, findings),
    readinessPeriodSeconds: spec.readiness?.period ?? readiness.period,
    endpointDelaySeconds: spec.readiness?.endpointDelay ?? readiness.endpointDelay,
    preStopSeconds: spec.shutdown?.preStop ?? shutdown.preStop,
    onTerminate: spec.shutdown?.onTerminate ?? "drain",
    terminationGraceSeconds: spec.shutdown?.grace ?? shutdown.grace,
    ...(spec.readiness?.initialDelay === undefined ? {} : { probeDelaySeconds: spec.readiness.initialDelay }),
    ...(spec.shutdown?.timeout === undefined ? {} : { shutdownTimeoutSeconds: spec.shutdown.timeout }),
  };
  if (spec.shutdown?.timeout !== undefined && lifecycle.onTerminate === "abort")
    findings.error("timeout_of_abort", ["deployments", index, "shutdown", "timeout"]);
  warnOfLateStarts(lifecycle, index, findings);
  if (lifecycle.preStopSeconds > lifecycle.terminationGraceSeconds) {
    const data = { preStopSeconds: lifecycle.preStopSeconds, graceSeconds: lifecycle.terminationGraceSeconds };
    findings.error("pre_stop_exceeds_grace", ["deployments", index, "shutdown", "preStop"], data);
  }
  return lifecycle;
}

/** A container that is killed before it is up starts over and over. */
function warnOfLateStarts(lifecycle: PodLifecycleConfig, index: number, findings: Findings): void {
  const { startDeadlineSeconds: deadlineSeconds, readinessPeriodSeconds, probeDelaySeconds = 0 } = lifecycle;
  if (deadlineSeconds === undefined) return;
  const startSeconds = expectedEngineStartSeconds(lifecycle, "newNode");
  const delaySeconds = Math.max(startSeconds, probeDelaySeconds) + readinessPeriodSeconds;
  if (delaySeconds <= deadlineSeconds) return;
  const data = { deadlineSeconds, startSeconds: Math.round(startSeconds), delaySeconds: Math.ceil(delaySeconds) };
  const path = ["deployments", index, "startup", "deadline"];
  findings.add([{ code: "start_exceeds_deadline", severity: "warning", path, data }]);
}

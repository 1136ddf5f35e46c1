import type { ClusterConfig, KarpenterConfig, NodePoolConfig, QuotaConfig } from "../cluster/config.ts";
import { BACK_OFF, KARPENTER_BACK_OFF } from "../cluster/node-requests.ts";
import type { IssuePath } from "../errors.ts";
import { buildBudgets } from "./build-budgets.ts";
import type { Findings } from "./build-issues.ts";
import { buildSchedules, type ScheduleClock } from "./build-schedules.ts";
import type { AutoscalerSpec, KarpenterSpec, NodePoolSpec, QuotaSpec } from "./spec-node-pools.ts";

type MarketConfig = Pick<
  NodePoolConfig,
  | "priceClass"
  | "commitment"
  | "zone"
  | "priority"
  | "stockOuts"
  | "requestFailureProbability"
  | "maxProvisionSeconds"
  | "backOff"
  | "hasGpuLabel"
  | "scaleDownUtilization"
  | "karpenter"
  | "headroom"
  | "isImageCached"
  | "scheduled"
>;

/** What a pool says of how its nodes are sold; nothing for what it does not say. */
export function buildMarket(spec: NodePoolSpec, index: number, clock: ScheduleClock, findings: Findings): MarketConfig {
  const { headroom, imageCached, scheduled } = spec;
  const {
    capacity,
    commitment,
    zone,
    priority,
    stockOuts,
    requestFailure,
    maxProvision,
    backOff,
    gpuLabel,
    scaleDownUtilization,
    karpenter,
  } = spec;
  checkMarket(spec, index, findings);
  return {
    ...(capacity === undefined ? {} : { priceClass: capacity }),
    ...(commitment === undefined ? {} : { commitment: { nodes: commitment.nodes, pricePerGpuHourUsd: commitment.pricePerGpuHour } }),
    ...(zone === undefined ? {} : { zone }),
    ...(priority === undefined ? {} : { priority }),
    ...(stockOuts === undefined ? {} : { stockOuts: stockOuts.map(({ from, to }) => ({ fromSeconds: from, toSeconds: to })) }),
    ...(requestFailure === undefined ? {} : { requestFailureProbability: requestFailure }),
    ...(maxProvision === undefined ? {} : { maxProvisionSeconds: maxProvision }),
    ...(backOff === undefined ? {} : { backOff: buildBackOff(backOff, karpenter !== undefined) }),
    ...(scaleDownUtilization === undefined ? {} : { scaleDownUtilization }),
    ...(karpenter === undefined ? {} : { karpenter: buildKarpenter(karpenter, ["nodePools", index, "karpenter"], clock, findings) }),
    ...(headroom === undefined
      ? {}
      : { headroom: { pods: headroom.pods, gpus: headroom.gpus ?? spec.gpusPerNode * (spec.timeSlicing?.replicas ?? 1) } }),
    ...(imageCached === true ? { isImageCached: true as const } : {}),
    ...(scheduled === undefined ? {} : { scheduled: buildSchedules(scheduled, ["nodePools", index, "scheduled"], clock, findings) }),
    ...(gpuLabel === false ? { hasGpuLabel: false as const } : {}),
  };
}

/** @see karpenter.sh/v1 NodePool: consolidateAfter 0s, expireAfter 720h */
function buildKarpenter(spec: KarpenterSpec, path: IssuePath, clock: ScheduleClock, findings: Findings): KarpenterConfig {
  return {
    batchIdleSeconds: spec.batchIdle ?? 1,
    batchMaxSeconds: spec.batchMax ?? 10,
    consolidationPolicy: spec.consolidationPolicy ?? "WhenEmptyOrUnderutilized",
    consolidateAfterSeconds: spec.consolidateAfter ?? 0,
    expireAfterSeconds: spec.expireAfter ?? 2_592_000,
    budgets: buildBudgets(spec.budgets, [...path, "budgets"], clock, findings),
    ...(spec.terminationGracePeriod === undefined ? {} : { terminationGraceSeconds: spec.terminationGracePeriod }),
    ...(spec.nodePool === undefined ? {} : { nodePool: spec.nodePool }),
  };
}

function buildBackOff(
  { initial, max, reset }: NonNullable<NodePoolSpec["backOff"]>,
  isKarpenters: boolean,
): NonNullable<NodePoolConfig["backOff"]> {
  const defaults = isKarpenters ? KARPENTER_BACK_OFF : BACK_OFF;
  return {
    initialSeconds: initial ?? defaults.initialSeconds,
    maxSeconds: max ?? defaults.maxSeconds,
    resetSeconds: reset ?? defaults.resetSeconds,
  };
}

function checkMarket({ name, max, commitment, stockOuts, backOff, karpenter }: NodePoolSpec, index: number, findings: Findings): void {
  const path = ["nodePools", index];
  if (commitment !== undefined && commitment.nodes > max)
    findings.error("commitment_above_max", [...path, "commitment", "nodes"], { name, nodes: commitment.nodes, maximum: max });
  stockOuts?.forEach(({ from, to }, position) => {
    if (to <= from)
      findings.error("window_ends_before_start", [...path, "stockOuts", position, "to"], { fromSeconds: from, toSeconds: to });
  });
  if (backOff === undefined) return;
  const { initialSeconds, maxSeconds } = buildBackOff(backOff, karpenter !== undefined);
  if (initialSeconds > maxSeconds) findings.error("min_above_max", [...path, "backOff"], { minimum: initialSeconds, maximum: maxSeconds });
}

/** Expanders and quotas; nothing for what the scenario does not say. */
export function buildAutoscaler(
  spec: AutoscalerSpec | undefined,
  pools: readonly NodePoolSpec[],
  findings: Findings,
): Pick<ClusterConfig, "expanders" | "quotas"> {
  const known = pools.map(({ name }) => name);
  spec?.quotas?.forEach((quota, index) => {
    quota.nodePools.forEach((name, position) => {
      if (!known.includes(name) && !isNodePool(name, pools))
        findings.error("unknown_node_pool", ["autoscaler", "quotas", index, "nodePools", position], { name, known });
    });
    checkQuota(quota, ["autoscaler", "quotas", index], pools, findings);
  });
  return {
    ...(spec?.expander === undefined ? {} : { expanders: spec.expander }),
    ...(spec?.quotas === undefined ? {} : { quotas: spec.quotas.map((quota) => buildQuota(quota, pools)) }),
  };
}

function checkQuota(quota: QuotaSpec, path: IssuePath, pools: readonly NodePoolSpec[], findings: Findings): void {
  const { gpus, nodes, cpu, memory } = quota;
  if ([gpus, nodes, cpu, memory].every((limit) => limit === undefined)) findings.error("quota_without_limit", path);
  for (const key of ["cpu", "memory"] as const) {
    const silent = pools.find(
      ({ name, karpenter, [key]: size }) =>
        size === undefined && (quota.nodePools.includes(name) || quota.nodePools.includes(karpenter?.nodePool ?? name)),
    );
    if (quota[key] !== undefined && silent !== undefined)
      findings.error("quota_of_unknown_size", [...path, key], { key, pool: silent.name });
  }
}

const isNodePool = (name: string, pools: readonly NodePoolSpec[]): boolean => pools.some(({ karpenter }) => karpenter?.nodePool === name);

/** Who names a NodePool means all its offerings. */
function buildQuota({ nodePools, gpus, nodes, cpu, memory }: QuotaSpec, pools: readonly NodePoolSpec[]): QuotaConfig {
  return {
    nodePools: pools
      .filter(({ name, karpenter }) => nodePools.includes(name) || nodePools.includes(karpenter?.nodePool ?? name))
      .map(({ name }) => name),
    ...(gpus === undefined ? {} : { gpus }),
    ...(nodes === undefined ? {} : { nodes }),
    ...(cpu === undefined ? {} : { cpuCores: cpu }),
    ...(memory === undefined ? {} : { memoryBytes: memory }),
  };
}

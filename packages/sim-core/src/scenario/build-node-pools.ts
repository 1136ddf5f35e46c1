import type { ClusterConfig, KarpenterConfig, NodePoolConfig } from "../cluster/config.ts";
import { BACK_OFF } from "../cluster/node-requests.ts";
import type { Findings } from "./build-issues.ts";
import { buildSchedules, type ScheduleClock } from "./build-schedules.ts";
import type { AutoscalerSpec, KarpenterSpec, NodePoolSpec } from "./spec.ts";

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
    ...(backOff === undefined ? {} : { backOff: buildBackOff(backOff) }),
    ...(scaleDownUtilization === undefined ? {} : { scaleDownUtilization }),
    ...(karpenter === undefined ? {} : { karpenter: buildKarpenter(karpenter) }),
    ...(headroom === undefined
      ? {}
      : { headroom: { pods: headroom.pods, gpus: headroom.gpus ?? spec.gpusPerNode * (spec.timeSlicing?.replicas ?? 1) } }),
    ...(imageCached === true ? { isImageCached: true as const } : {}),
    ...(scheduled === undefined ? {} : { scheduled: buildSchedules(scheduled, ["nodePools", index, "scheduled"], clock, findings) }),
    ...(gpuLabel === false ? { hasGpuLabel: false as const } : {}),
  };
}

/** @see karpenter.sh/v1 NodePool: consolidateAfter 0s, expireAfter 720h, a budget of 10 % */
function buildKarpenter(spec: KarpenterSpec): KarpenterConfig {
  return {
    batchIdleSeconds: spec.batchIdle ?? 1,
    batchMaxSeconds: spec.batchMax ?? 10,
    consolidationPolicy: spec.consolidationPolicy ?? "WhenEmptyOrUnderutilized",
    consolidateAfterSeconds: spec.consolidateAfter ?? 0,
    expireAfterSeconds: spec.expireAfter ?? 2_592_000,
    budgets: (spec.budgets ?? [{ nodes: "10%" }]).map(({ nodes, reasons }) => ({
      ...(String(nodes).endsWith("%") ? { share: Number(String(nodes).slice(0, -1)) / 100 } : { nodes: Number(nodes) }),
      ...(reasons === undefined ? {} : { reasons }),
    })),
  };
}

function buildBackOff({ initial, max, reset }: NonNullable<NodePoolSpec["backOff"]>): NonNullable<NodePoolConfig["backOff"]> {
  return {
    initialSeconds: initial ?? BACK_OFF.initialSeconds,
    maxSeconds: max ?? BACK_OFF.maxSeconds,
    resetSeconds: reset ?? BACK_OFF.resetSeconds,
  };
}

function checkMarket({ name, max, commitment, stockOuts, backOff }: NodePoolSpec, index: number, findings: Findings): void {
  const path = ["nodePools", index];
  if (commitment !== undefined && commitment.nodes > max)
    findings.error("commitment_above_max", [...path, "commitment", "nodes"], { name, nodes: commitment.nodes, maximum: max });
  stockOuts?.forEach(({ from, to }, position) => {
    if (to <= from)
      findings.error("window_ends_before_start", [...path, "stockOuts", position, "to"], { fromSeconds: from, toSeconds: to });
  });
  if (backOff === undefined) return;
  const { initialSeconds, maxSeconds } = buildBackOff(backOff);
  if (initialSeconds > maxSeconds) findings.error("min_above_max", [...path, "backOff"], { minimum: initialSeconds, maximum: maxSeconds });
}

/** Expanders and quotas; nothing for what the scenario does not say. */
export function buildAutoscaler(
  spec: AutoscalerSpec | undefined,
  pools: readonly NodePoolSpec[],
  findings: Findings,
): Pick<ClusterConfig, "expanders" | "quotas"> {
  const known = pools.map(({ name }) => name);
  spec?.quotas?.forEach(({ nodePools }, index) => {
    nodePools.forEach((name, position) => {
      if (!known.includes(name))
        findings.error("unknown_node_pool", ["autoscaler", "quotas", index, "nodePools", position], { name, known });
    });
  });
  return {
    ...(spec?.expander === undefined ? {} : { expanders: spec.expander }),
    ...(spec?.quotas === undefined ? {} : { quotas: spec.quotas }),
  };
}

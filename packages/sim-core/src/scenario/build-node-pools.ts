import type { ClusterConfig, NodePoolConfig } from "../cluster/config.ts";
import { BACK_OFF } from "../cluster/node-requests.ts";
import type { Findings } from "./build-issues.ts";
import type { AutoscalerSpec, NodePoolSpec } from "./spec.ts";

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
>;

/** What a pool says of how its nodes are sold; nothing for what it does not say. */
export function buildMarket(spec: NodePoolSpec, index: number, findings: Findings): MarketConfig {
  const { capacity, commitment, zone, priority, stockOuts, requestFailure, maxProvision, backOff, gpuLabel } = spec;
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
    ...(gpuLabel === false ? { hasGpuLabel: false as const } : {}),
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

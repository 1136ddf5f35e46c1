import type { Issue } from "../errors.ts";
import type { AttentionTimes, GpuSheet, LatencyConfig, ModelShape, TimeCurve } from "../serving/config.ts";
import { genericLatency } from "../serving/generic-latency.ts";
import type { UserLatency } from "../serving/latency/contract.ts";
import type { TableSpec } from "./spec.ts";

/** Profiled kernels as their files hold them. */
export interface KernelTables {
  readonly attention: AttentionTimes;
  readonly perLayer: TimeCurve;
  readonly perStep: TimeCurve;
  readonly perSequence: TimeCurve;
}

/** Tables that a deployment names, or what is wrong with them. */
export type KernelTablesResult =
  | { readonly ok: true; readonly tables: KernelTables }
  | { readonly ok: false; readonly issues: readonly Issue[] };

/** Where latency models come from that a scenario does not hold itself. */
export interface LatencySources {
  /** Profiled kernels that the deployment of this index names; without it such deployments are refused. */
  readonly kernelTables?: (index: number) => KernelTablesResult;
  /** Latency models in code, by deployment; they replace what the scenario says. */
  readonly latencyModels?: Readonly<Record<string, UserLatency>>;
}

/** Completes a kernel-profile table with what no kernel shows. */
export function buildKernelTable(
  spec: TableSpec,
  tables: KernelTables,
  model: ModelShape,
  gpu: GpuSheet,
  gpusPerReplica: number,
): LatencyConfig {
  const estimate = genericLatency(model, gpu, gpusPerReplica);
  return {
    kind: "table",
    layers: spec.layers ?? model.layers,
    stepOverheadSeconds: spec.stepOverheadSeconds ?? estimate.stepOverheadSeconds,
    requestOverheadSeconds: spec.requestOverheadSeconds ?? estimate.requestOverheadSeconds,
    perTokenSeconds: spec.perTokenSeconds ?? estimate.perPromptTokenSeconds ?? 0,
    ...tables,
  };
}

import type { BatchingConfig, EngineConfig, GpuSheet, LatencyConfig, ModelShape } from "../serving/config.ts";
import { formatBytes } from "../units/bytes.ts";
import type { Findings } from "./build-issues.ts";
import { DEFAULTS } from "./defaults.ts";
import type { DeploymentSpec, DynamicBatchingSpec, EngineSpec } from "./spec.ts";

/** The discipline of an engine; undefined: continuous. A missing section is reported by {@link checkBatching}. */
export function buildBatching({ batching, static: fixed, dynamic }: EngineSpec): BatchingConfig | undefined {
  if (batching === "single") return { kind: "static", size: 1, maxWaitSeconds: 0, isStreamed: true };
  const kind = batching === "auto" ? (dynamic === undefined ? "static" : "dynamic") : batching;
  if (kind === "static" && fixed !== undefined)
    return { kind, size: fixed.size, maxWaitSeconds: fixed.maxWait ?? 0, isStreamed: fixed.streaming ?? true };
  return kind === "dynamic" && dynamic !== undefined ? buildDynamic(dynamic) : undefined;
}

function buildDynamic(spec: DynamicBatchingSpec): BatchingConfig {
  const preferred = spec.preferredSizes ?? [spec.maxBatchSize];
  return {
    kind: "dynamic",
    maxBatchSize: spec.maxBatchSize,
    preferredSizes: preferred.filter((size) => size <= spec.maxBatchSize).sort((a, b) => a - b),
    maxQueueDelaySeconds: spec.maxQueueDelay ?? 0,
    instances: spec.instances ?? 1,
    maxQueueSize: spec.maxQueueSize ?? Number.POSITIVE_INFINITY,
    queueTimeoutSeconds: spec.queueTimeout ?? Number.POSITIVE_INFINITY,
    timeoutAction: spec.timeoutAction ?? "reject",
  };
}

/** Most requests in one batch. */
export function batchLimitOf(batching: BatchingConfig): number {
  return batching.kind === "static" ? batching.size : batching.maxBatchSize;
}

export interface BatchingCheck {
  readonly spec: DeploymentSpec;
  readonly engine: EngineConfig;
  readonly hardware: {
    readonly model: ModelShape;
    readonly gpu: GpuSheet;
    readonly gpusPerReplica: number;
    readonly latency: LatencyConfig;
  };
  readonly index: number;
}

/** Reports what does not go together in the choice of a discipline, and says what the discipline assumes. */
export function checkBatching(check: BatchingCheck, findings: Findings): void {
  const { spec, engine, hardware, index } = check;
  const path = ["deployments", index, "engine"];
  checkSections(spec.engine ?? {}, engine.batching, path, findings);
  const { batching } = engine;
  const { latency } = hardware;
  const limit = batching === undefined ? engine.maxSequences : batchLimitOf(batching);
  const last = latency.kind === "curve" ? (latency.points.at(-1)?.[0] ?? 0) : limit;
  if (limit > last) findings.error("batch_beyond_curve", ["deployments", index, "model", "latency", "points"], { limit, last });
  if (batching?.kind === "dynamic") checkDynamic(check, batching, findings);
  else checkShape(check, findings);
  if (batching?.kind === "static" && batching.size > 1)
    findings.assume(
      `${spec.name}: batches are padded to their longest prompt and answer and run to their end; the length of every answer is known when its KV blocks are reserved.`,
    );
}

function checkSections(
  written: EngineSpec,
  batching: BatchingConfig | undefined,
  path: readonly (string | number)[],
  findings: Findings,
): void {
  const name = written.batching ?? "continuous";
  if ((name === "static" || name === "dynamic") && written[name] === undefined)
    findings.error("batching_without_section", [...path, "batching"], { batching: name });
  const isSingle = name === "single";
  const unused: (keyof EngineSpec)[] = [];
  if (written.static !== undefined && (isSingle || batching?.kind !== "static")) unused.push("static");
  if (written.dynamic !== undefined && batching?.kind !== "dynamic") unused.push("dynamic");
  if (batching !== undefined) unused.push("maxSequences", "maxBatchedTokens", "longPrefillTokenThreshold", "speculative");
  if (batching !== undefined && written.scheduling === "priority") unused.push("scheduling");
  if (batching !== undefined && written.prefixCaching === true) unused.push("prefixCaching");
  if (batching?.kind === "dynamic") unused.push("kvBlocks", "blockTokens");
  for (const key of unused) {
    if (written[key] !== undefined) findings.error("unused_with_batching", [...path, key], { key, batching: batching?.kind ?? name });
  }
}

function checkDynamic({ spec, hardware, index }: BatchingCheck, batching: BatchingConfig & { kind: "dynamic" }, findings: Findings): void {
  const { model, gpu, gpusPerReplica, latency } = hardware;
  const section = ["deployments", index, "engine", "dynamic"];
  if (latency.kind !== "curve") findings.error("dynamic_needs_curve", ["deployments", index, "model"], { latency: latency.kind });
  spec.engine?.dynamic?.preferredSizes?.forEach((size, i) => {
    if (size > batching.maxBatchSize)
      findings.error("preferred_size_above_max", [...section, "preferredSizes", i], { size, maxBatchSize: batching.maxBatchSize });
  });
  const usableBytes = gpusPerReplica * gpu.memoryBytes * (spec.engine?.gpuMemoryUtilization ?? DEFAULTS.engine.gpuMemoryUtilization);
  const { instances } = batching;
  if (instances * model.weightBytes > usableBytes) {
    const fitting = Math.floor(usableBytes / model.weightBytes);
    findings.error("instances_do_not_fit", [...section, "instances"], {
      instances,
      weights: formatBytes(model.weightBytes),
      usable: formatBytes(usableBytes),
      fitting,
    });
  }
  findings.assume(
    `${spec.name}: a request is one inference, answered whole when its batch ends; batches of different instances do not slow each other down.`,
  );
}

/** Figures that generation needs, of a shape written out. */
function checkShape({ spec, index }: BatchingCheck, findings: Findings): void {
  if (typeof spec.model === "string" || typeof spec.model.shape === "string") return;
  const { shape } = spec.model;
  const missing = (["layers", "hiddenSize", "attentionHeads", "kvHeads"] as const).filter((key) => shape[key] === undefined);
  if (missing.length > 0) findings.error("shape_incomplete", ["deployments", index, "model", "shape"], { missing });
}

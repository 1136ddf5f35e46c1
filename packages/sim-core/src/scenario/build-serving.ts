import { createSampler } from "../random/distributions.ts";
import type {
  EngineConfig,
  GpuSheet,
  LatencyConfig,
  ModelShape,
  ServingConfig,
  SpeculativeConfig,
  TokenLatencyConfig,
} from "../serving/config.ts";
import { type DefaultLimits, defaultLimits } from "../serving/default-limits.ts";
import { genericLatency } from "../serving/generic-latency.ts";
import { GPU_SHEETS } from "../serving/gpu-sheets.ts";
import { MODEL_SHAPES } from "../serving/model-shapes.ts";
import { findPreset, type ServingPreset } from "../serving/presets.ts";
import { batchLimitOf, buildBatching, checkBatching } from "./build-batching.ts";
import { buildGateway } from "./build-gateway.ts";
import type { Findings } from "./build-issues.ts";
import { buildKernelTable, type LatencySources } from "./build-kernel-table.ts";
import { checkMemory } from "./check-memory.ts";
import { DEFAULTS } from "./defaults.ts";
import type { DeploymentSpec, EngineSpec, GpuSpec, ModelSpec, ShapeSpec, SpeculativeSpec } from "./spec.ts";

/** What a deployment serves, and the name by which node pools know its GPU. */
export interface BuiltServing {
  readonly serving: ServingConfig;
  readonly gpuKey: string;
  /** Share of each GPU's memory that a replica takes, 0…1. */
  readonly gpuMemoryUtilization: number;
}

/** What of the whole scenario the serving of one deployment depends on. */
export interface ServingSources extends LatencySources {
  /** Names of the deployments that compute prompts for others. */
  readonly prefillPools: ReadonlySet<string>;
}

export interface Hardware {
  readonly model: ModelShape;
  readonly gpu: GpuSheet;
  readonly gpuKey: string;
  readonly gpusPerReplica: number;
  readonly latency: LatencyConfig;
  readonly preset?: ServingPreset;
}

/** Completes what a deployment serves, and checks that it fits its GPUs. @param index of the deployment in the scenario */
export function buildServing(spec: DeploymentSpec, index: number, findings: Findings, sources: ServingSources): BuiltServing {
  const hardware =
    typeof spec.model === "string"
      ? fromPreset(spec, spec.model, index, findings)
      : fromFigures(spec, spec.model, index, findings, sources);
  const { gpu, gpusPerReplica } = hardware;
  const servedName = spec.engine?.servedModelName;
  const model = servedName === undefined ? hardware.model : { ...hardware.model, name: servedName };
  const latency = fromCode(spec, findings, sources) ?? hardware.latency;
  const engine = buildEngine(spec, hardware, index, findings);
  checkBatching({ spec, engine, hardware: { ...hardware, latency }, index }, findings);
  assumeEngine(spec, engine, limitsBasis(spec, hardware), findings);
  if (!sources.prefillPools.has(spec.name)) assumeClients(spec, findings);
  assumeGateway(spec, findings);
  const gpuMemoryUtilization = utilizationOf(spec.engine, hardware);
  return {
    gpuKey: hardware.gpuKey,
    gpuMemoryUtilization,
    serving: { model, gpu, gpusPerReplica, latency, engine, ...buildEdges(spec, index, findings) },
  };
}

function fromPreset(spec: DeploymentSpec, id: string, index: number, findings: Findings): Hardware {
  const preset = findPreset(id) as ServingPreset; // the schema admits no other id
  const latency = preset.latencies.find(({ kind }) => spec.latency === undefined || kind === spec.latency);
  if (latency === undefined) {
    findings.error("latency_not_fitted", ["deployments", index, "latency"], {
      preset: id,
      known: preset.latencies.map(({ kind }) => kind),
    });
  }
  const used = latency ?? (preset.latencies[0] as TokenLatencyConfig);
  const errors = Object.entries(preset.fitErrorPercent[used.kind] ?? {}).map(([what, percent]) => `${what} ${percent} %`);
  findings.assume(
    `${spec.name}: step times are the ${used.kind} fit of ${id} (${errors.join(", ")}; ${preset.fitBasis}; confidence: ${preset.confidence}).`,
  );
  return { ...preset, latency: used, preset };
}

function fromCode({ name }: DeploymentSpec, findings: Findings, { latencyModels = {} }: LatencySources): LatencyConfig | undefined {
  const latency = Object.hasOwn(latencyModels, name) ? latencyModels[name] : undefined;
  if (latency === undefined) return undefined;
  findings.assume(`${name}: step times come from ${latency.name}, a function of the caller's.`);
  return { kind: "function", latency: { ...latency } };
}

function fromFigures(spec: DeploymentSpec, figures: ModelSpec, index: number, findings: Findings, sources: LatencySources): Hardware {
  const model = typeof figures.shape === "string" ? (MODEL_SHAPES[figures.shape] as ModelShape) : buildShape(figures.shape);
  const gpu = typeof figures.gpu === "string" ? (GPU_SHEETS[figures.gpu] as GpuSheet) : buildGpu(figures.gpu);
  const gpuKey = typeof figures.gpu === "string" ? figures.gpu : figures.gpu.name;
  const gpusPerReplica = figures.gpusPerReplica ?? 1;
  if (spec.latency !== undefined) findings.error("latency_needs_preset", ["deployments", index, "latency"]);
  if (figures.latency !== undefined && figures.latency !== "generic") {
    if (figures.latency.kind === "table") {
      const found = sources.kernelTables?.(index) ?? { ok: false, issues: [{ code: "kernel_tables_not_given", path: [] }] };
      if (!found.ok) findings.add(found.issues, ["deployments", index, "model", "latency"]);
      const latency = found.ok
        ? buildKernelTable(figures.latency, found.tables, model, gpu, gpusPerReplica)
        : genericLatency(model, gpu, gpusPerReplica);
      return { model, gpu, gpuKey, gpusPerReplica, latency };
    }
    const experts = model.experts === undefined ? {} : { experts: model.experts };
    const latency = figures.latency.kind === "roofline" ? { ...figures.latency, ...experts } : figures.latency;
    return { model, gpu, gpuKey, gpusPerReplica, latency };
  }
  findings.assume(
    `${spec.name}: step times are estimated from the shape of ${model.name} and the sheet of ${gpu.name}, not measured; on models never fitted mean E2E was off by 3 % (median), mean TTFT by 11 %; under full load TPOT was 15 % low on 4 GPUs, 22 % on 8.`,
  );
  return { model, gpu, gpuKey, gpusPerReplica, latency: genericLatency(model, gpu, gpusPerReplica) };
}

function buildShape(spec: ShapeSpec): ModelShape {
  const { layers = 0, hiddenSize = 0, attentionHeads = 1, kvHeads = 0 } = spec; // absent where nothing is generated
  const headDimension = spec.headDimension ?? hiddenSize / attentionHeads;
  return {
    name: spec.name,
    parameters: spec.parameters,
    activeParameters: spec.activeParameters ?? spec.parameters,
    layers,
    hiddenSize,
    attentionHeads,
    kvHeads,
    headDimension,
    weightBytes: spec.parameters * (spec.bytesPerParameter ?? 2),
    // One key and one value per layer and KV head.
    kvBytesPerToken: 2 * layers * kvHeads * headDimension * (spec.kvBytesPerValue ?? 2),
    ...(spec.experts === undefined ? {} : { experts: spec.experts }),
  };
}

function buildGpu(spec: GpuSpec): GpuSheet {
  return {
    name: spec.name,
    memoryBytes: spec.memory,
    bandwidthBytesPerSecond: spec.bandwidth,
    fp16Flops: spec.teraflops * 1e12,
    linkBytesPerSecond: spec.linkBandwidth ?? DEFAULTS.linkBandwidth,
  };
}

function buildEngine(spec: DeploymentSpec, hardware: Hardware, index: number, findings: Findings): EngineConfig {
  const written = spec.engine ?? {};
  const fromServer = serverLimits(spec, hardware, index, findings);
  const base = { ...DEFAULTS.engine, ...hardware.preset?.engine, ...fromServer };
  const batching = buildBatching(written);
  const maxSequences = batching === undefined ? (written.maxSequences ?? base.maxSequences) : batchLimitOf(batching);
  const limits = {
    maxBatchedTokens: written.maxBatchedTokens ?? Math.max(base.maxBatchedTokens, batching === undefined ? 0 : maxSequences),
    maxSequences,
    blockTokens: written.blockTokens ?? base.blockTokens,
    maxModelTokens: written.maxModelTokens ?? base.maxModelTokens,
  };
  if (limits.maxBatchedTokens < limits.maxSequences) {
    const path = ["deployments", index, "engine", written.maxBatchedTokens === undefined ? "maxSequences" : "maxBatchedTokens"];
    findings.error("batch_below_sequences", path, { maxBatchedTokens: limits.maxBatchedTokens, maxSequences: limits.maxSequences });
  }
  const utilization = utilizationOf(written, hardware);
  // Blocks read from a server hold only for the memory settings they were read with.
  const measured =
    fromServer === undefined &&
    written.gpuMemoryUtilization === undefined &&
    written.maxBatchedTokens === undefined &&
    written.blockTokens === undefined;
  const given = written.kvBlocks ?? (measured ? hardware.preset?.engine.kvBlocks : undefined);
  const kvBlocks =
    batching?.kind === "dynamic"
      ? Math.ceil(limits.maxModelTokens / limits.blockTokens) // nothing is cached: room for the longest request admits all
      : checkMemory({ ...hardware, ...limits, utilization, given, deployment: spec.name, index }, findings);
  const warmUp = { factor: written.warmUp?.factor ?? base.warmUpFactor, requests: written.warmUp?.requests ?? base.warmUpRequests };
  const auto = written.batching === "auto" ? ({ isBatchLimitAuto: true } as const) : {};
  return {
    ...limits,
    kvBlocks,
    ...(batching === undefined ? {} : { batching }),
    ...auto,
    warmUp,
    prefixCaching: written.prefixCaching ?? DEFAULTS.engine.prefixCaching,
    ...buildScheduling(written, index, findings),
  };
}

/** Share of each GPU's memory: as written, else the server's default, else the measured server's. */
function utilizationOf(written: EngineSpec | undefined, { gpu, preset }: Hardware): number {
  const server = written?.version === undefined && preset !== undefined ? undefined : defaultLimits(gpu, written?.version);
  const known = server ?? preset?.engine ?? DEFAULTS.engine;
  return written?.gpuMemoryUtilization ?? known.gpuMemoryUtilization;
}

/** What the engine does beyond its limits; absent where the server's default is to do nothing. */
function buildScheduling(written: EngineSpec, index: number, findings: Findings): Partial<EngineConfig> {
  const { maxOutputTokens, longPrefillTokenThreshold, scheduling, speculative } = written;
  return {
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    ...(longPrefillTokenThreshold === undefined ? {} : { longPrefillTokenThreshold }),
    ...(scheduling === undefined ? {} : { scheduling }),
    ...(speculative === undefined ? {} : { speculative: buildSpeculative(speculative, index, findings) }),
  };
}

function buildSpeculative(
  { draftTokens, tokensPerStep, draftOverhead }: SpeculativeSpec,
  index: number,
  findings: Findings,
): SpeculativeConfig {
  const mean = createSampler(tokensPerStep).mean;
  if (mean > draftTokens + 1) {
    const path = ["deployments", index, "engine", "speculative", "tokensPerStep"];
    findings.error("tokens_per_step_above_drafts", path, { mean, maximum: draftTokens + 1, draftTokens });
  }
  return { draftTokens, tokensPerStep, draftOverheadSeconds: draftOverhead ?? 0 };
}

/** vLLM's defaults, where its version is given or no measured server stands for what is left out. */
function serverLimits({ engine }: DeploymentSpec, { gpu, preset }: Hardware, index: number, findings: Findings): DefaultLimits | undefined {
  if (engine?.version === undefined && preset !== undefined) return undefined;
  const limits = defaultLimits(gpu, engine?.version);
  if (limits === undefined)
    findings.error("unknown_engine_version", ["deployments", index, "engine", "version"], { actual: engine?.version ?? "" });
  return limits;
}

/** Where limits that the scenario leaves out come from. */
function limitsBasis({ engine }: DeploymentSpec, { gpu, preset }: Hardware): string {
  if (preset === undefined || engine?.version !== undefined)
    return `vLLM's defaults on ${gpu.name}${engine?.version === undefined ? "" : `, version ${engine.version}`}`;
  return preset.limits === "measured" ? "as the measured server had them" : "not recorded with the measurements, so assumed";
}

/** What the scenario left out and what moves results all the same: a reader must be able to object. */
function assumeEngine({ name, engine: written = {} }: DeploymentSpec, engine: EngineConfig, basis: string, findings: Findings): void {
  const { factor, requests } = engine.warmUp;
  if (written.warmUp?.factor === undefined && written.warmUp?.requests === undefined) {
    findings.assume(
      `${name}: the first requests of a replica that started during the run are slow, by a factor that falls from ${factor} to 1 over ${requests} requests; engine.warmUp.factor 1 turns it off.`,
    );
  }
  const limits = `${engine.maxSequences} sequences and ${engine.maxBatchedTokens} tokens a step`;
  const isContinuous = engine.batching === undefined;
  if (isContinuous && (written.maxSequences === undefined || written.maxBatchedTokens === undefined))
    findings.assume(`${name}: the engine takes ${limits} (${basis}).`);
}

/** The clients of a pair of pools are the decode side's. */
function assumeClients({ name, client }: DeploymentSpec, findings: Findings): void {
  if (client?.timeout !== undefined && client.retries !== undefined) return;
  const { timeout, retries } = DEFAULTS.client;
  findings.assume(
    `${name}: clients give up on an attempt after ${client?.timeout ?? timeout} s and try again ${client?.retries ?? retries} times.`,
  );
}

function assumeGateway({ name, gateway }: DeploymentSpec, findings: Findings): void {
  if (gateway?.flowControl === undefined && (gateway?.maxQueued === undefined || gateway.queueTimeout === undefined)) {
    const { maxQueued, queueTimeout } = DEFAULTS.gateway;
    findings.assume(
      `${name}: the gateway queues ${gateway?.maxQueued ?? maxQueued} attempts, each for at most ${gateway?.queueTimeout ?? queueTimeout} s.`,
    );
  }
}

function buildEdges(spec: DeploymentSpec, index: number, findings: Findings): Pick<ServingConfig, "gateway" | "client"> {
  const { client } = DEFAULTS;
  const budget = spec.client?.retryBudget;
  return {
    gateway: buildGateway(spec, index, findings),
    client: {
      timeoutSeconds: spec.client?.timeout ?? client.timeout,
      patienceSeconds: spec.client?.patience ?? client.patience,
      maxRetries: spec.client?.retries ?? client.retries,
      backoffBaseSeconds: spec.client?.backoff?.base ?? client.backoffBase,
      backoffMaxSeconds: spec.client?.backoff?.max ?? client.backoffMax,
      ...(budget === undefined
        ? {}
        : {
            retryBudget: {
              share: budget.share,
              windowSeconds: budget.window ?? client.budgetWindow,
              floorPerSecond: budget.floor ?? client.budgetFloor,
            },
          }),
    },
  };
}

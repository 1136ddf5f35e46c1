import {
  DEFAULTS,
  type DefaultLimits,
  defaultLimits,
  findPreset,
  GPU_SHEETS,
  type GpuSheet,
  InputError,
  type Issue,
  MODEL_SHAPES,
  type ModelShape,
  memoryBudget,
  PRESET_IDS,
  type ServingPreset,
} from "@replicast/sim-core";
import { nearestNames } from "@replicast/sim-core/score";
import type { CalibrationSetup } from "./calibrate.ts";

/** The server that was measured, as its operator names it. */
export interface ServerDescription {
  /** A preset, or a known shape. */
  readonly model: string;
  /** Key of `GPU_SHEETS`; a preset has its own. */
  readonly gpu?: string;
  /** GPUs of the server; a preset's, else 1. */
  readonly gpusPerReplica?: number;
  /** Version of vLLM whose defaults hold for what is not given; without it a preset's limits, else those of the newest. */
  readonly version?: string;
  readonly limits?: Partial<DefaultLimits> & { readonly kvBlocks?: number; readonly blockTokens?: number };
}

/** What a measurement says about the longest request is that the server took it. */
const NO_LIMIT_TOKENS = Number.MAX_SAFE_INTEGER;

/**
 * Model, GPU and limits of a measured server. KV blocks that are not given are estimated from the memory.
 *
 * @throws InputError `unknown_server_model`, `unknown_server_gpu`, `unknown_engine_version`, `server_does_not_fit`
 */
export function describeServer(description: ServerDescription): Pick<CalibrationSetup, "model" | "gpu" | "gpusPerReplica" | "engine"> {
  const preset = findPreset(description.model);
  const model = preset?.model ?? MODEL_SHAPES[description.model];
  const gpu = description.gpu === undefined ? preset?.gpu : GPU_SHEETS[description.gpu];
  const issues: Issue[] = [];
  if (model === undefined) issues.push(unknown("unknown_server_model", description.model, [...PRESET_IDS, ...Object.keys(MODEL_SHAPES)]));
  else if (gpu === undefined) issues.push(unknown("unknown_server_gpu", description.gpu ?? "", Object.keys(GPU_SHEETS)));
  const limits = gpu === undefined ? undefined : limitsOf(description, gpu, preset);
  if (gpu !== undefined && limits === undefined)
    issues.push({ code: "unknown_engine_version", path: [], data: { actual: description.version ?? "" } });
  if (model === undefined || gpu === undefined || limits === undefined) throw new InputError(issues);
  const gpusPerReplica = description.gpusPerReplica ?? preset?.gpusPerReplica ?? 1;
  return { model, gpu, gpusPerReplica, engine: engineOf({ description, model, gpu, gpusPerReplica, limits, preset }) };
}

/** The preset's limits hold for the server that was measured: the same GPU, and no version that says otherwise. */
function limitsOf({ version, gpu: named }: ServerDescription, gpu: GpuSheet, preset: ServingPreset | undefined): DefaultLimits | undefined {
  return preset === undefined || version !== undefined || named !== undefined ? defaultLimits(gpu, version) : preset.engine;
}

interface Server {
  readonly description: ServerDescription;
  readonly model: ModelShape;
  readonly gpu: GpuSheet;
  readonly gpusPerReplica: number;
  readonly limits: DefaultLimits;
  readonly preset: ServingPreset | undefined;
}

function engineOf({ description, model, gpu, gpusPerReplica, limits, preset }: Server): CalibrationSetup["engine"] {
  const given = description.limits ?? {};
  const blockTokens = given.blockTokens ?? DEFAULTS.engine.blockTokens;
  const maxBatchedTokens = given.maxBatchedTokens ?? limits.maxBatchedTokens;
  const utilization = given.gpuMemoryUtilization ?? limits.gpuMemoryUtilization;
  // Blocks read from a server hold for the memory settings they were read with.
  const isPresetMemory = limits === preset?.engine && given.gpuMemoryUtilization === undefined && given.blockTokens === undefined;
  const measured = isPresetMemory && given.maxBatchedTokens === undefined ? preset?.engine.kvBlocks : undefined;
  const kvBlocks =
    given.kvBlocks ?? measured ?? memoryBudget({ model, gpu, gpusPerReplica, utilization, maxBatchedTokens, blockTokens }).kvBlocks;
  if (kvBlocks < 1)
    throw new InputError([{ code: "server_does_not_fit", path: [], data: { model: model.name, gpu: gpu.name, gpusPerReplica } }]);
  return {
    maxBatchedTokens,
    maxSequences: given.maxSequences ?? limits.maxSequences,
    kvBlocks,
    blockTokens,
    maxModelTokens: NO_LIMIT_TOKENS,
    warmUp: { factor: 1, requests: 1 },
  };
}

function unknown(code: string, actual: string, known: readonly string[]): Issue {
  return { code, path: [], data: { actual, known, nearest: nearestNames(actual, known) } };
}

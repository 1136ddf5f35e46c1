import { builtinPolicies } from "@replicast/policies";
import { findPreset, GPU_SHEETS, InputError, type Issue, MODEL_SHAPES, type PlanDeployment, PRESET_IDS } from "@replicast/sim-core";
import { nearestNames } from "@replicast/sim-core/score";
import { memoryFiles } from "../files.ts";
import { load } from "../load.ts";
import type { Server } from "./serve-run.ts";

/** The server that was measured, as its operator names it. */
export interface ServerDescription {
  /** A preset, or a known shape. */
  readonly model: string;
  /** Key of `GPU_SHEETS`; a preset has its own. */
  readonly gpu?: string;
  /** GPUs of the server; a preset's, else 1. */
  readonly gpusPerReplica?: number;
  /** Limits as the server had them; with `version`, vLLM's defaults of that version for what is not given, else the preset's or the newest's. */
  readonly engine?: {
    readonly version?: string;
    readonly maxSequences?: number;
    readonly maxBatchedTokens?: number;
    readonly kvBlocks?: number;
    readonly blockTokens?: number;
    readonly gpuMemoryUtilization?: number;
  };
}

const FILE = "server.json";
/**
 * A server to calibrate, without a scenario. KV blocks that are not given are estimated from the memory.
 *
 * @throws InputError `unknown_server_model`, `unknown_server_gpu`, and what a scenario with such a deployment would be refused for
 */
export async function describeServer(description: ServerDescription): Promise<Server> {
  const files = memoryFiles({ [FILE]: JSON.stringify(scenarioOf(description)) });
  const { plan } = await load(FILE, { files, policies: builtinPolicies });
  const [deployment] = plan.deployments as readonly [PlanDeployment]; // the scenario has one
  const { serving } = deployment;
  // What a measurement says about the longest request is that the server took it: whatever the cache holds is no longer than the model allows.
  const engine = { ...serving.engine, maxModelTokens: serving.engine.kvBlocks * serving.engine.blockTokens };
  return { plan, deployment: { ...deployment, serving: { ...serving, engine } } };
}

function scenarioOf(description: ServerDescription): object {
  const { gpuKey, gpusPerReplica, model } = modelOf(description);
  return {
    replicast: 1,
    name: "calibrated-server",
    duration: "1h",
    traffic: [{ arrivals: { kind: "poisson", rate: "1/s" }, lengths: { prompt: 1, output: 1 } }],
    deployments: [{ name: "server", replicas: 1, ...model, engine: { ...description.engine, maxModelTokens: 1 } }],
    nodePools: [{ name: "pool", gpu: gpuKey, gpusPerNode: gpusPerReplica, pricePerGpuHour: 1, max: 1 }],
    policies: [{ name: "one", kind: "fixed", replicas: 1 }],
    slo: { ttft: "p(95)<10s" },
  };
}

interface DescribedModel {
  readonly gpuKey: string;
  readonly gpusPerReplica: number;
  /** Fields of the deployment. */
  readonly model: object;
}

/** A preset stands for its server only: another GPU, or another number of them, is estimated from the preset's shape. */
function modelOf({ model: name, gpu, gpusPerReplica }: ServerDescription): DescribedModel {
  const preset = findPreset(name);
  const isPreset =
    preset !== undefined && (gpu ?? preset.gpuKey) === preset.gpuKey && (gpusPerReplica ?? preset.gpusPerReplica) === preset.gpusPerReplica;
  if (isPreset) return { gpuKey: preset.gpuKey, gpusPerReplica: preset.gpusPerReplica, model: { model: name } };
  const shape = preset === undefined ? name : shapeKeyOf(preset.model.name);
  const issues: Issue[] = [];
  if (MODEL_SHAPES[shape] === undefined) issues.push(unknown("unknown_server_model", name, [...PRESET_IDS, ...Object.keys(MODEL_SHAPES)]));
  const gpuKey = gpu ?? preset?.gpuKey ?? "";
  if (GPU_SHEETS[gpuKey] === undefined) issues.push(unknown("unknown_server_gpu", gpuKey, Object.keys(GPU_SHEETS)));
  if (issues.length > 0) throw new InputError(issues);
  const gpus = gpusPerReplica ?? preset?.gpusPerReplica ?? 1;
  return { gpuKey, gpusPerReplica: gpus, model: { model: { shape, gpu: gpuKey, gpusPerReplica: gpus, latency: "generic" } } };
}

function shapeKeyOf(modelName: string): string {
  return Object.keys(MODEL_SHAPES).find((key) => MODEL_SHAPES[key]?.name === modelName) ?? modelName;
}

function unknown(code: string, actual: string, known: readonly string[]): Issue {
  return { code, path: [], data: { actual, known, nearest: nearestNames(actual, known) } };
}

import type { IssuePath } from "../../errors.ts";
import { MODEL_SHAPES } from "../../serving/model-shapes.ts";
import { findPreset, PRESET_IDS, type ServingPreset } from "../../serving/presets.ts";
import { gpuOfLabel, isPlainLabel, nodeLabels, unreadAffinity } from "./gpu-labels.ts";
import { ownBytesPerParameter, quantizationOf, shapeOfModel, writtenShape } from "./model-name.ts";
import { isRecord, type Node } from "./node.ts";
import { GPU_PATH, type PodTemplate, type ServerContainer } from "./pod.ts";
import type { Stated } from "./stated.ts";
import type { ServedModel } from "./vllm.ts";

/** What the scenario says itself, unread: a manifest must not be judged for what it need not know. */
export interface Written {
  /** The deployment's `model`. */
  readonly model: unknown;
  /** Node pools: name and GPU. */
  readonly pools: readonly { readonly name: string; readonly gpu: string }[];
}

export interface Workload {
  readonly pod: PodTemplate;
  readonly container: ServerContainer;
  /** GPUs that all pods of a replica hold; undefined when none is asked for. */
  readonly gpus: number | undefined;
}

/** Reads model, GPU and number of GPUs, as far as the scenario leaves them open. */
export function readModel(workload: Workload, served: ServedModel | undefined, written: Written, stated: Stated): void {
  const gpus = readGpus(workload, served, stated);
  readNodes(workload.pod, written, stated);
  const { model } = written;
  if (typeof model === "string") {
    const preset = findPreset(model);
    if (preset !== undefined && gpus !== undefined && preset.gpusPerReplica !== gpus) {
      const data = { what: "GPUs of a replica", manifest: gpus, scenario: preset.gpusPerReplica, key: "model" };
      stated.warn("manifest_differs", [...workload.container.path, ...GPU_PATH], data);
    }
    return;
  }
  if (gpus !== undefined) stated.set(["model", "gpusPerReplica"], gpus, [...workload.container.path, ...GPU_PATH]);
  if (!isRecord(model) || model["shape"] === undefined) readShape(workload, served, stated);
}

function readGpus(workload: Workload, served: ServedModel | undefined, stated: Stated): number | undefined {
  const { container, gpus: held } = workload;
  for (const part of ["limits", "requests"])
    stated.number(container.value, ["resources", part, GPU_PATH[2] as string], container.path, "a number of GPUs");
  const path = [...container.path, ...GPU_PATH];
  const used = served === undefined ? undefined : served.tensorParallel * served.pipelineParallel * served.dataParallel;
  if (held === undefined || served === undefined || used === undefined) return held ?? used;
  const data = { held, used, flags: parallelText(served) };
  if (held < used) stated.error("manifest_gpus_short", path, data);
  if (held > used) stated.warn("manifest_gpus_idle", path, data);
  if (served.pipelineParallel > 1) {
    stated.notModelled(
      "--pipeline-parallel-size",
      container.path,
      "all GPUs of a replica compute every layer; calibrate, and give model.latency",
    );
  }
  if (served.dataParallel > 1) {
    stated.notModelled("--data-parallel-size", container.path, "all GPUs of a replica serve one batch; calibrate, and give model.latency");
  }
  return held;
}

function parallelText({ tensorParallel, pipelineParallel, dataParallel }: ServedModel): string {
  const parts = [
    `tensor parallel ${tensorParallel}`,
    ...(pipelineParallel === 1 ? [] : [`pipeline parallel ${pipelineParallel}`]),
    ...(dataParallel === 1 ? [] : [`data parallel ${dataParallel}`]),
  ];
  return parts.join(" × ");
}

const NAME_THE_POOLS = "name the pools it chooses as the deployment's nodePools";

/** Node selectors become node pools by name, or the GPU by what they say of it. */
function readNodes({ spec, path: specPath }: PodTemplate, { model, pools }: Written, stated: Stated): void {
  let gpu: string | undefined;
  for (const path of unreadAffinity(spec)) stated.notModelled("this node affinity", [...specPath, ...path], NAME_THE_POOLS);
  for (const label of nodeLabels(spec, specPath)) {
    const named = pools.filter(({ name }) => label.values.includes(name)).map(({ name }) => name);
    const found = gpuOfLabel(label);
    const custom = pools.find((pool) => label.values.includes(pool.gpu))?.gpu;
    if (named.length > 0) {
      stated.set(["nodePools"], named, label.path, { because: label.key });
      gpu ??= pools.find(({ name }) => name === named[0])?.gpu;
    } else if (found !== undefined || custom !== undefined) {
      gpu = found ?? custom;
      if (typeof model !== "string") stated.set(["model", "gpu"], gpu as string, label.path, { because: label.key });
    } else if (!isPlainLabel(label)) {
      stated.notModelled(`the node label ${label.key}`, label.path, NAME_THE_POOLS);
    }
  }
  const isOpen = model === undefined || (isRecord(model) && model["gpu"] === undefined);
  const isStated = stated.values.some(({ key }) => key.join(".") === "model.gpu");
  if (!isOpen || isStated) return;
  const [only, ...others] = gpu === undefined ? [...new Set(pools.map((pool) => pool.gpu))] : [gpu];
  if (only !== undefined && others.length === 0) stated.set(["model", "gpu"], only, specPath, { because: "the GPU of its node pools" });
  else stated.error("manifest_gpu_unknown", specPath, { known: [...new Set(pools.map((pool) => pool.gpu))] });
}

function readShape({ container }: Workload, served: ServedModel | undefined, stated: Stated): void {
  const candidates = served?.names ?? [];
  const found = candidates.map((name) => ({ ...name, shape: shapeOfModel(name.text) })).find(({ shape }) => shape !== undefined);
  if (found?.shape === undefined) {
    const [first] = candidates;
    const data = { ...(first === undefined ? {} : { actual: first.text }), known: Object.keys(MODEL_SHAPES) };
    stated.error("manifest_model_unknown", first?.flag?.word.path ?? container.path, data);
    return;
  }
  const path = found.flag?.word.path ?? container.path;
  const isScript = found.flag?.word.isScript === true;
  const detail = { because: found.text, ...(isScript ? { text: found.text } : {}) };
  stated.set(["model", "shape"], shapeWithFormats(found.shape, found.text, served as ServedModel, path, stated), path, detail);
}

/** The shape's key, or its figures where server or checkpoint change the bytes. */
function shapeWithFormats(
  key: string,
  name: string,
  served: ServedModel,
  path: IssuePath,
  stated: Stated,
): string | { readonly [key: string]: never } {
  const own = ownBytesPerParameter(key);
  const quantization = quantizationOf(served.quantization ?? "") ?? quantizationOf(name);
  const bytes = quantization?.bytesPerParameter ?? (/^float(32)?$/.test(served.dtype ?? "") ? 4 : own);
  const isCacheSmall = /fp8|int8/.test(served.kvCacheDtype ?? "");
  if (quantization?.isWeightOnly === true)
    stated.notModelled("weight-only quantization", path, "its arithmetic stays 16 bit; calibrate, and give model.latency");
  if (Math.abs(bytes - own) < 0.05 && !isCacheSmall) return key;
  return writtenShape(key, bytes, isCacheSmall ? 1 : 2) as { readonly [key: string]: never };
}

/** The preset that was measured for just this model, GPU and number of GPUs; the newest where there are several. */
export function presetFor(model: Node): string | undefined {
  const { shape, gpu, gpusPerReplica = 1 } = model as { shape?: unknown; gpu?: unknown; gpusPerReplica?: unknown };
  if (typeof shape !== "string") return undefined;
  const fits = PRESET_IDS.filter((id) => {
    const preset = findPreset(id) as ServingPreset;
    return preset.model === MODEL_SHAPES[shape] && preset.gpuKey === gpu && preset.gpusPerReplica === gpusPerReplica;
  });
  return fits.find((id) => !id.includes("legacy"));
}

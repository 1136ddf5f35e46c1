import type { GpuSheet, ModelShape, TokenLatencyConfig } from "./config.ts";
import { GPU_SHEETS } from "./gpu-sheets.ts";
import { MODEL_SHAPES } from "./model-shapes.ts";
import { PRESET_DATA, type PresetRecord } from "./preset-data.ts";

/** A measured (model, GPU, number of GPUs): what `model: <id>` in a scenario stands for. */
export interface ServingPreset {
  readonly id: string;
  readonly model: ModelShape;
  /** Key of `GPU_SHEETS`. */
  readonly gpuKey: string;
  readonly gpu: GpuSheet;
  readonly gpusPerReplica: number;
  readonly limits: PresetRecord["limits"];
  readonly engine: PresetRecord["engine"];
  /** Fitted forms; the first is the default. */
  readonly latencies: readonly TokenLatencyConfig[];
  readonly fitErrorPercent: PresetRecord["fitErrorPercent"];
  readonly fitBasis: string;
  readonly source: string;
  readonly identified: string;
  readonly confidence: string;
}

/** Ids of all presets. */
export const PRESET_IDS: readonly string[] = PRESET_DATA.map((preset) => preset.id);

/** The preset of this id, or undefined. */
export function findPreset(id: string): ServingPreset | undefined {
  const data = PRESET_DATA.find((preset) => preset.id === id);
  return data === undefined ? undefined : createPreset(data);
}

function createPreset(data: PresetRecord): ServingPreset {
  const { shape, gpu, roofline, linear, ...rest } = data;
  const model = MODEL_SHAPES[shape] as ModelShape; // every record names a shape and a sheet of ours; a test checks it
  const forms: TokenLatencyConfig[] = [{ kind: "linear", ...linear }];
  if (roofline !== undefined) {
    forms.unshift({ kind: "roofline", ...roofline, ...(model.experts === undefined ? {} : { experts: model.experts }) });
  }
  return { ...rest, model, gpuKey: gpu, gpu: GPU_SHEETS[gpu] as GpuSheet, latencies: forms };
}

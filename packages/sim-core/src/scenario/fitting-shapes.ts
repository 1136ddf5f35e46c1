import type { GpuSheet } from "../serving/config.ts";
import { TYPICAL_GPU_HOUR_USD } from "../serving/gpu-prices.ts";
import { GPU_SHEETS } from "../serving/gpu-sheets.ts";
import { type MemoryBudget, type MemoryRequest, memoryBudget } from "../serving/memory.ts";

/** Sizes of tensor parallelism that servers are run with. */
const SPLITS = [1, 2, 4, 8] as const;

/** A model, a GPU, and the longest request that must have room. */
export interface FitRequest extends MemoryRequest {
  readonly maxModelTokens: number;
}

interface Shape {
  readonly gpus: number;
  readonly gpu: string;
  /** Infinity: no price is known. */
  readonly perHourUsd: number;
}

/** Whether the KV cache holds one request of the longest length. */
export function holdsOneRequest({ kvBlocks }: MemoryBudget, { blockTokens, maxModelTokens }: FitRequest): boolean {
  return kvBlocks * blockTokens >= maxModelTokens;
}

/**
 * For every known GPU and the asked-for one, the fewest GPUs that the model fits, the cheapest first: "2 × A100 (about $2.60/h)".
 * GPUs without a known price come last, those that it never fits not at all.
 */
export function fittingShapes(request: FitRequest): readonly string[] {
  const isKnown = Object.values(GPU_SHEETS).some(({ name }) => name === request.gpu.name);
  const sheets: readonly (readonly [string, GpuSheet])[] = [
    ...(isKnown ? [] : [[request.gpu.name, request.gpu] as const]),
    ...Object.entries(GPU_SHEETS),
  ];
  return sheets
    .flatMap(([key, gpu]) => smallestOn(request, key, gpu))
    .sort(cheaperFirst)
    .map(({ gpus, gpu, perHourUsd }) => `${gpus} × ${gpu}${Number.isFinite(perHourUsd) ? ` (about $${perHourUsd.toFixed(2)}/h)` : ""}`);
}

/** The same with half of the bits in each weight; empty where they have at most 8 already. A matter of memory: quality is not judged. */
export function fittingWithHalfWeights(request: FitRequest): readonly string[] {
  const { model } = request;
  if (model.weightBytes <= model.parameters) return [];
  return fittingShapes({ ...request, model: { ...model, weightBytes: model.weightBytes / 2 } });
}

function smallestOn(request: FitRequest, key: string, gpu: GpuSheet): readonly Shape[] {
  const gpus = SPLITS.find((split) => isWhole(request, split) && holdsOneRequest(budgetOf(request, gpu, split), request));
  return gpus === undefined ? [] : [{ gpus, gpu: key, perHourUsd: gpus * (TYPICAL_GPU_HOUR_USD[key] ?? Number.POSITIVE_INFINITY) }];
}

/** Attention heads are dealt out whole. @see vLLM, "Total number of attention heads must be divisible by tensor parallel size" */
const isWhole = ({ model }: FitRequest, split: number): boolean => model.attentionHeads % split === 0;

const budgetOf = (request: FitRequest, gpu: GpuSheet, gpusPerReplica: number): MemoryBudget =>
  memoryBudget({ ...request, gpu, gpusPerReplica });

function cheaperFirst(a: Shape, b: Shape): number {
  if (a.perHourUsd !== b.perHourUsd) return a.perHourUsd < b.perHourUsd ? -1 : 1;
  return a.gpus - b.gpus; // equal: the order of the sheets
}

import type { GpuSheet, ModelShape } from "../serving/config.ts";
import { GPU_SHEETS } from "../serving/gpu-sheets.ts";
import { type MemoryBudget, memoryBudget } from "../serving/memory.ts";
import { formatBytes } from "../units/bytes.ts";
import type { Findings } from "./build-issues.ts";

/** Splits offered when a model does not fit: the tensor-parallel sizes that servers are run with. */
const SPLITS = [1, 2, 4, 8] as const;

export interface MemoryCheck {
  readonly model: ModelShape;
  readonly gpu: GpuSheet;
  readonly gpusPerReplica: number;
  readonly utilization: number;
  readonly maxBatchedTokens: number;
  readonly blockTokens: number;
  readonly maxModelTokens: number;
  /** KV blocks stated by the scenario or read from a server. */
  readonly given: number | undefined;
  readonly deployment: string;
  readonly index: number;
}

/**
 * KV blocks of a replica. Refuses a model whose weights and activations do not leave room for one request of
 * `maxModelTokens`, as the real server does at its start, and names splits that would.
 */
export function checkMemory(check: MemoryCheck, findings: Findings): number {
  const { index, deployment, given } = check;
  const budget = memoryBudget(check);
  if (given === undefined && !holdsOneRequest(budget, check)) {
    findings.error("model_does_not_fit", ["deployments", index, "model"], shortfall(check, budget));
    return Math.max(1, budget.kvBlocks);
  }
  if (given === undefined) {
    findings.assume(
      `${deployment}: ${budget.kvBlocks} KV blocks are estimated (${sum(check, budget)}); a server logs the true number, which matters when the cache fills.`,
    );
    return budget.kvBlocks;
  }
  if (budget.kvCacheBytes <= 0) findings.error("model_does_not_fit", ["deployments", index, "model"], shortfall(check, budget));
  else if (given * check.blockTokens < check.maxModelTokens) {
    const data = { kvBlocks: given, blockTokens: check.blockTokens, maxModelTokens: check.maxModelTokens };
    findings.error("kv_cache_below_one_request", ["deployments", index, "engine", "maxModelTokens"], data);
  }
  return given;
}

function holdsOneRequest(budget: MemoryBudget, check: MemoryCheck): boolean {
  return budget.kvBlocks * check.blockTokens >= check.maxModelTokens;
}

function shortfall(check: MemoryCheck, budget: MemoryBudget): { readonly [key: string]: string | number | readonly string[] } {
  return {
    model: check.model.name,
    gpu: check.gpu.name,
    gpusPerReplica: check.gpusPerReplica,
    maxModelTokens: check.maxModelTokens,
    sum: sum(check, budget),
    fitting: fittingSplits(check),
  };
}

/** The whole calculation, so that a reader can check it: "4 × 80 GB × 0.9 = 288 GB; weights 138 GB, …". */
function sum(check: MemoryCheck, budget: MemoryBudget): string {
  const usable = `${check.gpusPerReplica} × ${formatBytes(check.gpu.memoryBytes)} × ${check.utilization} = ${formatBytes(budget.usableBytes)}`;
  const request = formatBytes(check.maxModelTokens * budget.kvBytesPerToken);
  return `${usable}; weights ${formatBytes(budget.weightBytes)}, activations ${formatBytes(budget.activationBytes)}, left for KV ${formatBytes(budget.kvCacheBytes)}, one request of ${check.maxModelTokens} tokens ${request}`;
}

function fittingSplits(check: MemoryCheck): readonly string[] {
  const sheets = [[check.gpu.name, check.gpu] as const, ...Object.entries(GPU_SHEETS).filter(([, sheet]) => sheet.name !== check.gpu.name)];
  return sheets
    .flatMap(([name, gpu]) => {
      const gpus = SPLITS.find((split) => holdsOneRequest(memoryBudget({ ...check, gpu, gpusPerReplica: split }), check));
      return gpus === undefined ? [] : [`${gpus} × ${name}`];
    })
    .slice(0, 4);
}

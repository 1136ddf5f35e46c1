import type { GpuSheet, ModelShape } from "../serving/config.ts";
import { type MemoryBudget, memoryBudget } from "../serving/memory.ts";
import { formatBytes } from "../units/bytes.ts";
import type { Findings } from "./build-issues.ts";
import { fittingShapes, fittingWithHalfWeights, holdsOneRequest } from "./fitting-shapes.ts";

/** @see vLLM --gpu-memory-utilization, default until 2026 */
const USUAL_UTILIZATION = 0.9;

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
 * `maxModelTokens`, as the real server does at its start, and names shapes that would.
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

function shortfall(check: MemoryCheck, budget: MemoryBudget): { readonly [key: string]: string | number | readonly string[] } {
  return {
    model: check.model.name,
    gpu: check.gpu.name,
    gpusPerReplica: check.gpusPerReplica,
    maxModelTokens: check.maxModelTokens,
    sum: sumPerGpu(check, budget),
    fitting: fittingShapes(check),
    fittingWithHalfWeights: fittingWithHalfWeights(check),
    ...(fitsWithMore(check) ? { utilization: USUAL_UTILIZATION } : {}),
  };
}

function fitsWithMore(check: MemoryCheck): boolean {
  if (check.utilization >= USUAL_UTILIZATION) return false;
  return holdsOneRequest(memoryBudget({ ...check, utilization: USUAL_UTILIZATION }), check);
}

/** The whole calculation, so that a reader can check it: "4 × 80 GB × 0.9 = 288 GB; weights 138 GB, …". */
function sum(check: MemoryCheck, budget: MemoryBudget): string {
  const usable = `${check.gpusPerReplica} × ${formatBytes(check.gpu.memoryBytes)} × ${check.utilization} = ${formatBytes(budget.usableBytes)}`;
  const request = formatBytes(check.maxModelTokens * budget.kvBytesPerToken);
  return `${usable}; weights ${formatBytes(budget.weightBytes)}, activations ${formatBytes(budget.activationBytes)}, left for KV ${formatBytes(budget.kvCacheBytes)}, one request of ${check.maxModelTokens} tokens ${request}`;
}

/** What one GPU would have to hold, term by term, against what the engine may use of it. */
function sumPerGpu({ gpu, gpusPerReplica, utilization, blockTokens, maxModelTokens }: MemoryCheck, budget: MemoryBudget): string {
  const weights = budget.weightBytes / gpusPerReplica;
  const activations = budget.activationBytes / gpusPerReplica;
  const request = (Math.ceil(maxModelTokens / blockTokens) * blockTokens * budget.kvBytesPerToken) / gpusPerReplica;
  const terms = `weights ${formatBytes(weights)} + activations ${formatBytes(activations)} + KV cache of one request ${formatBytes(request)}`;
  const usable = `${formatBytes(gpu.memoryBytes)} × ${utilization} = ${formatBytes(budget.usableBytes / gpusPerReplica)}`;
  return `${terms} = ${formatBytes(weights + activations + request)} on each GPU, which may use ${usable}`;
}

import { type BatchSweep, type BatchSweepPoint, type BatchSweepSeries, type Plan, type PlanDeployment, VERSION } from "@replicast/sim-core";
import { batchLimitOf, withBatchLimit } from "./batch-limited.ts";
import { type CapacityOptions, roughCapacity } from "./capacity.ts";
import { mixSample } from "./capacity-mix.ts";
import { mixedLoad, runTrial } from "./capacity-run.ts";
import { type Lengths, mixWork } from "./capacity-work.ts";
import type { LoadedScenario } from "./load.ts";
import { partOf } from "./pairs.ts";

export interface BatchSweepOptions extends CapacityOptions {
  /** Loads, as shares of what one replica carries at the SLO with its configured limit. Default 0.25, 0.5, 0.75 and 0.9. */
  readonly loadShares?: readonly number[];
  /** Factors on the lengths of the answers. Default 1. */
  readonly answers?: readonly number[];
}

export const DEFAULT_LOAD_SHARES: readonly number[] = [0.25, 0.5, 0.75, 0.9];
/** Requests judged at one point of the sweep. */
const JUDGED_REQUESTS = 4000;
/** Goodput within this share of the best is as good. */
const AS_GOOD = 0.99;

/**
 * Throughput and latency of one warm replica of every deployment over batch limits 1, 2, 4 … up to the configured one, at several
 * loads. All trials see the same requests in the same order, so that only load and limit differ.
 */
export function sweepBatchLimits(scenario: LoadedScenario, options: BatchSweepOptions = {}): BatchSweep {
  const { plan } = scenario;
  const { loadShares = DEFAULT_LOAD_SHARES, answers = [1] } = options;
  const series = plan.deployments.flatMap((deployment) => {
    const base = withBatchLimit(deployment, batchLimitOf(deployment));
    return answers.flatMap((factor) => {
      const mix = scaledAnswers(mixSample(scenario, base), factor, base);
      const carried = roughCapacity(plan, base, mix, options);
      return loadShares.map((loadShare) => sweepLoad({ plan, base, mix, answers: factor, loadShare, load: loadShare * carried, options }));
    });
  });
  return { schema: "replicast/batch-sweep/v1", version: VERSION, scenario: plan.name, series };
}

/** Answers made longer or shorter, as far as the server takes them. */
function scaledAnswers(mix: readonly Lengths[], factor: number, { serving }: PlanDeployment): readonly Lengths[] {
  const { maxModelTokens, kvBlocks, blockTokens } = serving.engine;
  const most = Math.min(maxModelTokens, kvBlocks * blockTokens);
  return mix.map(({ promptTokens, outputTokens }) => ({
    promptTokens,
    outputTokens: Math.max(1, Math.min(Math.round(outputTokens * factor), most - promptTokens)),
  }));
}

interface SweptLoad {
  readonly plan: Plan;
  readonly base: PlanDeployment;
  readonly mix: readonly Lengths[];
  readonly answers: number;
  readonly loadShare: number;
  /** Requests per second. */
  readonly load: number;
  readonly options: BatchSweepOptions;
}

function sweepLoad({ plan, base, mix, answers, loadShare, load, options }: SweptLoad): BatchSweepSeries {
  const loadAt = mixedLoad(mix, JUDGED_REQUESTS, base);
  const points = limitsUpTo(batchLimitOf(base)).map((limit): BatchSweepPoint => {
    options.onProgress?.({ deployment: base.name, replicas: 1, requestsPerSecond: load });
    const deployment = withBatchLimit(base, limit);
    const { weights } = mixWork(deployment.serving, mix, partOf(plan, deployment));
    const { verdict, result } = runTrial({ plan, deployment, weights, observers: options.observers ?? [] }, 1, loadAt, load);
    return {
      limit,
      throughputPerSecond: verdict.throughputPerSecond,
      goodputPerSecond: verdict.goodputPerSecond,
      attainment: verdict.attainment,
      meetsSlo: verdict.carried,
      meanE2eSeconds: verdict.residenceSeconds,
      ttftP95Seconds: result.latency.ttft.p95Seconds,
      tpotP95Seconds: result.latency.tpot.p95Seconds,
    };
  });
  return { deployment: base.name, answers, loadShare, requestsPerSecond: load, bestLimit: bestLimitOf(points), points };
}

/** 1, 2, 4, 8 … and the largest itself. */
function limitsUpTo(most: number): readonly number[] {
  const limits: number[] = [];
  for (let limit = 1; limit < most; limit *= 2) limits.push(limit);
  return [...limits, most];
}

/** Smallest limit that is as good as the best: what is above it only lets answers slow each other down. None is good: the fastest. */
export function bestLimitOf(points: readonly BatchSweepPoint[]): number {
  const most = Math.max(...points.map(({ goodputPerSecond }) => goodputPerSecond));
  const least = Math.min(...points.map(({ meanE2eSeconds }) => meanE2eSeconds));
  const isBest = (point: BatchSweepPoint): boolean => (most > 0 ? point.goodputPerSecond >= AS_GOOD * most : point.meanE2eSeconds <= least);
  return points.find(isBest)?.limit ?? 1;
}

import { createStreams, ln, MODEL_SHAPES, type ModelShape } from "@replicast/sim-core";
import { type MeasuredRequest, runFigures, serveRun } from "replicast";
import { CaseError, type ValidationCase } from "./cases.ts";
import { type Figures, figuresOf } from "./judge.ts";
import { serverOf } from "./server.ts";
import type { Experiment, Stage } from "./stage-files.ts";

/** One load stage under the generic model. */
export interface JudgedStage {
  readonly experiment: string;
  readonly stage: string;
  /** Model and GPUs, such as `Llama-2-70b-hf, 4 × H100`. */
  readonly group: string;
  readonly requestsPerSecond: number;
  readonly figures: Figures;
}

/** Shapes that no preset needs. @see each model's published config.json */
const MORE_SHAPES: readonly ModelShape[] = [
  {
    name: "meta-llama/Llama-2-7b-hf",
    parameters: 6.74e9,
    activeParameters: 6.74e9,
    layers: 32,
    hiddenSize: 4096,
    attentionHeads: 32,
    kvHeads: 32,
    headDimension: 128,
    weightBytes: 1.348e10,
    kvBytesPerToken: 524_288,
  },
];

/**
 * Share of a prompt behind the shared system prompt that the server is taken to have cached: the load draws its prompts from
 * 23 to 50 different ones, how often they were still cached is not published. One value for all stages, found with the
 * generic model's coefficients.
 */
const CACHED_SHARE = 0.5;
const BLOCK_TOKENS = 16;

/** All stages of an experiment in one run, one after the other, and the whole of it. */
export async function judgeExperiment(experiment: Experiment): Promise<readonly JudgedStage[]> {
  const server = await serverOf(caseOf(experiment));
  const { requests, ends } = requestsOf(experiment);
  const served = serveRun(server, requests);
  const group = `${experiment.model.split("/").at(-1)}, ${experiment.gpus} × ${experiment.gpu}`;
  const judge = ({ stage, requestsPerSecond, measured }: Stage, of: readonly MeasuredRequest[]): JudgedStage => ({
    experiment: experiment.name,
    stage,
    group,
    requestsPerSecond,
    figures: figuresOf(measured, runFigures(of)),
  });
  const stages = experiment.stages.map((stage, i) => judge(stage, served.slice(ends[i - 1] ?? 0, ends[i])));
  return experiment.whole === undefined ? stages : [...stages, judge(experiment.whole, served)];
}

function caseOf({ name, file, model, gpu, gpus, engine }: Experiment): ValidationCase {
  const shape = [...Object.values(MODEL_SHAPES), ...MORE_SHAPES].find((each) => each.name === model);
  if (shape === undefined) throw new CaseError([`${file}: ${name}: the shape of ${model} is not known`]);
  return {
    file,
    id: name,
    title: name,
    model: {
      name: model,
      params: shape.parameters,
      active_params: shape.activeParameters,
      layers: shape.layers,
      hidden: shape.hiddenSize,
      heads: shape.attentionHeads,
      kv_heads: shape.kvHeads,
      head_dim: shape.headDimension,
      dtype_bytes: shape.weightBytes / shape.parameters,
      ...(shape.experts === undefined ? {} : { experts: shape.experts.total, experts_per_token: shape.experts.perToken }),
    },
    gpu: { name: gpu, count: gpus },
    engine: {
      max_num_seqs: engine.maxSequences,
      max_num_batched_tokens: engine.maxBatchedTokens,
      block_size: BLOCK_TOKENS,
      ...(engine.kvBlocks === undefined ? {} : { kv_blocks: engine.kvBlocks }),
      ...(engine.gpuMemoryUtilization === undefined ? {} : { gpu_memory_utilization: engine.gpuMemoryUtilization }),
    },
    runs: [],
  };
}

/**
 * The requests of all stages, and how many there are up to the end of each. The load tool draws exponential gaps, and scales them so
 * that a stage lasts as long as it should.
 * @see kubernetes-sigs/inference-perf, loadgen/load_timer.py, ConstantLoadTimer
 */
export function requestsOf(experiment: Experiment): { readonly requests: readonly MeasuredRequest[]; readonly ends: readonly number[] } {
  const { promptTokens, outputTokens, systemPromptTokens } = experiment;
  const system = Math.floor(systemPromptTokens / BLOCK_TOKENS) * BLOCK_TOKENS;
  const prefixHitTokens = system + Math.floor((promptTokens - system) * CACHED_SHARE);
  const gaps = createStreams(experiment.name).get("gaps");
  const requests: MeasuredRequest[] = [];
  const ends: number[] = [];
  let startSeconds = 0;
  for (const { requestsPerSecond, durationSeconds } of experiment.stages) {
    const waits = Array.from({ length: Math.floor(requestsPerSecond * durationSeconds) }, () => -ln(1 - gaps.uniform()));
    const scale = durationSeconds / waits.reduce((sum, wait) => sum + wait, 0);
    let elapsed = 0;
    for (const wait of waits) {
      elapsed += wait;
      const arrivalSeconds = startSeconds + elapsed * scale;
      requests.push({ arrivalSeconds, promptTokens, outputTokens, prefixHitTokens, ttftSeconds: Number.NaN, e2eSeconds: Number.NaN });
    }
    startSeconds += durationSeconds;
    ends.push(requests.length);
  }
  return { requests, ends };
}

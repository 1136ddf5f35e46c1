import type { EngineConfig, LatencyConfig } from "../config.ts";
import { createCurveModel } from "./curve.ts";
import { createLinearModel } from "./linear.ts";
import { createRooflineModel } from "./roofline.ts";

/**
 * What one step of the engine computes. The engine fills the same object again for every step; arrays are longer
 * than `chunks`.
 */
export interface StepComposition {
  /** D: sequences that decode one token each. */
  decodeSequences: number;
  /** K: context tokens of the decoding sequences, the token being computed included. */
  contextTokens: number;
  /** Number of prompt chunks in the step. */
  chunks: number;
  /** P: prompt tokens of the step, the sum over its chunks. */
  promptTokens: number;
  /** Q = Σ chunk × (context before the chunk + chunk / 2). */
  promptTokenContext: number;
  /** Per chunk: tokens computed in this step. */
  readonly chunkTokens: Float64Array;
  /** Per chunk: tokens of the sequence already in the KV cache. */
  readonly chunkContext: Float64Array;
  /** Per chunk: tokens of the whole prompt (after a preemption: prompt and answer so far). */
  readonly chunkPrompt: Float64Array;
}

/** Seconds a step takes, from its composition. */
export interface LatencyModel {
  /** Spent before the scheduler sees a request (tokeniser, HTTP, IPC). */
  readonly requestOverheadSeconds: number;
  /**
   * Growth of a decode-only step per context token, when the model is affine in K while it only decodes; then
   * steps are fast-forwarded in closed form. Undefined: every step is asked for.
   */
  readonly perContextTokenSeconds: number | undefined;
  /** Decode-only step of D sequences without its context term. Only called when the model is affine. */
  decodeBaseSeconds(decodeSequences: number): number;
  /** Any step. */
  stepSeconds(step: StepComposition): number;
}

/** The latency model a configuration describes; its decode-only base times are computed once each. */
export function createLatencyModel(config: LatencyConfig): LatencyModel {
  const model = createModel(config);
  const base: number[] = [];
  return { ...model, decodeBaseSeconds: (decodeSequences) => (base[decodeSequences] ??= model.decodeBaseSeconds(decodeSequences)) };
}

/** The latency model of an engine: with speculation, drafting takes part of every step in which some sequence decodes. */
export function createEngineLatency(config: { readonly latency: LatencyConfig; readonly engine: EngineConfig }): LatencyModel {
  const model = createLatencyModel(config.latency);
  const draftSeconds = config.engine.speculative?.draftOverheadSeconds ?? 0;
  if (draftSeconds === 0) return model;
  return {
    ...model,
    decodeBaseSeconds: (decodeSequences) => model.decodeBaseSeconds(decodeSequences) + draftSeconds,
    stepSeconds: (step) => model.stepSeconds(step) + (step.decodeSequences > 0 ? draftSeconds : 0),
  };
}

function createModel(config: LatencyConfig): LatencyModel {
  if (config.kind === "linear") return createLinearModel(config);
  return config.kind === "curve" ? createCurveModel(config) : createRooflineModel(config);
}

/** An empty composition with room for `maxChunks` prompt chunks. */
export function createStepComposition(maxChunks: number): StepComposition {
  return {
    decodeSequences: 0,
    contextTokens: 0,
    chunks: 0,
    promptTokens: 0,
    promptTokenContext: 0,
    chunkTokens: new Float64Array(maxChunks),
    chunkContext: new Float64Array(maxChunks),
    chunkPrompt: new Float64Array(maxChunks),
  };
}

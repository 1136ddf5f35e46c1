import {
  createEngineLatency,
  createSampler,
  createStepComposition,
  type LatencyModel,
  type ServingConfig,
  type WorkWeights,
} from "@replicast/sim-core";
import { requestWork } from "@replicast/sim-core/score";
import type { WorkPart } from "./pairs.ts";

/** Token counts of one request of a mix. */
export interface Lengths {
  readonly promptTokens: number;
  readonly outputTokens: number;
}

export interface MixWork {
  readonly weights: WorkWeights;
  /** Step time a mean request adds to a replica at half load, seconds: 1 ÷ this is a first guess of what a replica carries. */
  readonly secondsPerRequest: number;
}

/**
 * What a request of given lengths adds to the step time of a replica at half its `maxSequences`, every sequence with the mean
 * context of the mix. Finite differences of the latency model, one token or one sequence at a time, so that it
 * works for any model; scaled to a mean of 1 over the mix. Of a disaggregated pair each side has its own part: a replica that
 * decodes computes one token of every prompt, one that computes prompts nothing else.
 */
export function mixWork(serving: ServingConfig, mix: readonly Lengths[], part: WorkPart = "whole"): MixWork {
  const perUnit = part === "prompt" ? promptSeconds(serving, mix) : addedSeconds(serving, mix, part);
  const seconds =
    mix.reduce((sum, lengths) => sum + requestWork(perUnit, lengths.promptTokens, lengths.outputTokens), 0) / Math.max(1, mix.length);
  // A latency model without any cost per token weighs all requests the same.
  if (!(seconds > 0)) return { weights: { ...perUnit, perRequest: 1 }, secondsPerRequest: 0 };
  return {
    secondsPerRequest: seconds,
    weights: {
      perRequest: perUnit.perRequest / seconds,
      perPromptToken: perUnit.perPromptToken / seconds,
      perOutputToken: perUnit.perOutputToken / seconds,
      perPromptTokenSquared: perUnit.perPromptTokenSquared / seconds,
      perContextToken: perUnit.perContextToken / seconds,
    },
  };
}

/** The weights before scaling, seconds of step time. The request overhead is spent outside steps and weighs nothing. */
function addedSeconds({ latency, engine }: ServingConfig, mix: readonly Lengths[], part: WorkPart): WorkWeights {
  const model = createEngineLatency({ latency, engine });
  const decodes = Math.max(1, Math.floor(engine.maxSequences / 2));
  const context = Math.max(1, Math.round(decodes * meanContext(mix)));
  const chunk = Math.max(1, Math.min(Math.round(meanPrompt(mix)), engine.maxBatchedTokens - decodes));
  const step = (decode: number, contextTokens: number, chunkTokens = 0, chunkContext = 0): number =>
    stepSeconds(model, decode, contextTokens, chunkTokens, chunkContext);

  const base = step(decodes, context);
  const perContextToken = (step(decodes, context + decodes) - base) / decodes;
  const perOutputToken = step(decodes + 1, context) - base;
  if (part === "answer") {
    const perRequest = step(decodes, context, 1, Math.round(meanPrompt(mix))) - base;
    return { perRequest, perPromptToken: 0, perOutputToken, perPromptTokenSquared: 0, perContextToken };
  }
  // A chunk with context adds chunk × context to Q and changes nothing else: that isolates the attention to the prompt.
  const perQ = (step(decodes, context, chunk, chunk) - step(decodes, context, chunk, 0)) / (chunk * chunk);
  const prompt = step(decodes, context, chunk, 0) - base - (perQ * chunk * chunk) / 2;
  return { perRequest: 0, perPromptToken: prompt / chunk, perOutputToken, perPromptTokenSquared: perQ / 2, perContextToken };
}

/** The weights of prompts on a replica where nothing decodes: a step of its own for each. */
function promptSeconds({ latency, engine }: ServingConfig, mix: readonly Lengths[]): WorkWeights {
  const model = createEngineLatency({ latency, engine });
  const chunk = Math.max(1, Math.min(Math.round(meanPrompt(mix)), engine.maxBatchedTokens));
  const alone = stepSeconds(model, 0, 0, chunk, 0);
  const perQ = (stepSeconds(model, 0, 0, chunk, chunk) - alone) / (chunk * chunk);
  const perPromptToken = (alone - (perQ * chunk * chunk) / 2) / chunk;
  return { perRequest: 0, perPromptToken, perOutputToken: 0, perPromptTokenSquared: perQ / 2, perContextToken: 0 };
}

/** What a request takes on a replica that has nothing else to do, its prompt in one step. */
export function loneSeconds(serving: ServingConfig, { promptTokens, outputTokens }: Lengths): number {
  const model = createEngineLatency(serving);
  const prompt = stepSeconds(model, 0, 0, promptTokens, 0);
  const token = stepSeconds(model, 1, promptTokens + Math.round(outputTokens / 2), 0, 0);
  return model.requestOverheadSeconds + prompt + (outputTokens - 1) * token;
}

/**
 * What a token of a long answer takes on a replica at half its `maxSequences`, every sequence half way through such an answer; no
 * prompts between them.
 */
export function loadedTokenSeconds(serving: ServingConfig, { promptTokens, outputTokens }: Lengths): number {
  const { maxSequences, speculative } = serving.engine;
  const decodes = Math.max(1, Math.floor(maxSequences / 2));
  const context = decodes * Math.round(promptTokens + outputTokens / 2);
  const step = stepSeconds(createEngineLatency(serving), decodes, context, 0, 0);
  return speculative === undefined ? step : step / createSampler(speculative.tokensPerStep).mean;
}

/** Mean context of a decoding sequence: request by request, its middle, weighted by the steps it spends there. */
function meanContext(mix: readonly Lengths[]): number {
  const outputTokens = mix.reduce((sum, lengths) => sum + lengths.outputTokens, 0);
  const contextTokens = mix.reduce((sum, lengths) => sum + lengths.outputTokens * (lengths.promptTokens + lengths.outputTokens / 2), 0);
  return outputTokens === 0 ? 0 : contextTokens / outputTokens;
}

function meanPrompt(mix: readonly Lengths[]): number {
  return mix.reduce((sum, lengths) => sum + lengths.promptTokens, 0) / Math.max(1, mix.length);
}

function stepSeconds(
  model: LatencyModel,
  decodeSequences: number,
  contextTokens: number,
  chunkTokens: number,
  chunkContext: number,
): number {
  const step = createStepComposition(1);
  step.decodeSequences = decodeSequences;
  step.contextTokens = contextTokens;
  step.chunks = chunkTokens > 0 ? 1 : 0;
  step.promptTokens = chunkTokens;
  step.promptTokenContext = chunkTokens * (chunkContext + chunkTokens / 2);
  step.chunkTokens[0] = chunkTokens;
  step.chunkContext[0] = chunkContext;
  step.chunkPrompt[0] = chunkTokens + chunkContext;
  return model.stepSeconds(step);
}

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

/** Decode-only steps of a batch, as far as they are affine in their context. Filled in place. */
export interface DecodeLine {
  /** The step without its context term. */
  baseSeconds: number;
  perContextTokenSeconds: number;
  /** The line holds while the context is shorter; Infinity: as long as the batch does not change. */
  endContextTokens: number;
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
  /**
   * For models that are affine in K piece by piece: the piece that D sequences with K context tokens are on. When a model has it, it is asked
   * instead of the two above, and `perContextTokenSeconds` only has to be defined.
   */
  decodeLine?(decodeSequences: number, contextTokens: number, into: DecodeLine): void;
  /** Any step. */
  stepSeconds(step: StepComposition): number;
}

/** A latency model in code: for those who have their own. */
export interface UserLatency {
  /** As results call it; belongs to the plan's hash, so a changed function should have another name. */
  readonly name: string;
  /** Seconds of any step, above 0. The step is filled again for the next call: keep nothing of it. The same step must give the same seconds. */
  readonly stepSeconds: (step: StepComposition) => number;
  /**
   * Growth of a decode-only step per context token, ≥ 0, when the function is affine in K while only decoding: then such steps are
   * fast-forwarded. Left out: the function is asked for every step, which costs speed and nothing else.
   */
  readonly perContextTokenSeconds?: number;
  /** Spent before the scheduler sees a request. Default 0. */
  readonly requestOverheadSeconds?: number;
}

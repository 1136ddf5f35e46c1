import type { ServingConfig } from "./config.ts";
import { createEngineLatency, createStepComposition, type LatencyModel, type StepComposition } from "./latency/model.ts";

/** Tokens per step are kept in units of this. */
const STEP_TOKEN_UNITS = 1024;

/** What a request takes that has a warm replica to itself and finds nothing in its cache, seconds. */
export interface AloneSeconds {
  ttftSeconds: number;
  e2eSeconds: number;
}

/**
 * Latency of a request alone on a warm replica: its prompt chunk by chunk, then its answer at the step time of its mean context, which is
 * exact for latency models that are affine in the context.
 */
export class AloneLatency {
  private readonly model: LatencyModel;
  private readonly engine: ServingConfig["engine"];
  private readonly step: StepComposition = createStepComposition(1);

  constructor(config: Pick<ServingConfig, "latency" | "engine">) {
    this.model = createEngineLatency(config);
    this.engine = config.engine;
  }

  /** @param stepTokens tokens per decode step, in units of 1/1024 */
  fill(promptTokens: number, outputTokens: number, stepTokens: number, into: AloneSeconds): void {
    const { model, engine } = this;
    if (engine.batching?.kind === "dynamic") {
      into.ttftSeconds = model.requestOverheadSeconds + this.decodeSeconds(0);
      into.e2eSeconds = into.ttftSeconds;
      return;
    }
    const chunk = Math.min(engine.longPrefillTokenThreshold ?? Number.POSITIVE_INFINITY, engine.maxBatchedTokens);
    let seconds = model.requestOverheadSeconds;
    for (let done = 0; done < promptTokens; done += chunk)
      seconds += this.chunkSeconds(Math.min(chunk, promptTokens - done), done, promptTokens);
    into.ttftSeconds = seconds;
    const steps = ((outputTokens - 1) * STEP_TOKEN_UNITS) / stepTokens;
    into.e2eSeconds = steps > 0 ? seconds + steps * this.decodeSeconds(promptTokens + outputTokens / 2) : seconds;
  }

  private chunkSeconds(tokens: number, context: number, prompt: number): number {
    const { step } = this;
    step.decodeSequences = 0;
    step.contextTokens = 0;
    step.chunks = 1;
    step.promptTokens = tokens;
    step.promptTokenContext = tokens * (context + tokens / 2);
    step.chunkTokens[0] = tokens;
    step.chunkContext[0] = context;
    step.chunkPrompt[0] = prompt;
    return this.model.stepSeconds(step);
  }

  private decodeSeconds(contextTokens: number): number {
    const { step } = this;
    step.decodeSequences = 1;
    step.contextTokens = contextTokens;
    step.chunks = 0;
    step.promptTokens = 0;
    step.promptTokenContext = 0;
    return this.model.stepSeconds(step);
  }
}

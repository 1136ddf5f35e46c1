import { createLatencyModel, createStepComposition, type LatencyConfig, ln } from "@replicast/sim-core";
import type { MeasuredSteps } from "./measured-run.ts";

/** Predicted against measured step times. */
export interface CalibratedSteps {
  readonly name: string;
  readonly steps: number;
  /** predicted ÷ measured − 1 of the mean step. */
  readonly meanError: number;
  /** Mean of |predicted ÷ measured − 1| over the steps. */
  readonly perStepError: number;
}

/** Compares a model's step times with measured ones. */
export function judgeSteps(latency: LatencyConfig, { name, steps }: MeasuredSteps): CalibratedSteps {
  const predicted = predictSteps(latency, { name, steps });
  let [predictedSum, measuredSum, deviationSum] = [0, 0, 0];
  for (const [i, { stepSeconds }] of steps.entries()) {
    const seconds = predicted[i] as number;
    predictedSum += seconds;
    measuredSum += stepSeconds;
    deviationSum += Math.abs(seconds / stepSeconds - 1);
  }
  return { name, steps: steps.length, meanError: predictedSum / measuredSum - 1, perStepError: deviationSum / steps.length };
}

/** Mean squared logarithm of predicted ÷ measured over the steps. */
export function squaredLogsOfSteps(latency: LatencyConfig, run: MeasuredSteps): number {
  const predicted = predictSteps(latency, run);
  let sum = 0;
  for (const [i, { stepSeconds }] of run.steps.entries()) {
    const error = ln((predicted[i] as number) / stepSeconds);
    sum += error * error;
  }
  return sum / run.steps.length;
}

/** Step times of the model for measured compositions. */
function predictSteps(latency: LatencyConfig, { steps }: MeasuredSteps): Float64Array {
  const model = createLatencyModel(latency);
  const step = createStepComposition(1);
  const predicted = new Float64Array(steps.length);
  for (const [i, { promptTokens, promptTokenContext, decodeSequences, contextTokens }] of steps.entries()) {
    Object.assign(step, { promptTokens, promptTokenContext, decodeSequences, contextTokens, chunks: promptTokens > 0 ? 1 : 0 });
    // One chunk with the same Q stands for all: what lies before it follows from its size.
    const chunkContext = promptTokens > 0 ? Math.max(0, promptTokenContext / promptTokens - promptTokens / 2) : 0;
    step.chunkTokens[0] = promptTokens;
    step.chunkContext[0] = chunkContext;
    step.chunkPrompt[0] = chunkContext + promptTokens;
    predicted[i] = model.stepSeconds(step);
  }
  return predicted;
}

import { createStepComposition, type LatencyModel, type ReplayAnswers } from "@replicast/sim-core";
import type { MeasuredRequests, MeasuredSteps } from "./measured.ts";

/** Simulated against measured: signed percent of means and percentiles, absolute percent per request. */
export interface RequestErrors {
  readonly kind: "requests";
  /** Requests compared; those the engine would refuse are left out. */
  readonly requests: number;
  readonly ttftMeanPercent: number;
  readonly ttftP99Percent: number;
  /** NaN when no answer is longer than one token. */
  readonly tpotMeanPercent: number;
  readonly e2eMeanPercent: number;
  readonly e2eP99Percent: number;
  /** Mean of |simulated / measured − 1|. */
  readonly perRequestTtftPercent: number;
  readonly perRequestE2ePercent: number;
}

/** Predicted against measured step times. */
export interface StepErrors {
  readonly kind: "steps";
  readonly steps: number;
  readonly stepMeanPercent: number;
  /** Mean of |predicted / measured − 1|. */
  readonly perStepPercent: number;
}

export type FitErrors = RequestErrors | StepErrors;

/** Which rows of a run are compared: [from, to). */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

/** Compares what was simulated with what was measured, request by request and over all. */
export function requestErrors(run: MeasuredRequests, answers: ReplayAnswers, { from, to }: RowRange): RequestErrors {
  const rows: number[] = [];
  for (let i = from; i < to; i++) if (!Number.isNaN(answers.e2eSeconds[i] as number)) rows.push(i);
  const pick = (column: Float64Array): readonly number[] => rows.map((i) => column[i] as number);
  const ttft = [pick(answers.ttftSeconds), pick(run.ttftSeconds)] as const;
  const e2e = [pick(answers.e2eSeconds), pick(run.e2eSeconds)] as const;
  const long = rows.filter((i) => (run.outputTokens[i] as number) > 1);
  const tpot = (of: { readonly ttftSeconds: Float64Array; readonly e2eSeconds: Float64Array }): readonly number[] =>
    long.map((i) => ((of.e2eSeconds[i] as number) - (of.ttftSeconds[i] as number)) / ((run.outputTokens[i] as number) - 1));
  return {
    kind: "requests",
    requests: rows.length,
    ttftMeanPercent: percent(mean(ttft[0]), mean(ttft[1])),
    ttftP99Percent: percent(p99(ttft[0]), p99(ttft[1])),
    tpotMeanPercent: percent(mean(tpot(answers)), mean(tpot(run))),
    e2eMeanPercent: percent(mean(e2e[0]), mean(e2e[1])),
    e2eP99Percent: percent(p99(e2e[0]), p99(e2e[1])),
    perRequestTtftPercent: 100 * meanDeviation(ttft[0], ttft[1]),
    perRequestE2ePercent: 100 * meanDeviation(e2e[0], e2e[1]),
  };
}

/** Compares a model's step times with measured ones. */
export function stepErrors(run: MeasuredSteps, model: LatencyModel, { from, to }: RowRange): StepErrors {
  const predicted = predictSteps(run, model, { from, to });
  const measured = Array.from(run.stepSeconds.subarray(from, to));
  return {
    kind: "steps",
    steps: to - from,
    stepMeanPercent: percent(mean(predicted), mean(measured)),
    perStepPercent: 100 * meanDeviation(predicted, measured),
  };
}

/** Step times of the model for measured compositions. */
export function predictSteps(run: MeasuredSteps, model: LatencyModel, { from, to }: RowRange): readonly number[] {
  const step = createStepComposition(1);
  const predicted: number[] = [];
  for (let i = from; i < to; i++) {
    const promptTokens = run.promptTokens[i] as number;
    step.decodeSequences = run.decodeSequences[i] as number;
    step.contextTokens = run.contextTokens[i] as number;
    step.promptTokens = promptTokens;
    step.promptTokenContext = run.promptTokenContext[i] as number;
    step.chunks = promptTokens > 0 ? 1 : 0;
    step.chunkTokens[0] = promptTokens;
    // One chunk with the same Q stands for all: what lies before it follows from its size.
    step.chunkContext[0] = promptTokens > 0 ? Math.max(0, step.promptTokenContext / promptTokens - promptTokens / 2) : 0;
    step.chunkPrompt[0] = (step.chunkContext[0] as number) + promptTokens;
    predicted.push(model.stepSeconds(step));
  }
  return predicted;
}

function percent(simulated: number, measured: number): number {
  return 100 * (simulated / measured - 1);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The value at rank ⌈0.99·n⌉. */
function p99(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(0.99 * sorted.length) - 1] ?? Number.NaN;
}

function meanDeviation(simulated: readonly number[], measured: readonly number[]): number {
  return mean(simulated.map((value, i) => Math.abs(value / (measured[i] as number) - 1)));
}

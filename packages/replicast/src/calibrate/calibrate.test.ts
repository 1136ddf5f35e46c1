import { createLatencyModel, createStepComposition, genericLatency } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { SERVER, simulateRun } from "../../test/measured-server.ts";
import { calibrate } from "./calibrate.ts";
import type { FittedLatency } from "./coefficients.ts";
import type { RequestErrors, StepErrors } from "./errors.ts";
import type { MeasuredSteps } from "./measured.ts";

const ESTIMATE = genericLatency(SERVER.model, SERVER.gpu, SERVER.gpusPerReplica);
/** A server that differs from the estimate in everything that is fitted. */
const TRUTH: FittedLatency = {
  ...ESTIMATE,
  stepOverheadSeconds: 0.0024,
  perTokenComputeSeconds: 3.1e-5,
  weightReadSeconds: 0.0069,
  perDecodeSequenceSeconds: 2.1e-5,
  perContextTokenSeconds: 3.6e-8,
  requestOverheadSeconds: 0.031,
};

/** [D, K, P, Q] of steps such as a server computes: empty, half full, full; with and without prompts. */
const STEPS = [
  [1, 800, 0, 0],
  [16, 14_000, 0, 0],
  [64, 60_000, 0, 0],
  [8, 6000, 900, 405_000],
  [32, 30_000, 2000, 2_000_000],
] as const;

function stepSeconds(latency: FittedLatency): readonly number[] {
  const model = createLatencyModel(latency);
  return STEPS.map(([decodeSequences, contextTokens, promptTokens, promptTokenContext]) =>
    model.stepSeconds({
      ...createStepComposition(1),
      decodeSequences,
      contextTokens,
      promptTokens,
      promptTokenContext,
      chunks: promptTokens > 0 ? 1 : 0,
    }),
  );
}

function measuredSteps(latency: FittedLatency, count: number): MeasuredSteps {
  const column = (of: (step: (typeof STEPS)[number]) => number): Float64Array =>
    Float64Array.from({ length: count }, (_, i) => of(STEPS[i % STEPS.length] as (typeof STEPS)[number]));
  const seconds = stepSeconds(latency);
  return {
    kind: "steps",
    name: "steps",
    decodeSequences: column(([d]) => d),
    contextTokens: column(([, k]) => k),
    promptTokens: column(([, , p]) => p),
    promptTokenContext: column(([, , , q]) => q),
    stepSeconds: Float64Array.from({ length: count }, (_, i) => seconds[i % STEPS.length] as number),
  };
}

describe("calibrate", () => {
  it("recovers the step times of a server within 2 % from its requests alone, idle to saturated", () => {
    const runs = [simulateRun(TRUTH, 2, 200), simulateRun(TRUTH, 8, 300), simulateRun(TRUTH, 20, 400)];
    const { latency, errors, warnings } = calibrate(runs, SERVER);
    stepSeconds(latency).forEach((seconds, i) => {
      expect(Math.abs(seconds / (stepSeconds(TRUTH)[i] as number) - 1), `step ${STEPS[i]}`).toBeLessThan(0.02);
    });
    expect(warnings).toEqual([]);
    expect(errors.filter(({ part }) => part === "held").map(({ run }) => run)).toEqual(["rate 2", "rate 8", "rate 20"]);
    for (const { errors: found } of errors) expect((found as RequestErrors).perRequestE2ePercent).toBeLessThan(2);
  });

  it("recovers them from step times measured inside the engine, and leaves alone what steps do not show", () => {
    const { latency, errors, fitted } = calibrate([measuredSteps(TRUTH, 100)], SERVER);
    stepSeconds(latency).forEach((seconds, i) => {
      expect(Math.abs(seconds / (stepSeconds(TRUTH)[i] as number) - 1)).toBeLessThan(0.02);
    });
    expect(fitted).not.toContain("requestOverheadSeconds");
    expect(latency.requestOverheadSeconds).toBeCloseTo(ESTIMATE.requestOverheadSeconds, 5);
    expect((errors.map((entry) => entry.errors)[0] as StepErrors).perStepPercent).toBeLessThan(2);
  });

  it("fits the linear form, too, though it cannot follow a step that is bound by both compute and weights", () => {
    const { latency, errors } = calibrate([simulateRun(TRUTH, 2, 150), simulateRun(TRUTH, 12, 300)], { ...SERVER, form: "linear" });
    expect(latency.kind).toBe("linear");
    for (const { errors: found } of errors) expect(Math.abs((found as RequestErrors).e2eMeanPercent)).toBeLessThan(10);
  });

  it("warns when no run shows the server full", () => {
    const { warnings } = calibrate([simulateRun(TRUTH, 1, 60)], { ...SERVER, maxEvaluations: 20 });
    expect(warnings).toEqual([{ code: "no_saturated_run", severity: "warning", path: [], data: { maxSequences: 64 } }]);
  });

  it("keeps the last runs out of the fit when asked to, and checks what is only to be checked", () => {
    const runs = [1, 2, 3].map((rate) => simulateRun(TRUTH, rate, 40));
    const { errors } = calibrate(runs, { ...SERVER, hold: "runs", checks: [simulateRun(TRUTH, 4, 40)], maxEvaluations: 20 });
    expect(errors.map(({ run, part }) => `${run} ${part}`)).toEqual(["rate 1 fit", "rate 2 fit", "rate 3 held", "rate 4 held"]);
  });

  it("fits a server that meets the estimate by leaving the estimate alone", () => {
    const { factors } = calibrate([simulateRun(ESTIMATE, 3, 100)], { ...SERVER, maxEvaluations: 200 });
    for (const [name, factor] of Object.entries(factors)) expect(factor, name).toBeCloseTo(1, 1);
  });

  it("names the requests that the engine it was told of would have refused", () => {
    const engine = { ...SERVER.engine, maxModelTokens: 1000 };
    const { warnings } = calibrate([simulateRun(TRUTH, 1, 60)], { ...SERVER, engine, maxEvaluations: 20 });
    expect(warnings.map(({ code }) => code)).toContain("measured_too_long");
  });

  it("refuses to fit nothing", () => {
    expect(() => calibrate([], SERVER)).toThrow(
      expect.objectContaining({ issues: [expect.objectContaining({ code: "no_measurements" })] }),
    );
  });

  it("tells how often it asked, to whoever listens and at the end, and keeps to its budget", () => {
    const seen: number[] = [];
    const { evaluations } = calibrate([simulateRun(TRUTH, 2, 40)], {
      ...SERVER,
      maxEvaluations: 60,
      onProgress: (count) => seen.push(count),
    });
    expect(evaluations).toBe(seen.length);
    expect(evaluations).toBeGreaterThan(10);
    expect(evaluations).toBeLessThanOrEqual(60);
    expect(calibrate([simulateRun(TRUTH, 2, 40)], { ...SERVER, maxEvaluations: 60 }).evaluations).toBe(evaluations);
  });

  it("gives the same coefficients again", () => {
    const fit = () => calibrate([simulateRun(TRUTH, 4, 60)], { ...SERVER, maxEvaluations: 60 }).latency;
    expect(fit()).toEqual(fit());
  });
});

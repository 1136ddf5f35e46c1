import { builtinPolicies } from "@replicast/policies";
import { createLatencyModel, createStepComposition, createStreams, type LatencyConfig, ln } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { memoryFiles } from "../files.ts";
import { load } from "../load.ts";
import { calibrate, judgeRun } from "./calibrate.ts";
import { linearStart } from "./linear-start.ts";
import type { MeasuredRequest, MeasuredRun, MeasuredSteps } from "./measured-run.ts";
import { type Server, serveRun, withLatency } from "./serve-run.ts";

const SCENARIO = `replicast: 1
name: server
duration: 1h
traffic: [{ arrivals: { kind: poisson, rate: 1/s }, lengths: { prompt: 1, output: 1 } }]
deployments:
  - { name: server, replicas: 1, model: { shape: llama-3.1-8b, gpu: H100, latency: generic }, engine: { maxSequences: 64 } }
nodePools: [{ name: pool, gpu: H100, gpusPerNode: 1, pricePerGpuHour: 1, max: 1 }]
policies: [{ name: one, kind: fixed, replicas: 1 }]
slo: { ttft: "p(95)<10s" }
`;

async function server(): Promise<Server> {
  const { plan } = await load("scenario.yaml", { files: memoryFiles({ "scenario.yaml": SCENARIO }), policies: builtinPolicies });
  return { plan, deployment: plan.deployments[0] as Server["deployment"] };
}

/** Requests as they would be measured on a server with this latency. */
function measure(on: Server, latency: LatencyConfig, perSecond: number, count: number): MeasuredRun {
  const streams = createStreams(String(perSecond));
  const [gaps, lengths] = [streams.get("gaps"), streams.get("lengths")];
  let arrivalSeconds = 0;
  const requests = Array.from({ length: count }, (): MeasuredRequest => {
    arrivalSeconds -= ln(1 - gaps.uniform()) / perSecond;
    return {
      arrivalSeconds,
      promptTokens: 1 + Math.floor(lengths.uniform() * 3000),
      outputTokens: 1 + Math.floor(lengths.uniform() * 400),
      ttftSeconds: Number.NaN,
      e2eSeconds: Number.NaN,
    };
  });
  return { name: `${perSecond}/s`, requests: serveRun(withLatency(on, latency), requests) };
}

/** [D, K, P, Q] of steps such as a server computes: empty, half full, full; with and without prompts. */
const STEPS = [
  [1, 800, 0, 0],
  [16, 14_000, 0, 0],
  [64, 60_000, 0, 0],
  [8, 6000, 900, 405_000],
  [32, 30_000, 2000, 2_000_000],
] as const;

/** Steps as they would be measured in an engine with this latency. */
function measureSteps(latency: LatencyConfig, count: number): MeasuredSteps {
  const model = createLatencyModel(latency);
  const steps = STEPS.map(([decodeSequences, contextTokens, promptTokens, promptTokenContext]) => {
    const step = { decodeSequences, contextTokens, promptTokens, promptTokenContext };
    const composition = { ...createStepComposition(1), ...step, chunks: promptTokens > 0 ? 1 : 0 };
    composition.chunkTokens[0] = promptTokens;
    return { ...step, stepSeconds: model.stepSeconds(composition) };
  });
  return { name: "steps", steps: Array.from({ length: count }, (_, i) => steps[i % steps.length] as (typeof steps)[number]) };
}

describe("calibrate", () => {
  it("recovers a server from what was measured on it, and predicts a load it has not seen", async () => {
    const on = await server();
    const start = on.deployment.serving.latency as Extract<LatencyConfig, { kind: "roofline" }>;
    const truth: LatencyConfig = {
      ...start,
      stepOverheadSeconds: start.stepOverheadSeconds * 1.6,
      weightReadSeconds: start.weightReadSeconds * 1.6,
      perTokenComputeSeconds: start.perTokenComputeSeconds * 1.4,
      perDecodeSequenceSeconds: start.perDecodeSequenceSeconds * 3,
      requestOverheadSeconds: start.requestOverheadSeconds * 0.5,
    };
    const runs = [measure(on, truth, 2, 300), measure(on, truth, 12, 600)];
    const { latency, fitted, heldOut, rootMeanSquare } = calibrate(on, runs, [measure(on, truth, 6, 400)]);
    expect(rootMeanSquare).toBeLessThan(0.01);
    for (const { errors } of [...fitted, ...heldOut]) {
      for (const figures of [errors.ttft, errors.tpot, errors.e2e]) expect(Math.abs(figures.mean)).toBeLessThan(0.02);
    }
    expect(latency).toMatchObject({ kind: "roofline", perPromptTokenContextSeconds: start.perPromptTokenContextSeconds });
  });

  it("fits what was measured and leaves the rest out: E2E alone will do", async () => {
    const on = await server();
    const start = on.deployment.serving.latency;
    const { requests } = measure(on, start, 5, 200);
    const run = { name: "e2e only", requests: requests.map((request) => ({ ...request, ttftSeconds: Number.NaN })) };
    const { rootMeanSquare, fitted } = calibrate(on, [run]);
    expect(rootMeanSquare).toBeLessThan(1e-6);
    expect(fitted[0]?.errors.ttft.mean).toBeNaN();
  });

  it("scales a linear model in its own terms", async () => {
    const on = await server();
    const linear: LatencyConfig = {
      kind: "linear",
      stepSeconds: 0.008,
      perPromptTokenSeconds: 3e-5,
      perDecodeSequenceSeconds: 2e-5,
      perContextTokenSeconds: 4e-8,
      perPromptTokenContextSeconds: 1e-9,
      requestOverheadSeconds: 0.01,
    };
    const run = measure(on, { ...linear, stepSeconds: 0.012 }, 4, 300);
    const { latency } = calibrate(withLatency(on, linear), [run]);
    expect((latency as typeof linear).stepSeconds).toBeGreaterThan(0.0115);
    expect(judgeRun(withLatency(on, latency), run).errors.e2e.mean).toBeCloseTo(0, 2);
  });

  it("recovers step times measured inside the engine, and leaves alone what steps do not show", async () => {
    const on = await server();
    const start = on.deployment.serving.latency as Extract<LatencyConfig, { kind: "roofline" }>;
    const truth = {
      ...start,
      stepOverheadSeconds: start.stepOverheadSeconds * 1.3,
      weightReadSeconds: start.weightReadSeconds * 1.3,
      perTokenComputeSeconds: start.perTokenComputeSeconds * 1.5,
      perContextTokenSeconds: start.perContextTokenSeconds * 0.8,
    };
    const { latency, fittedSteps, heldOutSteps, fitted } = calibrate(on, [measureSteps(truth, 100)], [measureSteps(start, 5)]);
    expect(fitted).toEqual([]);
    expect(fittedSteps).toEqual([{ name: "steps", steps: 100, meanError: expect.closeTo(0, 2), perStepError: expect.closeTo(0, 2) }]);
    expect(latency).toMatchObject({ requestOverheadSeconds: start.requestOverheadSeconds });
    expect(heldOutSteps[0]?.perStepError).toBeGreaterThan(0.1);
  });

  it("fits of a table of kernels what no kernel shows: the host, and the exchange between GPUs", async () => {
    const kernels = { counts: [1, 4096], seconds: [1e-4, 4e-3] };
    const none = { counts: [], seconds: [] };
    const table: LatencyConfig = {
      kind: "table",
      layers: 4,
      stepOverheadSeconds: 0.002,
      requestOverheadSeconds: 0.01,
      perTokenSeconds: 1e-6,
      attention: {
        chunkTokens: [0, 0, 2048, 2048],
        chunkContext: [0, 0, 0, 0],
        decodeSequences: [1, 64, 1, 64],
        decodeContext: [1000, 1000, 1000, 1000],
        seconds: [1e-5, 1e-4, 1e-3, 2e-3],
      },
      perLayer: kernels,
      perStep: none,
      perSequence: none,
    };
    const truth = { ...table, stepOverheadSeconds: 0.003, perTokenSeconds: 3e-6 };
    const { latency } = calibrate(withLatency(await server(), table), [measureSteps(truth, 20)]);
    expect(latency).toEqual({ ...table, stepOverheadSeconds: expect.closeTo(0.003, 4), perTokenSeconds: expect.closeTo(3e-6, 7) });
  });

  it("fits requests and steps together", async () => {
    const on = await server();
    const { latency } = on.deployment.serving;
    const { fitted, fittedSteps } = calibrate(on, [measure(on, latency, 2, 30), measureSteps(latency, 20)]);
    expect([fitted.length, fittedSteps.length]).toEqual([1, 1]);
    expect(fittedSteps[0]?.perStepError).toBeLessThan(0.001);
  });

  it("fits the linear form, too, though it cannot follow a step that is bound by both compute and weights", async () => {
    const on = await server();
    const truth = on.deployment.serving.latency as Extract<LatencyConfig, { kind: "roofline" }>;
    const { latency, fitted } = calibrate(withLatency(on, linearStart(truth)), [measure(on, truth, 8, 80)]);
    expect(latency.kind).toBe("linear");
    for (const { errors } of fitted) expect(Math.abs(errors.e2e.mean)).toBeLessThan(0.1);
  });

  it("refuses to fit nothing, and what has no coefficients", async () => {
    const on = await server();
    const code = (expected: string): unknown => expect.objectContaining({ issues: [expect.objectContaining({ code: expected })] });
    expect(() => calibrate(on, [])).toThrow(code("no_measurements"));
    const own = withLatency(on, { kind: "function", latency: { name: "own", stepSeconds: () => 0.01 } });
    expect(() => calibrate(own, [measureSteps(on.deployment.serving.latency, 5)])).toThrow(code("no_coefficients"));
  });
});

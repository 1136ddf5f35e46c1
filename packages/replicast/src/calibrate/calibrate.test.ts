import { builtinPolicies } from "@replicast/policies";
import { createStreams, type LatencyConfig, ln } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { memoryFiles } from "../files.ts";
import { load } from "../load.ts";
import { calibrate, judgeRun } from "./calibrate.ts";
import type { MeasuredRequest, MeasuredRun } from "./measured-run.ts";
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
});

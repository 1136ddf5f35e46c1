import { builtinPolicies } from "@replicast/policies";
import { describe, expect, it } from "vitest";
import { memoryFiles } from "../files.ts";
import { load } from "../load.ts";
import type { MeasuredRequest } from "./measured-run.ts";
import { type Server, serveRun } from "./serve-run.ts";

const SCENARIO = `replicast: 1
name: server
duration: 1h
traffic: [{ arrivals: { kind: poisson, rate: 1/s }, lengths: { prompt: 1, output: 1 } }]
deployments:
  - { name: server, replicas: 1, model: { shape: llama-3.1-8b, gpu: H100, latency: generic }, engine: { maxSequences: 1 } }
nodePools: [{ name: pool, gpu: H100, gpusPerNode: 1, pricePerGpuHour: 1, max: 1 }]
policies: [{ name: one, kind: fixed, replicas: 1 }]
slo: { ttft: "p(95)<10s" }
`;

async function server(): Promise<Server> {
  const { plan } = await load("scenario.yaml", { files: memoryFiles({ "scenario.yaml": SCENARIO }), policies: builtinPolicies });
  return { plan, deployment: plan.deployments[0] as Server["deployment"] };
}

const request = (arrivalSeconds: number, promptTokens: number, prefixHitTokens?: number): MeasuredRequest => ({
  arrivalSeconds,
  promptTokens,
  outputTokens: 10,
  ...(prefixHitTokens === undefined ? {} : { prefixHitTokens }),
  ttftSeconds: Number.NaN,
  e2eSeconds: Number.NaN,
});
const ttfts = (requests: readonly MeasuredRequest[]): readonly number[] => requests.map(({ ttftSeconds }) => ttftSeconds);

describe("serving a measured run", () => {
  it("computes of a prompt only what an earlier one has not brought into the cache", async () => {
    const on = await server();
    const [, cold] = ttfts(serveRun(on, [request(0, 1600), request(10, 1600)]));
    const [first, warm] = ttfts(serveRun(on, [request(0, 1600), request(10, 1600, 1600 - 16)]));
    expect(first).toBeCloseTo(cold as number, 9);
    const tiny = ttfts(serveRun(on, [request(0, 16)]))[0] as number;
    expect(warm as number).toBeGreaterThan(tiny); // its context is read all the same
    expect(warm as number).toBeLessThan(tiny + 0.1 * ((cold as number) - tiny));
  });

  it("shares requests among data-parallel copies", async () => {
    const on = await server();
    const together = [request(0, 100), request(0, 100)];
    const [, behind] = ttfts(serveRun(on, together));
    const [first, beside] = ttfts(serveRun({ ...on, replicas: 2 }, together));
    expect(behind as number).toBeGreaterThan(beside as number);
    expect(beside).toBe(first);
  });
});

import { builtinPolicies } from "@replicast/policies";
import { beforeAll, describe, expect, it } from "vitest";
import { capacity, load, memoryFiles, type RunResult, run } from "../src/index.ts";

/** A fixed fleet of five 8B replicas; two deployments on one pool when `second` is given. */
const scenario = (perSecond: number, second?: number): string => `
replicast: 1
name: constant
start: 2026-03-02T00:00:00
timeZone: UTC
duration: 1h
seed: 1
traffic:
${[["one", perSecond] as const, ...(second === undefined ? [] : [["two", second] as const])]
  .filter(([, rate]) => rate > 0)
  .map(([name, rate]) => `  - { deployment: ${name}, arrivals: { kind: poisson, rate: ${rate}/s }, lengths: azure-conversation-2023 }`)
  .join("\n")}
deployments:
${["one", ...(second === undefined ? [] : ["two"])].map((name) => `  - { name: ${name}, model: llama-3.1-8b_l40s_tp1, replicas: 5 }`).join("\n")}
nodePools:
  - { name: l40s, gpu: L40S, gpusPerNode: 1, pricePerGpuHour: 2, min: 0, max: 12 }
policies:
  - { name: fixed, ${second === undefined ? "kind: fixed, replicas: 5" : "deployments: { one: { kind: fixed, replicas: 5 }, two: { kind: fixed, replicas: 5 } }"} }
slo: { ttft: "p(95)<2s", tpot: "p(95)<100ms" }
`;

const open = (text: string) => load("scenario.yaml", { files: memoryFiles({ "scenario.yaml": text }), policies: builtinPolicies });

const runOf = async (text: string): Promise<RunResult> => run(await open(text), "fixed");

/** Mean replicas in a ledger state, of one deployment. */
function meanReplicas(result: RunResult, deployment: string, state: "needed" | "buffer"): number {
  const microseconds = result.cost.ledger
    .filter((row) => row.deployment === deployment)
    .reduce((sum, row) => sum + BigInt(row.gpuMicroseconds[state]), 0n);
  return Number(microseconds) / (result.scenario.durationSeconds * 1e6);
}

describe("the split of serving time into needed and buffer", () => {
  let perReplica: number;

  beforeAll(async () => {
    const [table] = capacity(await open(scenario(5)));
    perReplica = table?.points.find(({ replicas }) => replicas === 2)?.requestsPerSecond as number;
    const next = table?.points.find(({ replicas }) => replicas === 4)?.requestsPerSecond as number;
    perReplica = (perReplica + next) / 2; // κ(3), linear between the computed points
  });

  it("at a constant load of 2.5 κ(3) a fleet of 5 has 3 needed and 2 in the buffer", async () => {
    const result = await runOf(scenario(2.5 * perReplica));
    expect(meanReplicas(result, "one", "needed")).toBeGreaterThan(2.95);
    expect(meanReplicas(result, "one", "needed")).toBeLessThan(3.05);
    expect(meanReplicas(result, "one", "buffer")).toBeGreaterThan(1.95);
    expect(meanReplicas(result, "one", "buffer")).toBeLessThan(2.05);
  });

  it("at hardly any load all is buffer but the minutes around a request", async () => {
    const result = await runOf(scenario(1 / 3600));
    const { needed, buffer } = { needed: meanReplicas(result, "one", "needed"), buffer: meanReplicas(result, "one", "buffer") };
    expect(needed + buffer).toBeCloseTo(5, 9);
    expect(needed).toBeLessThanOrEqual((result.requests.arrived * 61) / 3600);
  });

  it("at load 0 the buffer is all that is ready", async () => {
    const text = scenario(5)
      .replace("rate: 5/s", "rate: { points: [[0s, 0/s], [59m, 0/s], [60m, 0.001/s]] }")
      .replace("seed: 1", "seed: 3");
    const result = await runOf(text);
    expect(result.requests.arrived).toBe(0);
    expect(meanReplicas(result, "one", "needed")).toBe(0);
    expect(meanReplicas(result, "one", "buffer")).toBeCloseTo(5, 9);
  });

  it("two deployments have two required(t), each from its own traffic", async () => {
    const result = await runOf(scenario(2.5 * perReplica, 0.5 * perReplica));
    const required = (name: string): number | undefined =>
      result.deployments.find((deployment) => deployment.name === name)?.required.at(-1)?.[1];
    expect([required("one"), required("two")]).toEqual([3, 1]);
    expect(meanReplicas(result, "two", "needed")).toBeGreaterThan(0.95);
  });
});

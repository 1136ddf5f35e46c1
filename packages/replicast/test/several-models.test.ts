import { builtinPolicies } from "@replicast/policies";
import { describe, expect, it } from "vitest";
import { capacity, type LoadedScenario, load, memoryFiles, run } from "../src/index.ts";

const open = (models: string, traffic: string, trace = ""): Promise<LoadedScenario> =>
  load("scenario.yaml", {
    files: memoryFiles({
      "trace.csv": trace,
      "scenario.yaml": `
replicast: 1
name: several
duration: 10m
traffic: [${traffic}]
models: [${models}]
deployments:
  - { name: small, model: llama-3.1-8b_l40s_tp1, replicas: 2 }
  - { name: large, model: llama-3.1-8b_l40s_tp1, replicas: 2 }
nodePools: [{ name: l40s, gpu: L40S, gpusPerNode: 1, pricePerGpuHour: 1.86, max: 4 }]
policies: [{ name: fixed, deployments: { small: { kind: fixed, replicas: 2 }, large: { kind: fixed, replicas: 2 } } }]
slo: { ttft: "p(95)<1s" }
`,
    }),
    policies: builtinPolicies,
  });

const people = "{ model: chat, arrivals: { kind: poisson, rate: 6/s }, lengths: { prompt: { min: 100, max: 2100 }, output: 60 } }";
const byLength = "{ name: chat, rule: promptLength, targets: [{ deployment: small, maxPromptTokens: 1100 }, { deployment: large }] }";

describe("several models behind one gateway", () => {
  it("have a capacity and a need of their own, each from the part of the stream that reaches it", async () => {
    const scenario = await open(byLength, people);
    const table = capacity(scenario);
    const kappa = (name: string): number => table.find(({ deployment }) => deployment === name)?.points[0]?.requestsPerSecond as number;
    // the same server carries more short prompts than long ones
    expect(kappa("small")).toBeGreaterThan(1.5 * kappa("large"));
    const result = await run(scenario, "fixed", { capacity: table });
    const [small, large] = result.deployments.map(({ requests }) => requests.arrived) as [number, number];
    expect(small + large).toBe(result.requests.arrived);
    expect(small / large).toBeCloseTo(1, 0);
    for (const { name, required } of result.deployments) {
      const least = Math.ceil((0.7 * 3) / kappa(name));
      expect(Math.max(...required.map(([, replicas]) => replicas))).toBeGreaterThanOrEqual(least);
    }
    expect(
      result.cost.ledger
        .map(({ deployment }) => deployment)
        .filter((name) => name !== null)
        .sort(),
    ).toEqual(["large", "small"]);
  });

  it("judge a reserve, which gets nothing as long as all is well, by all that may come", async () => {
    const table = capacity(await open("{ name: chat, rule: inOrder, targets: [{ deployment: small }, { deployment: large }] }", people));
    const [small, large] = table.map(({ points }) => points[0]?.requestsPerSecond);
    // both draw from the same requests, but not the same ones
    expect((large as number) / (small as number)).toBeCloseTo(1, 1);
  });

  it("split the rows of a trace by the models they name", async () => {
    const rows = Array.from({ length: 600 }, (_, i) => `${i},${i % 3 === 0 ? 2000 : 200},40,${i % 3 === 0 ? "large" : "small"}`);
    const trace = `arrival_s,input_tokens,output_tokens,model\n${rows.join("\n")}\n`;
    const scenario = await open("", "{ trace: trace.csv }", trace);
    const table = capacity(scenario);
    const [small, large] = table.map(({ points }) => points[0]?.requestsPerSecond as number) as [number, number];
    expect(small).toBeGreaterThan(3 * large);
    const { deployments } = await run(scenario, "fixed", { capacity: table });
    expect(deployments.map(({ requests }) => requests.arrived)).toEqual([400, 200]);
  });
});

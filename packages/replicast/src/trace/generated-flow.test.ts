import { builtinPolicies } from "@replicast/policies";
import { InputError } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { memoryFiles } from "../files.ts";
import { load } from "../load.ts";
import { run } from "../run.ts";
import { generatedFlow } from "./generated-flow.ts";
import { openFlow } from "./open-flow.ts";
import { collectRows, memoryTrace } from "./trace-flow.ts";
import { csvPieces } from "./write-text.ts";

const scenario = (traffic: string): string => `replicast: 1
name: made
duration: 5m
traffic: ${traffic}
deployments: [{ name: chat, model: llama-3.1-8b_l40s_tp1, replicas: 2 }]
nodePools: [{ name: l40s, gpu: L40S, gpusPerNode: 1, pricePerGpuHour: 1.86, min: 2, max: 2 }]
policies: [{ name: fixed, kind: fixed, replicas: 2 }]
slo: { ttft: "p(95)<1s" }
`;
const STREAM = "{ name: a, arrivals: { kind: gamma, rate: 2/s, cv: 2 }, lengths: { prompt: 100, output: { mean: 20 } }";

const open = (traffic: string, seed: string, more: Readonly<Record<string, string>> = {}) =>
  load("scenario.yaml", { files: memoryFiles({ "scenario.yaml": scenario(traffic), ...more }), policies: builtinPolicies, seed });

async function csvOf(traffic: string, seed: string, more?: Readonly<Record<string, string>>): Promise<string> {
  let text = "";
  for await (const piece of csvPieces(generatedFlow(await open(traffic, seed, more)).flow)) text += piece;
  return text;
}

describe("generatedFlow", () => {
  it("writes the same bytes for the same seed, and other ones for another", async () => {
    const text = await csvOf(`[${STREAM} }]`, "1");
    expect(await csvOf(`[${STREAM} }]`, "1")).toBe(text);
    expect(await csvOf(`[${STREAM} }]`, "2")).not.toBe(text);
    expect(text.split("\n")[0]).toBe("arrival_s,input_tokens,output_tokens,tenant");
  });

  it("holds as many requests and tokens as a run counts, and a replay of it counts the same", async () => {
    const traffic = `[${STREAM} }, { name: b, arrivals: { kind: poisson, rate: 1/s }, lengths: { prompt: 300, output: 10 } }]`;
    const text = await csvOf(traffic, "7");
    const made = await collectRows(await openFlow(memoryTrace("made.csv", text)));
    const own = await run(await open(traffic, "7"), "fixed");
    const replayed = await run(await open("[{ trace: made.csv }]", "7", { "made.csv": text }), "fixed");
    expect(own.requests.arrived).toBe(made.length);
    expect(replayed.requests).toEqual(own.requests);
    expect(new Set(made.map(({ tenant }) => tenant))).toEqual(new Set(["a", "b"]));
  });

  it("hands on what a replayed trace says, and the groups of a stream's prompts", async () => {
    const trace = 'arrival_s,input_tokens,output_tokens,session_id,hash_ids\n1,600,5,s,"[7,8]"\n2,600,5,s,"[7,9]"\n';
    const rows = await collectRows(await openFlow(memoryTrace("t.csv", await csvOf("[{ trace: t.csv }]", "1", { "t.csv": trace }))));
    expect(rows.map(({ seconds, session, hashIds }) => [seconds, session, hashIds])).toEqual([
      [1, "s", [0, 1]],
      [2, "s", [0, 2]],
    ]);
    const { hashTokens } = generatedFlow(await open(`[${STREAM}, prefix: { tokens: 50, groups: 3 } }]`, "1"));
    expect(hashTokens).toBe(50);
  });

  it.each([
    { traffic: "[{ users: 5, think: 10s, lengths: { prompt: 10, output: 10 } }]", why: "users" },
    { traffic: `[${STREAM}, sessions: { turns: 2, think: 5s } }]`, why: "sessions" },
    { traffic: `[${STREAM}, maxOpenRequests: 4 }]`, why: "maxOpenRequests" },
  ])("refuses streams that wait for answers: $why", async ({ traffic, why }) => {
    const refused = await csvOf(traffic, "1").catch((error: unknown) => error);
    expect(refused instanceof InputError && refused.issues).toMatchObject([{ code: "traffic_waits", data: { why } }]);
  });
});

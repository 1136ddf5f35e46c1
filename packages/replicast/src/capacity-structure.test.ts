import { type RunResult, simulate } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { idle } from "../test/idle-policy.ts";
import { mixSample } from "./capacity-mix.ts";
import { runTrial } from "./capacity-run.ts";
import { trialLoad } from "./capacity-structure.ts";
import { mixWork } from "./capacity-work.ts";
import { memoryFiles } from "./files.ts";
import { type LoadedScenario, load } from "./load.ts";

interface Changes {
  readonly traffic: string;
  readonly engine?: string;
  readonly routing?: string;
  readonly trace?: string;
}

const open = ({ traffic, engine = "{}", routing = "leastRequests", trace = "" }: Changes): Promise<LoadedScenario> =>
  load("scenario.yaml", {
    files: memoryFiles({
      "trace.jsonl": trace,
      "scenario.yaml": `
replicast: 1
name: structure
duration: 30m
traffic: ${traffic}
deployments: [{ name: chat, model: llama-3.1-8b_l40s_tp1, engine: ${engine}, gateway: { routing: ${routing} }, replicas: 1 }]
nodePools: [{ name: l40s, gpu: L40S, gpusPerNode: 1, pricePerGpuHour: 1.86, max: 1 }]
policies: [{ name: idle, kind: idle }]
slo: { ttft: "p(95)<1s" }
`,
    }),
    policies: [idle],
  });

function loadOf(scenario: LoadedScenario) {
  const deployment = scenario.plan.deployments[0] as LoadedScenario["plan"]["deployments"][number];
  const mix = mixSample(scenario, deployment);
  return { deployment, mix, load: trialLoad(scenario, deployment, mix) };
}

function trialOf(scenario: LoadedScenario, requestsPerSecond: number, judged = 1500): RunResult {
  const { deployment, mix, load: found } = loadOf(scenario);
  const { weights } = mixWork(deployment.serving, mix);
  return runTrial({ plan: scenario.plan, deployment, weights, observers: [] }, 1, found.of(judged), requestsPerSecond).result;
}

const wholeRunOf = ({ plan, bind, openTrace }: LoadedScenario): RunResult =>
  simulate(plan, {
    policy: "idle",
    controllers: bind("idle"),
    metricSource: { series: () => [], answer: () => ({ ok: false, error: "none" }) },
    openTrace,
  });

/** Arrivals and rows of the trial's streams. */
function sentOf(scenario: LoadedScenario, requestsPerSecond: number, judged: number) {
  const { streams, openTrace, fromSeconds, toSeconds } = loadOf(scenario).load.of(judged)(requestsPerSecond);
  const rows = streams.flatMap((stream) => {
    const text = stream.kind === "trace" ? openTrace(stream.file).read(1e9) : "";
    return text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { readonly arrival_s: number; readonly input_tokens: number; readonly session_id: string | null });
  });
  return { rows, fromSeconds, toSeconds };
}

const CONVERSATIONS =
  "[{ arrivals: { kind: poisson, rate: 0.5/s }, lengths: { prompt: 200, output: 40 }, sessions: { turns: 4, think: { mean: 15s }, systemTokens: 320 } }]";
/** Each of 20 documents is asked about again and again, at 2/s. */
const DOCUMENTS: string = Array.from({ length: 3600 }, (_, i) => {
  const document = (i * 7) % 20;
  return JSON.stringify({ arrival_s: i / 2, input_tokens: 1536, output_tokens: 20, hash_ids: [2 * document, 2 * document + 1, 1000 + i] });
}).join("\n");

describe("the traffic of capacity trials", () => {
  it.each([
    { traffic: CONVERSATIONS, trace: "", rate: 2, because: "turns continue the prompts before them" },
    { traffic: "[{ trace: trace.jsonl }]", trace: DOCUMENTS, rate: 2, because: "rows name their texts" },
    {
      traffic: "[{ arrivals: { kind: poisson, rate: 2/s }, lengths: { prompt: 800, output: 20 }, prefix: { tokens: 512, groups: 5 } }]",
      trace: "",
      rate: 2,
      because: "groups share a beginning",
    },
  ])("finds as much in the prefix cache as a whole run does: $because", async ({ traffic, trace, rate }) => {
    const scenario = await open({ traffic, trace });
    const [trial, whole] = [trialOf(scenario, rate), wholeRunOf(scenario)].map(({ prefixCache }) => prefixCache.hitShare as number);
    expect(whole).toBeGreaterThan(0.4);
    expect(Math.abs((trial as number) - (whole as number))).toBeLessThan(0.04);
  });

  it("is drawn one by one where nobody could tell the difference", async () => {
    const uncached = "{ prefixCaching: false }";
    expect(loadOf(await open({ traffic: CONVERSATIONS, engine: uncached })).load.fingerprint).toBe("");
    expect(
      loadOf(await open({ traffic: "[{ arrivals: { kind: poisson, rate: 1/s }, lengths: { prompt: 9, output: 9 } }]" })).load.fingerprint,
    ).toBe("");
    expect(loadOf(await open({ traffic: CONVERSATIONS, engine: uncached, routing: "sessionAffinity" })).load.fingerprint).not.toBe("");
  });

  it("has conversations in their middle from the start, at the rate that is asked for", async () => {
    const { rows, fromSeconds, toSeconds } = sentOf(await open({ traffic: CONVERSATIONS }), 10, 8000);
    const mean = (from: number, to: number): number => {
      const part = rows.filter(({ arrival_s: seconds }) => seconds >= from && seconds < to);
      return part.reduce((sum, { input_tokens: tokens }) => sum + tokens, 0) / part.length;
    };
    expect(mean(0, 60) / mean(fromSeconds, toSeconds)).toBeCloseTo(1, 1);
    expect(rows.length / toSeconds / 10).toBeCloseTo(1, 1);
  });

  it("has the same conversations at any rate, only begun sooner", async () => {
    const scenario = await open({ traffic: CONVERSATIONS.replace("prompt: 200", "prompt: { mean: 200 }") });
    const wholeAt = (rate: number): ReadonlyMap<string, readonly number[]> => {
      const prompts = new Map<string, number[]>();
      for (const { session_id: session, input_tokens: tokens } of sentOf(scenario, rate, 500).rows)
        prompts.set(session as string, [...(prompts.get(session as string) ?? []), tokens]);
      return new Map([...prompts].filter(([, turns]) => turns.length === 4));
    };
    const [slow, fast] = [wholeAt(8), wholeAt(9)];
    const both = [...slow.keys()].filter((session) => fast.has(session));
    expect(both.length).toBeGreaterThan(20);
    for (const session of both) expect(fast.get(session)).toEqual(slow.get(session));
  });

  it("replays a short trace again as other sessions with other texts", async () => {
    const trace = [0, 1, 2]
      .map((i) => JSON.stringify({ arrival_s: i * 600, input_tokens: 1600, output_tokens: 2, session_id: `s${i}` }))
      .join("\n");
    const scenario = await open({ traffic: "[{ trace: trace.jsonl }]", trace });
    expect(new Set(sentOf(scenario, 1, 30).rows.map(({ session_id: session }) => session)).size).toBeGreaterThan(20);
    expect(trialOf(scenario, 1, 30).prefixCache.hitTokens).toBe(0);
  });

  it("leaves out what no replica could hold", async () => {
    const trace = [100, 20_000, 300]
      .map((tokens, i) => JSON.stringify({ arrival_s: i * 600, input_tokens: tokens, output_tokens: 2, session_id: "s" }))
      .join("\n");
    const result = trialOf(await open({ traffic: "[{ trace: trace.jsonl }]", trace }), 1, 60);
    expect(result.requests.rejected).toBe(0);
  });
});

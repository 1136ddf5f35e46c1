import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import {
  createLatencyModel,
  createStepComposition,
  definePolicy,
  InputError,
  type LatencyConfig,
  type Policy,
  type UserLatency,
} from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { judgeRun } from "./calibrate/calibrate.ts";
import type { MeasuredRun } from "./calibrate/measured-run.ts";
import { readMeasurements } from "./calibrate/read/read-measurements.ts";
import { type Server, withLatency } from "./calibrate/serve-run.ts";
import { memoryFiles } from "./files.ts";
import { type LoadOptions, load } from "./load.ts";
import { run } from "./run.ts";

const SCENARIO = `replicast: 1
name: tables
duration: 2m
traffic:
  - { arrivals: { kind: poisson, rate: 2/s }, lengths: { prompt: 100, output: 20 } }
deployments:
  - name: chat
    replicas: 1
    model:
      shape: llama-3.1-8b
      gpu: H100
      latency:
        kind: table
        files: { attention: attention.csv, dense: dense.csv, perSequence: head.csv }
        stepOverheadSeconds: 0.001
nodePools:
  - { name: h100, gpu: H100, gpusPerNode: 1, pricePerGpuHour: 2.5, min: 1, max: 1 }
policies:
  - { name: none, kind: none }
slo: { ttft: "p(95)<2s" }
`;
const FILES = {
  "a/scenario.yaml": SCENARIO,
  "a/attention.csv":
    "prefill_chunk,kv_prefill,n_decode,kv_decode,time_us\n0,0,1,16,10\n0,0,1,1024,20\n0,0,64,16,30\n0,0,64,1024,200\n128,0,0,0,50\n128,0,64,1024,300\n",
  "a/dense.csv": [
    "layer,tokens,time_us",
    ...["embedding,1,5", "embedding,100,15", "layernorm,1,2", "layernorm,100,4", "qkv_proj,1,40", "qkv_proj,50,50", "qkv_proj,100,90"],
  ].join("\n"),
  "a/head.csv": "layer,sequences,time_us\nlm_head,1,700\nlm_head,64,800\nsampler,1,10\nsampler,64,30\n",
};

const none: Policy<null, null> = definePolicy<null, null>({
  id: "none",
  parseConfig: () => ({ ok: true, config: null }),
  initialState: () => null,
  timers: () => [],
  needs: () => [],
  queries: () => [],
  decide: () => ({ state: null }),
});

function loading(files: Readonly<Record<string, string>> = FILES, more: Partial<LoadOptions> = {}): ReturnType<typeof load> {
  return load("a/scenario.yaml", { files: memoryFiles(files), policies: [none], ...more });
}

async function refusal(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  try {
    await loading(files);
    return [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.issues.map(({ code, file, line }) => `${file}:${line ?? ""} ${code}`);
  }
}

describe("kernel tables of a scenario", () => {
  it("are read from files beside it: dense kernels summed by how often they run, the rest estimated", async () => {
    const { plan } = await loading();
    const latency = plan.deployments[0]?.serving.latency as Extract<LatencyConfig, { kind: "table" }>;
    expect(latency).toMatchObject({ kind: "table", layers: 32, stepOverheadSeconds: 0.001, perTokenSeconds: 0 });
    expect(latency.requestOverheadSeconds).toBeCloseTo(0.0126 + 32 * 1.76e-4, 12);
    expect(latency.perLayer.counts).toEqual([1, 50, 100]);
    // two layernorms a layer: 2 · 2, 2 · (2 + 2 · 49/99), 2 · 4
    for (const [i, seconds] of [44e-6, 50e-6 + 2 * (2 + (2 * 49) / 99) * 1e-6, 98e-6].entries())
      expect(latency.perLayer.seconds[i]).toBeCloseTo(seconds, 12);
    expect(latency.perStep.seconds.map((seconds) => Math.round(seconds * 1e6))).toEqual([5, 15]);
    expect(latency.perSequence.seconds.map((seconds) => Math.round(seconds * 1e6))).toEqual([710, 830]);
  });

  it("give a run, and the same one again", async () => {
    const result = await run(await loading());
    expect(result.requests.completed).toBeGreaterThan(100);
    expect(JSON.stringify(await run(await loading()))).toBe(JSON.stringify(result));
  });

  it.each([
    { change: { "a/dense.csv": undefined }, says: ["a/scenario.yaml:14 kernel_table_missing"], because: "a file is not there" },
    { change: { "a/head.csv": "layer,sequences\nx,1\n" }, says: ["a/head.csv:1 table_missing_column"], because: "a column is missing" },
    {
      change: { "a/head.csv": "layer,sequences,time_us\nx,1,fast\nx,2,2\n" },
      says: ["a/head.csv:2 table_bad_number"],
      because: "a time is no number",
    },
    {
      change: { "a/dense.csv": "layer,tokens,time_us\nx,1,1\n" },
      says: ["a/dense.csv: kernel_table_too_small"],
      because: "a kernel has a single point",
    },
  ])("are refused when $because", async ({ change, says }) => {
    const files = Object.fromEntries(Object.entries({ ...FILES, ...change }).filter(([, text]) => text !== undefined)) as Record<
      string,
      string
    >;
    expect(await refusal(files)).toEqual(says);
  });
});

describe("latency models in code", () => {
  const own: UserLatency = { name: "own", stepSeconds: ({ promptTokens }) => 0.02 + 1e-5 * promptTokens, perContextTokenSeconds: 0 };

  it("replace what the scenario says of a deployment, and the result says so", async () => {
    const scenario = await loading(FILES, { latencyModels: { chat: own } });
    expect(scenario.plan.assumptions.join("\n")).toContain("chat: step times come from own, a function of the caller's.");
    const { latency } = await run(scenario);
    expect(latency.tpot.p50Seconds).toBeCloseTo(0.02, 2);
  });

  it("give the same times whether they declare to be affine or not", async () => {
    const { perContextTokenSeconds: _, ...stepped } = own;
    const affine = await run(await loading(FILES, { latencyModels: { chat: own } }));
    const plain = await run(await loading(FILES, { latencyModels: { chat: stepped } }));
    expect(plain.latency.e2e.meanSeconds).toBeCloseTo(affine.latency.e2e.meanSeconds ?? 0, 9);
  });

  it("are refused for a deployment that is not there", async () => {
    await expect(loading(FILES, { latencyModels: { chta: own } })).rejects.toMatchObject({
      issues: [{ code: "unknown_deployment", data: { nearest: ["chat"] } }],
    });
  });
});

const dataFolder = process.env["REPLICAST_DATA"];
const PROFILE = `${dataFolder}/profiles/llmservingsim-rtxpro6000-llama-3.1-8b-tp1`;
const inflated = (path: string): string => gunzipSync(readFileSync(path)).toString("utf8");

describe.skipIf(dataFolder === undefined || !existsSync(`${PROFILE}-dense.csv.gz`))(
  "profiled kernels of an RTX PRO 6000 (need the profiles in $REPLICAST_DATA)",
  () => {
    const loadProfile = async (): Promise<{ server: Server; latency: Extract<LatencyConfig, { kind: "table" }> }> => {
      const files = {
        ...FILES,
        "a/attention.csv": inflated(`${PROFILE}-attention.csv.gz`),
        "a/dense.csv": inflated(`${PROFILE}-dense.csv.gz`),
        "a/head.csv": inflated(`${PROFILE}-per_sequence.csv.gz`),
      };
      const { plan } = await loading(files);
      const deployment = plan.deployments[0] as Server["deployment"];
      return { server: { plan, deployment }, latency: deployment.serving.latency as Extract<LatencyConfig, { kind: "table" }> };
    };

    it("predict an overloaded server without any fit: mean E2E within 2 %, TPOT within 2 %, with 1 ms of host time a step", async () => {
      const text = inflated(`${dataFolder}/e2e/vllm-bench-rtxpro6000-llama-3.1-8b.csv.gz`);
      const measured = readMeasurements(text, "overload").runs[0] as MeasuredRun;
      const { server, latency } = await loadProfile();
      const { deployment } = withLatency(server, { ...latency, requestOverheadSeconds: 0.001 });
      const limits = { maxBatchedTokens: 2048, maxSequences: 128, kvBlocks: 30_000, blockTokens: 16, maxModelTokens: 1e6 };
      const engine = { ...deployment.serving.engine, ...limits, prefixCaching: false };
      const { errors } = judgeRun({ ...server, deployment: { ...deployment, serving: { ...deployment.serving, engine } } }, measured);
      expect(Math.abs(errors.e2e.mean)).toBeLessThan(0.02);
      expect(Math.abs(errors.tpot.mean)).toBeLessThan(0.02);
      expect(Math.abs(errors.ttft.mean)).toBeLessThan(0.03);
    });

    it("interpolate decode attention within 5 % (median) where every second profiled context is left out", async () => {
      const { latency } = await loadProfile();
      const { attention } = latency;
      const contexts = [...new Set(attention.decodeContext.filter((_, i) => attention.chunkTokens[i] === 0))].sort((a, b) => a - b);
      const isKept = (i: number): boolean =>
        attention.chunkTokens[i] !== 0 || contexts.indexOf(attention.decodeContext[i] as number) % 2 === 0;
      const keep = (column: readonly number[]): readonly number[] => column.filter((_, i) => isKept(i));
      const thin = Object.fromEntries(
        Object.entries(attention).map(([name, column]) => [name, keep(column)]),
      ) as unknown as typeof attention;
      const bare = {
        layers: 1,
        stepOverheadSeconds: 0,
        perLayer: { counts: [], seconds: [] },
        perStep: { counts: [], seconds: [] },
        perSequence: { counts: [], seconds: [] },
      };
      const model = createLatencyModel({ ...latency, ...bare, attention: thin });
      const deviations = attention.seconds.flatMap((seconds, i) => {
        if (isKept(i)) return [];
        const decodeSequences = attention.decodeSequences[i] as number;
        const step = {
          ...createStepComposition(1),
          decodeSequences,
          contextTokens: decodeSequences * (attention.decodeContext[i] as number),
        };
        return [Math.abs(model.stepSeconds(step) / seconds - 1)];
      });
      deviations.sort((a, b) => a - b);
      expect(deviations.length).toBeGreaterThan(50);
      expect(deviations[Math.floor(deviations.length / 2)]).toBeLessThan(0.05);
    });
  },
);

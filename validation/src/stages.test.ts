import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { CaseError } from "./cases.ts";
import { type Experiment, readExperiments, readPeerPredictions } from "./stage-files.ts";
import { renderStages, summarisePeers, summariseStages } from "./stage-table.ts";
import { judgeExperiment, requestsOf } from "./stages.ts";

const root = mkdtempSync(join(tmpdir(), "stages-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const HEAD =
  "exp,model,gpu,tp,stage,rate_rps,duration_s,question_len,system_prompt_len,output_len,max_num_seqs,max_num_batched_tokens,gpu_mem_util,kv_blocks_16,ttft_mean_ms,ttft_p90_ms,ttft_p99_ms,e2e_mean_ms,e2e_p90_ms,e2e_p99_ms";
const row = (exp: string, stage: string, rate: string): string =>
  `${exp},meta-llama/Llama-3.1-8B-Instruct,H100,1,${stage},${rate},20,447,100,101,128,2048,0.9,,25,27,50,725,800,900`;
const TRAINING_HEAD =
  "exp,model,gpu,tp,stage,rate_rps,duration_s,question_len,system_prompt_len,output_len,max_num_seqs,max_num_batched_tokens,sent,ok,failed,prompt_len_mean,output_len_mean,ttft_mean_ms,e2e_mean_ms";
const training = (exp: string, failed: number): string =>
  `${exp},meta-llama/Llama-2-7b-hf,H100,1,0,1,20,447,100,101,128,2048,20,${20 - failed},${failed},590.6,99.7,30,1000`;

function write(name: string, lines: readonly string[]): void {
  const text = `${lines.join("\n")}\n`;
  writeFileSync(join(root, "e2e", name), name.endsWith(".gz") ? gzipSync(text) : text);
}

beforeEach(() => {
  mkdirSync(join(root, "e2e"), { recursive: true });
  write("blis-inference-perf-runs.csv", [HEAD, row("a", "all", ""), row("a", "1", "4"), row("a", "0", "2")]);
  write("blis-training-runs-h100.csv", [TRAINING_HEAD, training("b", 0), training("lost", 10)]);
  rmSync(join(root, "e2e/peer-predictions-blis-runs.csv.gz"), { force: true });
});

const first = (): Experiment => readExperiments(root)[0] as Experiment;

describe("load stages", () => {
  it("are read by experiment, in their order; what was lost to overload is left out", () => {
    const [a, b, ...more] = readExperiments(root);
    expect(more).toEqual([]);
    expect(a?.stages.map(({ stage, requestsPerSecond }) => [stage, requestsPerSecond])).toEqual([
      ["0", 2],
      ["1", 4],
    ]);
    expect(a).toMatchObject({
      name: "a",
      promptTokens: 547,
      outputTokens: 101,
      engine: { kvBlocks: undefined, gpuMemoryUtilization: 0.9 },
    });
    expect(a?.whole?.stage).toBe("all");
    expect(a?.stages[0]?.measured).toEqual({
      ttft_ms: { mean: 25, p90: 27, p99: 50 },
      e2e_ms: { mean: 725, p90: 800, p99: 900 },
      tpot_ms: { mean: 7 },
    });
    expect(b).toMatchObject({ name: "b", promptTokens: 591, outputTokens: 100 });
  });

  it.each([
    [row("a", "0", "fast"), 'rate_rps is "fast"'],
    [row("a", "0", "2").replace("H100", ""), "a has no gpu"],
  ])("that cannot be read say why: %s", (line, reason) => {
    write("blis-inference-perf-runs.csv", [HEAD, line]);
    expect(() => readExperiments(root)).toThrow(reason);
    expect(() => readExperiments(root)).toThrow(CaseError);
  });

  it("send as many requests as the load tool, which fill each stage's time", () => {
    const { requests, ends } = requestsOf(first());
    expect(ends).toEqual([40, 120]);
    expect(requests[39]?.arrivalSeconds).toBeCloseTo(20, 9);
    expect(requests[119]?.arrivalSeconds).toBeCloseTo(40, 9);
    expect(requests[0]?.prefixHitTokens).toBe(96 + 225);
    const gaps = requests.slice(1, 40).map(({ arrivalSeconds }, i) => arrivalSeconds - (requests[i]?.arrivalSeconds ?? 0));
    expect(Math.max(...gaps)).toBeGreaterThan(4 * Math.min(...gaps));
  });

  it("are judged one by one and as a whole", async () => {
    const judged = await judgeExperiment(first());
    expect(judged.map(({ stage, group }) => [stage, group])).toEqual([
      ["0", "Llama-3.1-8B-Instruct, 1 × H100"],
      ["1", "Llama-3.1-8B-Instruct, 1 × H100"],
      ["all", "Llama-3.1-8B-Instruct, 1 × H100"],
    ]);
    const e2e = judged.map(({ figures }) => figures.e2e.mean?.simulated as number);
    expect(e2e[1]).toBeGreaterThan(e2e[0] as number);
    expect(e2e[2]).toBeCloseTo(((e2e[0] as number) * 40 + (e2e[1] as number) * 80) / 120, 9);
    expect(summariseStages(judged)).toMatchObject([{ stages: 2 }, { group: "all groups", stages: 2 }]);
  });

  it("name a model whose shape nobody knows", async () => {
    await expect(judgeExperiment({ ...first(), model: "who/knows" })).rejects.toThrow(/a: the shape of who\/knows is not known/);
  });
});

describe("other simulators", () => {
  it("are compared on the stages that both have, on whole experiments where they have no others", async () => {
    const judged = await judgeExperiment(first());
    write("peer-predictions-blis-runs.csv.gz", [
      "simulator,exp,stage,metric,abs_pct_error",
      "x,a,0,e2e_mean,10",
      "x,a,1,e2e_mean,30",
      "x,a,-1,e2e_mean,99",
      "x,elsewhere,0,e2e_mean,99",
      "y,a,-1,ttft_mean,7",
      "z,elsewhere,0,e2e_mean,1",
    ]);
    const peers = summarisePeers(judged, readPeerPredictions(root));
    expect(peers.map(({ simulator, stages }) => [simulator, stages])).toEqual([
      ["x", 2],
      ["y", 1],
    ]);
    expect(peers[0]?.e2eMean.published).toBeCloseTo(0.2, 12);
    const errors = judged.slice(0, 2).map(({ figures }) => Math.abs(figures.e2e.mean?.error as number));
    expect(peers[0]?.e2eMean.ours).toBeCloseTo(((errors[0] as number) + (errors[1] as number)) / 2, 12);
    expect(peers[1]?.ttftMean.published).toBeCloseTo(0.07, 12);
    expect(peers[1]?.e2eMean.published).toBeNaN();
    expect(renderStages(summariseStages(judged), peers)).toMatch(/^x +2 +– +– +20\.0 %/m);
  });

  it("are none where their file is missing", () => {
    expect(readPeerPredictions(root)).toEqual([]);
  });
});

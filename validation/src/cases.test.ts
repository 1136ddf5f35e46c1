import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { CaseError, readCases } from "./cases.ts";
import { judgeCase } from "./judge.ts";
import { renderRuns, summarise } from "./table.ts";
import { readWorkload } from "./workload.ts";

const root = mkdtempSync(join(tmpdir(), "validation-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeEach(() => {
  rmSync(root, { recursive: true, force: true });
  for (const folder of ["validation", "e2e"]) mkdirSync(join(root, folder), { recursive: true });
});

const MEASURED = { requests: 40, ttft_ms: { mean: 40 }, tpot_ms: { mean: 8 }, e2e_ms: { mean: 120, p50: 118 } };
const CASE = {
  id: "case",
  title: "A small one",
  model: { name: "m", params: 8.03e9, layers: 32, hidden: 4096, heads: 32, kv_heads: 8, head_dim: 128, dtype_bytes: 2 },
  gpu: { name: "NVIDIA H100 SXM 80GB", count: 1 },
  engine: { max_num_seqs: 64, max_num_batched_tokens: 2048, kv_blocks: "not recorded" },
};

function write(name: string, content: unknown): string {
  const file = join(root, name);
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}

function writeRows(name: string, perSecond: number): void {
  const rows = Array.from({ length: 40 }, (_, i) => `${i / perSecond},${200 + i},11,40,120,1`);
  write(`e2e/${name}.csv`, ["arrival_s,input_tokens,output_tokens,ttft_ms,e2e_ms,ok", ...rows, ""].join("\n"));
}

const problems = (): string => {
  try {
    readCases(root);
  } catch (error) {
    expect(error).toBeInstanceOf(CaseError);
    return (error as Error).message;
  }
  return "";
};

describe("cases", () => {
  it("are read in both layouts, in order of their names", () => {
    writeRows("slow", 1);
    write("validation/b.json", { ...CASE, id: "b", workload: "../e2e/slow.csv", measured: MEASURED });
    write("validation/a.json", {
      ...CASE,
      id: "a",
      runs: [
        { workload: "../e2e/slow.csv", role: "calibrate", measured: MEASURED },
        { workload: "../e2e/slow.csv", role: "check: other prompts", measured: MEASURED },
      ],
    });
    write("validation/README.md", "no case");
    expect(readCases(root).map(({ id, runs }) => [id, runs.map(({ role }) => role)])).toEqual([
      ["a", ["calibrate", "check"]],
      ["b", ["preset"]],
    ]);
  });

  it("tell everything that is wrong with them, with their files", () => {
    write("validation/a.json", { ...CASE, engine: { max_num_seqs: 0 }, workload: "../e2e/gone.csv", measured: MEASURED });
    write("validation/b.json", "{");
    write("validation/c.json", { ...CASE, workload: "../e2e/gone.csv", measured: MEASURED });
    write("validation/d.json", CASE);
    const text = problems();
    expect(text).toMatch(/a\.json: engine\.max_num_seqs: /);
    expect(text).toMatch(/a\.json: engine\.max_num_batched_tokens: /);
    expect(text).toMatch(/b\.json: this is no JSON/);
    expect(text).toMatch(/c\.json: there is no workload .*gone\.csv/);
    expect(text).toMatch(/d\.json: .*has either runs, or workload and measured/);
  });

  it("are missed where there are none", () => {
    expect(problems()).toContain("there is no case (*.json)");
    rmSync(join(root, "validation"), { recursive: true });
    expect(problems()).toContain("there is no such folder");
  });
});

describe("a workload", () => {
  it("arrives when it was sent; a failed request is compared with nothing", () => {
    const file = write("e2e/w.csv", "arrival_s,send_s,input_tokens,output_tokens,ttft_ms,e2e_ms,ok\n1,1.5,10,5,20,60,1\n0,0.25,10,5,30,70,0\n");
    expect(readWorkload(file)).toEqual({
      isEngineSide: false,
      requests: [
        { arrivalSeconds: 0.25, promptTokens: 10, outputTokens: 5, ttftSeconds: Number.NaN, e2eSeconds: Number.NaN },
        { arrivalSeconds: 1.5, promptTokens: 10, outputTokens: 5, ttftSeconds: 0.02, e2eSeconds: 0.06 },
      ],
    });
  });

  it("with the time to the queue begins there, and its latencies are the engine's", () => {
    const file = write("e2e/w.csv", "arrival_s,input_tokens,output_tokens,ttft_ms,e2e_ms,arrival_to_queued_ms\n1,10,5,20,60,250\n");
    expect(readWorkload(file)).toMatchObject({ isEngineSide: true, requests: [{ arrivalSeconds: 1.25, ttftSeconds: 0.02 }] });
  });

  it.each([
    ["arrival_s,output_tokens\n1,2\n", "has no column input_tokens"],
    ["arrival_s,input_tokens,output_tokens,ttft_ms\n1,2,3,fast\n", ':2: ttft_ms is "fast"'],
    ["arrival_s,input_tokens,output_tokens\n", "has no rows"],
  ])("that cannot be read says why: %j", (text, reason) => {
    const file = write("e2e/w.csv", text);
    expect(() => readWorkload(file)).toThrow(reason);
  });
});

describe("judging", () => {
  it("fits on runs to calibrate alone, and compares every run under each model", async () => {
    for (const [name, perSecond] of [["slow", 1], ["fast", 20]] as const) writeRows(name, perSecond);
    write("validation/a.json", {
      ...CASE,
      runs: [
        { workload: "../e2e/slow.csv", role: "calibrate", measured: MEASURED },
        { workload: "../e2e/fast.csv", role: "check", measured: MEASURED },
      ],
    });
    const judged = await judgeCase(readCases(root)[0] as Parameters<typeof judgeCase>[0]);
    expect(judged.map(({ run, model, isFitted }) => [run, model, isFitted])).toEqual([
      ["slow", "fitted", true],
      ["fast", "fitted", false],
      ["slow", "generic", false],
      ["fast", "generic", false],
    ]);
    expect(Math.abs(judged[0]?.figures.e2e.mean?.error as number)).toBeLessThan(0.02);
    expect(Object.keys(judged[0]?.figures.e2e ?? {})).toEqual(["mean", "p50"]);
    expect(judged[1]?.throughput.measured).toBeCloseTo(40 / (39 / 20 + 0.12), 9);
    expect(summarise(judged)).toMatchObject([
      { model: "fitted", runs: 1 },
      { model: "generic", runs: 2 },
    ]);
    expect(renderRuns(judged)).toMatch(/e2e mean +120\.00 ms +\d/);
  });

  it("uses a shipped preset, as in-sample, where a case names no roles", async () => {
    writeRows("slow", 1);
    write("validation/b.json", { ...CASE, workload: "../e2e/slow.csv", measured: MEASURED });
    const judged = await judgeCase(readCases(root)[0] as Parameters<typeof judgeCase>[0]);
    expect(judged.map(({ model, isFitted }) => [model, isFitted])).toEqual([
      ["preset", true],
      ["generic", false],
    ]);
  });

  it("names the GPUs it knows when a case has another", async () => {
    writeRows("slow", 1);
    write("validation/b.json", { ...CASE, gpu: { name: "Abacus 9" }, workload: "../e2e/slow.csv", measured: MEASURED });
    await expect(judgeCase(readCases(root)[0] as Parameters<typeof judgeCase>[0])).rejects.toThrow(/no data sheet for "Abacus 9"; known: H100/);
  });
});

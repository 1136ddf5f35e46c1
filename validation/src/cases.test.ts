import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { CaseError, readCases } from "./cases.ts";
import { judgeCase } from "./judge.ts";
import { publishedErrors } from "./published.ts";
import { renderMarkdown, renderRuns, summarise } from "./table.ts";
import { readWorkload, withoutHits } from "./workload.ts";

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
    const file = write(
      "e2e/w.csv",
      "arrival_s,send_s,input_tokens,output_tokens,ttft_ms,e2e_ms,ok\n1,1.5,10,5,20,60,1\n0,0.25,10,5,30,70,0\n",
    );
    expect(readWorkload(file)).toEqual({
      isEngineSide: false,
      hasHits: false,
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

  it("may know which prompts hit the prefix cache", () => {
    const file = write(
      "e2e/w.csv",
      "arrival_s,input_tokens,output_tokens,prefix_hit_tokens_possible,ttft_ms,e2e_ms\n1,100,5,0,20,60\n2,100,5,64,20,60\n",
    );
    const workload = readWorkload(file);
    expect(workload.hasHits).toBe(true);
    expect(workload.requests.map(({ prefixHitTokens }) => prefixHitTokens)).toEqual([undefined, 64]);
    expect(withoutHits(workload)).toMatchObject({ hasHits: false });
    expect(withoutHits(workload).requests.every((request) => !("prefixHitTokens" in request))).toBe(true);
  });

  it.each([
    ["arrival_s,output_tokens\n1,2\n", "has no column input_tokens"],
    ["arrival_s,input_tokens,output_tokens,ttft_ms\n1,2,3,fast\n", ':2: ttft_ms is "fast"'],
    ["arrival_s,input_tokens,output_tokens\n", "has no rows"],
    ["arrival_s,input_tokens,output_tokens\n,2,3\n", ':2: arrival_s is "", not a time'],
    ["arrival_s,input_tokens,output_tokens\n1,2,3\n1,0,3\n", ':3: input_tokens is "0", not a number of tokens'],
    ["arrival_s,input_tokens,output_tokens\n1,2,2.5\n", ':2: output_tokens is "2.5", not a number of tokens'],
  ])("that cannot be read says why: %j", (text, reason) => {
    const file = write("e2e/w.csv", text);
    expect(() => readWorkload(file)).toThrow(reason);
  });
});

describe("judging", () => {
  it("fits on runs to calibrate alone, and compares every run under each model", async () => {
    for (const [name, perSecond] of [
      ["slow", 1],
      ["fast", 20],
    ] as const)
      writeRows(name, perSecond);
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
    expect(renderRuns(judged, [])).toMatch(/e2e mean +120\.00 ms +\d/);
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

  it("counts known prefix hits where the server caches them, shows what leaving them out would change, and sums up the first", async () => {
    const rows = Array.from({ length: 10 }, (_, i) => `${i},1000,11,${i === 0 ? 0 : 960},40,120`);
    write("e2e/hits.csv", ["arrival_s,input_tokens,output_tokens,prefix_hit_tokens_possible,ttft_ms,e2e_ms", ...rows, ""].join("\n"));
    const judgedWith = async (engine: object): Promise<Awaited<ReturnType<typeof judgeCase>>> => {
      write("validation/a.json", { ...CASE, engine: { ...CASE.engine, ...engine }, workload: "../e2e/hits.csv", measured: MEASURED });
      return (await judgeCase(readCases(root)[0] as Parameters<typeof judgeCase>[0])).filter(({ model }) => model === "generic");
    };
    const [counted, leftOut] = await judgedWith({ prefix_caching: "on; the column says how many" });
    expect([counted?.prefixHits, leftOut?.prefixHits]).toEqual(["counted", "left out"]);
    expect(counted?.figures.ttft.mean?.simulated as number).toBeLessThan(leftOut?.figures.ttft.mean?.simulated as number);
    expect(summarise([counted, leftOut] as never)).toMatchObject([
      { runs: 1, ttft: Math.abs(counted?.figures.ttft.mean?.error as number) },
    ]);
    expect((await judgedWith({ prefix_caching: false })).map(({ prefixHits }) => prefixHits)).toEqual(["left out"]);
  });

  it("says which constant before the scheduler would close the gap of mean TTFT, unless the clock starts behind it", async () => {
    writeRows("slow", 1);
    write("validation/b.json", { ...CASE, workload: "../e2e/slow.csv", measured: MEASURED });
    const [, generic] = await judgeCase(readCases(root)[0] as Parameters<typeof judgeCase>[0]);
    const mean = generic?.figures.ttft.mean;
    const overheadSeconds = 0.0126 + 1.76e-4 * 32;
    expect(generic?.impliedOverheadSeconds).toBeCloseTo(overheadSeconds + (mean?.measured as number) - (mean?.simulated as number), 9);
    write("e2e/slow.csv", "arrival_s,input_tokens,output_tokens,ttft_ms,e2e_ms,arrival_to_queued_ms\n1,10,5,20,60,250\n");
    const [, engineSide] = await judgeCase(readCases(root)[0] as Parameters<typeof judgeCase>[0]);
    expect(engineSide?.impliedOverheadSeconds).toBeNaN();
  });

  it("splits a case's GPUs as its engine does", async () => {
    writeRows("slow", 1);
    const judgedWith = async (engine: object): Promise<number> => {
      const content = {
        ...CASE,
        gpu: { ...CASE.gpu, count: 2 },
        engine: { ...CASE.engine, ...engine },
        workload: "../e2e/slow.csv",
        measured: MEASURED,
      };
      write("validation/a.json", content);
      const judged = await judgeCase(readCases(root)[0] as Parameters<typeof judgeCase>[0]);
      return judged.find(({ model }) => model === "generic")?.figures.tpot.mean?.simulated as number;
    };
    const tensor = await judgedWith({});
    expect(await judgedWith({ tensor_parallel: 2 })).toBe(tensor);
    expect(await judgedWith({ data_parallel: 2 })).toBeGreaterThan(1.2 * tensor);
    await expect(judgedWith({ tensor_parallel: 4 })).rejects.toThrow(/a\.json: gpu\.count: is not tensor_parallel × data_parallel/);
  });

  it("takes a GPU's figures from the case where it states them", async () => {
    writeRows("slow", 1);
    const gpu = { name: "Abacus 9", memory_bytes: 80e9, bandwidth_bytes_per_s: 3.35e11, fp16_dense_flops: 989e12 };
    write("validation/b.json", { ...CASE, gpu, workload: "../e2e/slow.csv", measured: MEASURED });
    const judged = await judgeCase(readCases(root)[0] as Parameters<typeof judgeCase>[0]);
    expect(judged.map(({ model }) => model)).toEqual(["generic"]);
    expect(judged[0]?.figures.tpot.mean?.simulated).toBeGreaterThan(0.048); // 16 GB of weights at 335 GB/s
  });

  it("names the GPUs it knows when a case has another", async () => {
    writeRows("slow", 1);
    write("validation/b.json", { ...CASE, gpu: { name: "Abacus 9" }, workload: "../e2e/slow.csv", measured: MEASURED });
    await expect(judgeCase(readCases(root)[0] as Parameters<typeof judgeCase>[0])).rejects.toThrow(
      /no data sheet for "Abacus 9"; known: H100/,
    );
  });
});

describe("errors that others published", () => {
  it("are read from a case, by simulator or in words; what has another form is for people", () => {
    expect(publishedErrors({ id: "a", peers: { Other: { ttft_mean_pct: -4, note: "x" }, odd: 3 } })).toEqual([
      { case: "a", simulator: "Other", errors: { ttft_mean: -0.04 }, sentence: "" },
    ]);
    expect(publishedErrors({ id: "a", peers: "none" })).toMatchObject([{ sentence: "none" }]);
    expect(publishedErrors({ id: "a", peers: undefined })).toEqual([]);
  });

  it("stand below the runs of the case", () => {
    const text = renderRuns([], publishedErrors({ id: "a", peers: { Other: { ttft_mean_pct: -4 } } }));
    expect(text).not.toContain("Other"); // no run of case a
    expect(renderMarkdown([])).toMatch(/^\| run \| model \|/);
  });
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Calibration } from "replicast";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { main } from "../src/program.ts";
import { type TestIo, testIo } from "./test-io.ts";

let root: string;

/** 60 requests, one every 200 ms, on a server of about 10 ms a step. */
const ROWS = Array.from({ length: 60 }, (_, i) => {
  const output = 20 + (i % 30);
  return `${(i * 0.2).toFixed(1)},${200 + 20 * (i % 40)},${output},${30 + (i % 40)},${30 + (i % 40) + 10 * (output - 1)}`;
});
const RUN = ["arrival_s,input_tokens,output_tokens,ttft_ms,e2e_ms", ...ROWS, ""].join("\n");

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "calibrate-"));
  writeFileSync(join(root, "run.csv"), RUN);
  writeFileSync(join(root, "check.csv.gz"), gzipSync(RUN));
  writeFileSync(join(root, "bad.csv"), "arrival_s,input_tokens\n0,1\n");
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function replicast(args: readonly string[], changes: Partial<TestIo> = {}): Promise<{ readonly code: number; readonly io: TestIo }> {
  const io = testIo({ workingFolder: root, ...changes });
  return { code: await main(args, io), io };
}

const SERVER = ["--model", "llama-3.1-8b", "--gpu", "H100", "--max-num-seqs", "64", "--max-num-batched-tokens", "2048"];

describe("replicast calibrate", () => {
  it("prints the errors of every part and a fragment that a scenario takes, and writes the fragment", async () => {
    const { code, io } = await replicast(["calibrate", "run.csv", ...SERVER, "--check", "check.csv.gz", "--out", "own/latency.yaml"]);
    expect(code).toBe(0);
    expect(io.outText()).toMatch(/^run +part +requests/m);
    expect(io.outText()).toMatch(/^run\.csv +fit +42 /m);
    expect(io.outText()).toMatch(/^run\.csv +held +18 /m);
    expect(io.outText()).toMatch(/^check\.csv\.gz +held +60 /m);
    expect(io.errText()).toContain("warning[no_saturated_run]");
    const fragment = readFileSync(join(root, "own/latency.yaml"), "utf8");
    expect(io.outText().endsWith(fragment)).toBe(true);
    const indented = fragment.split("\n").map((line) => `      ${line}`);
    const scenario = [
      "replicast: 1",
      "name: fitted",
      "duration: 1m",
      "traffic: [{ arrivals: { kind: poisson, rate: 1/s }, lengths: { prompt: 100, output: 10 } }]",
      "deployments:",
      "  - name: chat",
      "    replicas: 1",
      "    model:",
      "      shape: llama-3.1-8b",
      "      gpu: H100",
      ...indented,
      "nodePools: [{ name: h100, gpu: H100, gpusPerNode: 1, pricePerGpuHour: 2, min: 1, max: 1 }]",
      "policies: [{ name: fixed, kind: fixed, replicas: 1 }]",
      'slo: { ttft: "p(95)<1s" }',
    ];
    writeFileSync(join(root, "scenario.yaml"), `${scenario.join("\n")}\n`);
    const validated = await replicast(["validate", "scenario.yaml"]);
    expect({ code: validated.code, err: validated.io.errText() }).toEqual({ code: 0, err: "" });
    const again = await replicast(["calibrate", "run.csv", "--scenario", "scenario.yaml", "--quiet"]);
    expect({ code: again.code, err: again.io.errText() }).toEqual({ code: 0, err: "" });
  });

  it("prints the whole result as JSON", async () => {
    const { io } = await replicast(["calibrate", "run.csv", ...SERVER, "--form", "linear", "--held-share", "0", "--json", "--quiet"]);
    const result = JSON.parse(io.outText()) as Calibration;
    expect(result.latency.kind).toBe("linear");
    expect(result.errors.map(({ part }) => part)).toEqual(["fit"]);
    expect(result.warnings.map(({ code }) => code)).toEqual(["no_saturated_run"]);
    expect(io.errText()).toBe("");
  });

  it("names everything that is wrong at once", async () => {
    const { code, io } = await replicast(["calibrate", "bad.csv", "none.csv", "--model", "lama-3.1-8b", "--gpu", "H100"]);
    expect(code).toBe(2);
    for (const found of ["unknown_server_model", "table_missing_column", "measurements_missing"])
      expect(io.errText()).toContain(`error[${found}]`);
    const numbers = await replicast(["calibrate", "run.csv", ...SERVER, "--gpus", "0", "--held-share", "1", "--kv-blocks", "many"]);
    expect(numbers.code).toBe(2);
    expect(numbers.io.errText().match(/error\[bad_option\]/g)).toHaveLength(3);
  });

  it("wants to know which server was measured", async () => {
    const { code, io } = await replicast(["calibrate", "run.csv"]);
    expect(code).toBe(2);
    expect(io.errText()).toContain("--model");
  });

  it("ends when its time is up", async () => {
    let seconds = 0;
    const clockSeconds = (): number => seconds++;
    const { code, io } = await replicast(["calibrate", "run.csv", ...SERVER, "--time-limit", "5s"], { clockSeconds });
    expect(code).toBe(4);
    expect(io.errText()).toContain("error[time_limit]");
  });
});

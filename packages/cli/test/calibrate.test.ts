import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
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

async function replicast(args: readonly string[]): Promise<{ readonly code: number; readonly io: TestIo }> {
  const io = testIo({ workingFolder: root });
  return { code: await main(args, io), io };
}

const SERVER = ["--model", "llama-3.1-8b", "--gpu", "H100", "--max-num-seqs", "64", "--max-num-batched-tokens", "2048"];

describe("replicast calibrate", () => {
  it("prints the errors of every part above a fragment that a scenario takes", async () => {
    const { code, io } = await replicast(["calibrate", "run.csv", ...SERVER, "--hold-out", "check.csv.gz", "--held-share", "0.3"]);
    expect(code).toBe(0);
    for (const line of [/^# fitted .* run\.csv, first part$/m, /^# held out .* run\.csv, rest$/m, /^# held out .* check\.csv\.gz$/m])
      expect(io.outText()).toMatch(line);
    expect(io.errText()).toContain("warning[no_saturated_run]");
    const indented = io
      .outText()
      .split("\n")
      .map((line) => `      ${line}`);
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
    expect([result.fitted, result.heldOut].map((runs) => runs.map(({ requests }) => requests))).toEqual([[60], []]);
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

  it("fits step times from the engine, and judges them one by one", async () => {
    const steps = Array.from({ length: 20 }, (_, i) => `${9 + i / 10},${1 + i},${1000 * (1 + i)}`);
    writeFileSync(join(root, "steps.csv"), ["step_ms,decode_sequences,context_tokens", ...steps, ""].join("\n"));
    const { code, io } = await replicast(["calibrate", "steps.csv", ...SERVER]);
    expect({ code, err: io.errText() }).toEqual({ code: 0, err: "" });
    expect(io.outText()).toMatch(/^# held out .* 6 +steps\.csv, rest$/m);
  });

  it.each([
    { args: ["--scenario", "scenario.yaml", "--gpu", "H100"], says: "--gpu" },
    { args: ["--scenario", "scenario.yaml", "--kv-blocks", "9"], says: "--scenario" },
    { args: ["--model", "llama-2-70b_h100_tp8_legacy2023", "--form", "roofline"], says: "--form" },
  ])("refuses $args, which contradict each other", async ({ args, says }) => {
    const { code, io } = await replicast(["calibrate", "run.csv", ...args]);
    expect(code).toBe(2);
    expect(io.errText()).toContain(says);
  });
});

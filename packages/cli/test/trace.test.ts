import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import type { TraceSummary } from "replicast";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { main } from "../src/program.ts";
import { type TestIo, testIo } from "./test-io.ts";

let root: string;
const CSV = [
  "arrival_s,input_tokens,output_tokens",
  ...Array.from({ length: 400 }, (_, i) => `${i / 2},${100 + (i % 50)},${10 + (i % 7)}`),
  "",
].join("\n");

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "trace-"));
  writeFileSync(join(root, "a.csv"), CSV);
  writeFileSync(join(root, "zipped"), gzipSync(CSV));
  writeFileSync(join(root, "bad.csv"), `${CSV}200,0,1\n201,x,1\n202,5,5\n`);
  writeFileSync(
    join(root, "rate.json"),
    JSON.stringify({
      status: "success",
      data: {
        resultType: "matrix",
        result: [
          {
            metric: {},
            values: [
              [0, "2"],
              [600, "4"],
            ],
          },
        ],
      },
    }),
  );
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function trace(...args: readonly string[]): Promise<{ readonly code: number; readonly io: TestIo }> {
  const io = testIo({ workingFolder: root });
  return { code: await main(["trace", ...args], io), io };
}

const summary = async (file: string): Promise<TraceSummary> =>
  JSON.parse((await trace("summary", file, "--json")).io.outText()) as TraceSummary;

describe("replicast trace", () => {
  it("describes a trace, inflated by its content and not by its name", async () => {
    const { code, io } = await trace("summary", "zipped");
    expect(code).toBe(0);
    expect(io.outText()).toBe((await trace("summary", "a.csv")).io.outText());
    expect(io.outText()).toMatch(/^requests {4}400, from 0s to 3m19s500ms$/m);
  });

  it.each(["a.jsonl", "b.csv.gz", "c.parquet", "d.jsonl.gz"])("converts to %s and back to the same bytes", async (name) => {
    expect((await trace("convert", "a.csv", "--out", name)).code).toBe(0);
    const { io } = await trace("convert", name);
    expect(io.outText()).toBe(CSV);
    if (name.endsWith(".gz")) expect(gunzipSync(readFileSync(join(root, name))).length).toBeGreaterThan(0);
  });

  it("cuts, scales and merges on the way", async () => {
    const args = [
      "convert",
      "a.csv",
      "zipped",
      "--merge",
      "--tenant",
      "x",
      "--from",
      "50s",
      "--to",
      "100s",
      "--scale-rate",
      "2",
      "--scale-time",
      "0.5",
      "-o",
      "m.csv",
    ];
    expect((await trace(...args)).code).toBe(0);
    const { requests, lastSeconds, tenants } = await summary("m.csv");
    expect(requests).toBe(400);
    expect(lastSeconds).toBeLessThan(25);
    expect(tenants).toEqual([
      { name: "x", requests: 200, share: 0.5 },
      { name: "zipped", requests: 200, share: 0.5 },
    ]);
  });

  it("refuses bad rows with their lines and leaves no file; leaves them out when told to", async () => {
    const refused = await trace("convert", "bad.csv", "-o", "out.csv");
    expect(refused.code).toBe(2);
    expect(refused.io.errText()).toMatch(/bad\.csv:402.*error\[trace_bad_tokens\]/);
    expect(refused.io.errText()).toMatch(/bad\.csv:403.*error\[trace_bad_tokens\]/);
    expect(existsSync(join(root, "out.csv"))).toBe(false);
    expect(readdirSync(root).filter((name) => name.startsWith(".replicast"))).toEqual([]);
    const kept = await trace("convert", "bad.csv", "-o", "out.csv", "--skip-bad");
    expect(kept.code).toBe(0);
    expect(kept.io.errText()).toContain("2 rows were left out");
    expect((await summary("out.csv")).requests).toBe(401);
  });

  it("turns a rate of Prometheus into requests and says how well they keep to it", async () => {
    const { code, io } = await trace(
      "convert",
      "rate.json",
      "--prompt-tokens",
      "100",
      "--output-tokens",
      "10",
      "--arrivals",
      "even",
      "-o",
      "rate.csv",
    );
    expect(code).toBe(0);
    expect(io.errText()).toContain("rate.json: 1800 requests, 1800 by the rate (0.00 %)");
  });

  it("fits a profile that a scenario takes, and generates a trace of it", async () => {
    const { code, io } = await trace("fit", "a.csv");
    expect(code).toBe(0);
    const rest =
      'deployments: [{ name: chat, model: llama-3.1-8b_l40s_tp1, replicas: 1 }]\nnodePools: [{ name: l40s, gpu: L40S, gpusPerNode: 1, pricePerGpuHour: 1.86, min: 1, max: 2 }]\npolicies: [{ name: fixed, kind: fixed, replicas: 1 }]\nslo: { ttft: "p(95)<1s" }\n';
    writeFileSync(join(root, "scenario.yaml"), `replicast: 1\nname: fitted\nduration: 10m\n${io.outText()}${rest}`);
    const made = await trace("generate", "scenario.yaml", "-o", "made.csv");
    expect(made.io.errText()).toBe("");
    expect(made.code).toBe(0);
    // 2/s over 600 s, within four standard deviations of a Poisson process
    expect(Math.abs((await summary("made.csv")).requests - 1200)).toBeLessThan(140);
  });

  it.each([
    { args: ["convert", "a.csv", "-o", "x.txt"], says: "--out" },
    { args: ["convert", "a.csv", "a.csv"], says: "--merge" },
    { args: ["convert", "a.csv", "--from", "10"], says: "--from" },
    { args: ["convert", "a.csv", "--from", "10s", "--to", "5s"], says: "later than --from" },
    { args: ["convert", "a.csv", "--scale-time", "0"], says: "--scale-time" },
    { args: ["fit", "a.csv", "--held-share", "1"], says: "--held-share" },
    { args: ["summary", "none.csv"], says: "none.csv" },
    { args: ["convert", "a.csv", "-o", "no-folder/x.csv"], says: "not_writable" },
  ])("refuses $args, naming $says", async ({ args, says }) => {
    const { code, io } = await trace(...args);
    expect(code).toBe(2);
    expect(io.errText()).toContain(says);
  });
});

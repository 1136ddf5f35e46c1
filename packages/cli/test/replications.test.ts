import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ComparisonResult } from "replicast";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const MAIN = new URL("../dist/main.js", import.meta.url).pathname;
const SCENARIO = `
replicast: 1
name: short
duration: 15m
traffic: [{ arrivals: { kind: poisson, rate: 2/s }, lengths: { prompt: 300, output: 40 } }]
deployments: [{ name: chat, model: llama-3.1-8b_l40s_tp1, replicas: 1, startup: { pull: { min: 1s, max: 60s }, load: 5s, warmUp: 1s } }]
nodePools: [{ name: l40s, gpu: L40S, gpusPerNode: 1, pricePerGpuHour: 2, max: 2, min: 0, provision: { min: 20s, max: 90s } }]
policies: [{ name: two, kind: fixed, replicas: 2 }, { name: one, kind: fixed, replicas: 1 }]
slo: { ttft: "p(95)<1s" }
`;

let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "replications-"));
  writeFileSync(join(root, "scenario.yaml"), SCENARIO);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function replicast(...args: readonly string[]): { readonly code: number | null; readonly out: string; readonly err: string } {
  const env = { ...process.env, NO_COLOR: "1" };
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { cwd: root, encoding: "utf8", env });
  return { code: status, out: stdout, err: stderr };
}

describe("replicast compare with replications", () => {
  it("says which policy is cheaper with its interval, and writes that to every report", () => {
    const { code, out } = replicast("compare", "scenario.yaml", "--replications", "4", "--confidence", "90%", "--out", "report");
    expect(code).toBe(0);
    expect(out).toContain("4 replications of each policy with seeds 1 to 1~3");
    expect(out.replace(/\s+/g, " ")).toMatch(/two costs \$[\d,]+ ± \$[\d,.]+ a month more than one \(in 4 of 4 replications\)/);
    expect(readFileSync(join(root, "report/report.md"), "utf8")).toContain("## What replications show");
    expect(readFileSync(join(root, "report/report.html"), "utf8")).toContain("Differences of the bill");
    const { statistics } = JSON.parse(readFileSync(join(root, "report/result.json"), "utf8")) as ComparisonResult;
    expect(statistics).toMatchObject({ schema: "replicast/statistics/v1", confidence: 0.9, replications: 4 });
  });

  it("goes on until the precision is reached", () => {
    const { out } = replicast("compare", "scenario.yaml", "--precision", "20%", "--warm-up", "3m", "--json");
    const { statistics } = JSON.parse(out) as ComparisonResult;
    expect(statistics?.looks).toEqual([10]);
    expect(statistics?.precision.reached).toBeLessThanOrEqual(0.2);
    expect(statistics?.warmUp).toEqual({ method: "given", seconds: 180, isSettled: true });
  });

  it.each([
    { args: ["--replications", "1"], text: /--replications.*a whole number of at least 2/s },
    { args: ["--precision", "2 %%", "--warm-up", "90s"], text: /--precision.*a share.*--warm-up.*whole minutes/s },
    { args: ["--precision", "0"], text: /--precision.*a share between/s },
    { args: ["--replications", "4", "--confidence", "20%"], text: /--confidence.*from 50%/s },
    { args: ["--confidence", "99%"], text: /statistics_option_alone.*says nothing without replications/s },
    { args: ["--replications", "4", "--precision", "2%"], text: /statistics_both/ },
    { args: ["--replications", "4", "--warm-up", "15m"], text: /statistics_out_of_range.*shorter than the run/s },
  ])("refuses $args", ({ args, text }) => {
    const { code, err } = replicast("compare", "scenario.yaml", ...args);
    expect(code).toBe(2);
    expect(err).toMatch(text);
  });
});

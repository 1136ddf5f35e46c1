import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ComparisonResult, ForesightResult } from "replicast";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const MAIN = new URL("../dist/main.js", import.meta.url).pathname;
const SCENARIO = `
replicast: 1
name: short
duration: 15m
traffic: [{ arrivals: { kind: poisson, rate: 2/s }, lengths: { prompt: 300, output: 40 } }]
deployments: [{ name: chat, model: llama-3.1-8b_l40s_tp1, replicas: 1, startup: { pull: 1s, load: 5s, warmUp: 1s } }]
nodePools: [{ name: l40s, gpu: L40S, gpusPerNode: 1, pricePerGpuHour: 2, max: 2, min: 0 }]
policies: [{ name: two, kind: fixed, replicas: 2 }, { name: one, kind: fixed, replicas: 1 }]
slo: { ttft: "p(95)<1s" }
`;

let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "optimum-"));
  writeFileSync(join(root, "scenario.yaml"), SCENARIO);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function replicast(...args: readonly string[]): { readonly code: number | null; readonly out: string; readonly err: string } {
  const env = { ...process.env, NO_COLOR: "1" };
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { cwd: root, encoding: "utf8", env });
  return { code: status, out: stdout, err: stderr };
}

describe("replicast optimum", () => {
  it("tells bound, best schedule and regret, and leaves a report with all of it", () => {
    const { code, out } = replicast("optimum", "scenario.yaml", "--trials", "2", "--out", "report");
    expect(code).toBe(0);
    for (const said of ["Nothing that meets the SLO costs less than", "lower bound", "clairvoyant", "two", "dollars/month by cause"])
      expect(out).toContain(said);
    expect(out.trimEnd().split("\n").at(-1)).toBe(`Report: ${join("report", "report.html")}`);
    expect(readdirSync(join(root, "report")).sort()).toEqual(["report.html", "report.md", "result.json"]);
  });

  it("prints it as JSON, of the policies asked for", () => {
    const { out } = replicast("optimum", "scenario.yaml", "--trials", "1", "--json", "--policy", "two", "--slot", "30s");
    const { policies, clairvoyant } = JSON.parse(out) as ForesightResult;
    expect(policies.map(({ policy, rungs }) => [policy, rungs?.length])).toEqual([["two", 5]]);
    expect(clairvoyant.trials).toBe(1);
  });
});

describe("replicast compare", () => {
  it("adds bounds or causes when asked to, and nothing otherwise", () => {
    const compared = (...options: readonly string[]) =>
      (JSON.parse(replicast("compare", "scenario.yaml", "--json", ...options).out) as ComparisonResult).foresight;
    expect(compared()).toBeUndefined();
    expect(compared("--foresight", "--trials", "1")?.policies[0]?.rungs).toBeNull();
    expect(compared("--regret", "--trials", "1")?.policies[0]?.rungs).toHaveLength(5);
  });

  it.each([
    { args: ["compare", "scenario.yaml", "--trials", "3"], text: /--trials.*--foresight or --regret beside it/s },
    { args: ["compare", "scenario.yaml", "--foresight", "--slot", "5"], text: /--slot.*a duration/s },
    { args: ["optimum", "scenario.yaml", "--trials", "none"], text: /--trials.*a whole number above 0/s },
  ])("refuses $args", ({ args, text }) => {
    const { code, err } = replicast(...args);
    expect(code).toBe(2);
    expect(err).toMatch(text);
  });
});

import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import type { SweepResultCell } from "replicast";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { main } from "../src/program.ts";
import { testIo } from "./test-io.ts";

const MAIN = new URL("../dist/main.js", import.meta.url).pathname;
/** Short requests and few at once, so that the capacity of a replica is soon found. */
const SCENARIO = `
replicast: 1
name: short
duration: 5m
traffic: [{ arrivals: { kind: poisson, rate: 2/s }, lengths: { prompt: 100, output: 10 } }]
deployments: [{ name: chat, model: llama-3.1-8b_l40s_tp1, replicas: 1, engine: { maxSequences: 4 }, startup: { pull: 1s, load: 5s, warmUp: 1s } }]
nodePools: [{ name: l40s, gpu: L40S, gpusPerNode: 1, pricePerGpuHour: 2, max: 4, min: 0 }]
policies: [{ name: still, kind: fixed, replicas: 1 }, { name: scaled, kind: hpa, manifest: hpa.yaml }]
slo: { ttft: "p(95)<1s" }
`;
const HPA = `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: chat }
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: chat }
  minReplicas: 1
  maxReplicas: 4
  metrics: [{ type: Pods, pods: { metric: { name: "vllm:num_requests_running" }, target: { type: AverageValue, averageValue: "1" } } }]
`;
/** 3 × 2 points, 2 policies, 4 replications. */
const VARIED = ["--vary", "policies.still.replicas=1,2,3", "--vary", "scaled#spec.maxReplicas=2,4", "--replications", "4", "--seed", "s"];
const CELLS = 48;
const RESULTS = ["results.json", "results.parquet"];

let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "sweep-"));
  writeFileSync(join(root, "scenario.yaml"), SCENARIO);
  writeFileSync(join(root, "hpa.yaml"), HPA);
  expect(sweep("whole", "--jobs", "1").code).toBe(0);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function replicast(...args: readonly string[]): { readonly code: number | null; readonly out: string; readonly err: string } {
  const env = { ...process.env, NO_COLOR: "1" };
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { cwd: root, encoding: "utf8", env });
  return { code: status, out: stdout, err: stderr };
}
/** The same within this process: for commands that start no thread. */
async function here(...args: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const io = testIo({ workingFolder: root });
  const code = await main(args, io);
  return { code, out: io.outText(), err: io.errText() };
}
const again = (out: string, ...args: readonly string[]) => here("sweep", join(root, "scenario.yaml"), ...VARIED, "--out", out, ...args);
const sweep = (out: string, ...args: readonly string[]) => replicast("sweep", "scenario.yaml", ...VARIED, "--out", out, ...args);
const bytes = (folder: string, name: string): string => readFileSync(join(root, folder, name)).toString("base64");
const lines = (folder: string): number =>
  existsSync(join(root, folder, "cells.jsonl")) ? readFileSync(join(root, folder, "cells.jsonl"), "utf8").split("\n").length - 1 : 0;
function expectSameResults(folder: string): void {
  for (const name of RESULTS) expect(bytes(folder, name) === bytes("whole", name), `${folder}/${name}`).toBe(true);
}

/** Starts a sweep, and sends it a signal when some cells are on disk. */
async function interrupted(out: string, signal: NodeJS.Signals): Promise<number | null> {
  const child = spawn(process.execPath, [MAIN, "sweep", "scenario.yaml", ...VARIED, "--out", out, "--jobs", "2"], {
    cwd: root,
    stdio: "ignore",
  });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  while (lines(out) < 5 && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 5));
  child.kill(signal);
  return ended;
}

// Each starts processes and threads, which takes seconds of a busy machine.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

describe("a sweep", () => {
  it("leaves every cell in JSON and in Parquet, the same figures in both", async () => {
    const { cells } = JSON.parse(readFileSync(join(root, "whole", "results.json"), "utf8")) as { cells: readonly SweepResultCell[] };
    const table = await parquetReadObjects({ file: await asyncBufferFromFile(join(root, "whole", "results.parquet")) });
    expect(cells).toHaveLength(CELLS);
    expect(table).toHaveLength(CELLS);
    for (const [index, cell] of cells.entries())
      expect(table[index]).toEqual({
        id: cell.id,
        point: cell.point,
        policy: cell.policy,
        replication: cell.replication,
        seed: cell.seed,
        ...Object.fromEntries(Object.entries(cell.values).map(([name, value]) => [`vary ${name}`, value])),
        error: null,
        ...cell.measures,
      });
  });

  it("gives the same bytes with two threads", () => {
    expect(sweep("two", "--jobs", "2").code).toBe(0);
    expectSameResults("two");
  });

  it("gives the first replication the figures of a run", () => {
    const run = JSON.parse(replicast("run", "scenario.yaml", "--seed", "s", "--policy", "still", "--json").out);
    const { cells } = JSON.parse(readFileSync(join(root, "whole", "results.json"), "utf8")) as { cells: readonly SweepResultCell[] };
    expect(cells[0]).toMatchObject({
      policy: "still",
      replication: 0,
      measures: { billUsd: run.cost.billUsd, attainment: run.slo.attainment, ttftSecondsP95: run.latency.ttft.p95Seconds },
    });
  });

  it("shows a line for each policy at each point, and the best of each policy", async () => {
    const { out } = await again("whole", "--resume");
    expect(out).toContain("policies.still.replicas  scaled#spec.maxReplicas  policy");
    expect(out.match(/^\d +\d +(still|scaled) .*4\/4/gm)).toHaveLength(12);
    expect(out).toMatch(/Best of still: policies.still.replicas=1 scaled#spec.maxReplicas=2, \$\d+ a month, meets the SLO\./);
    expect(out.trimEnd().split("\n").at(-1)).toBe(`Results: ${join("whole", "results.parquet")}, ${join("whole", "results.json")}`);
  });

  it("prints the result as JSON", async () => {
    expect((await again("whole", "--resume", "--json")).out).toBe(readFileSync(join(root, "whole", "results.json"), "utf8"));
  });
});

describe("an interrupted sweep", () => {
  it("that was killed half-way goes on where it was, to the same bytes", async () => {
    await interrupted("killed", "SIGKILL");
    const before = lines("killed");
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(CELLS);
    expect(existsSync(join(root, "killed", "results.json"))).toBe(false);
    const { code } = sweep("killed", "--resume", "--jobs", "2");
    expect(code).toBe(0);
    expect(lines("killed")).toBe(CELLS);
    expectSameResults("killed");
    expect(readdirSync(join(root, "killed")).sort()).toEqual(["cells.jsonl", ...RESULTS, "sweep.json"]);
  });

  it("that was ended by Ctrl-C says so by its exit code, keeps what was finished and gives the folder back", async () => {
    expect(await interrupted("stopped", "SIGINT")).toBe(130);
    expect(existsSync(join(root, "stopped", ".lock"))).toBe(false);
    expect(sweep("stopped", "--resume").code).toBe(0);
    expectSameResults("stopped");
  });

  it("runs a cell again whose line is torn or no line at all", () => {
    cpSync(join(root, "whole"), join(root, "torn"), { recursive: true });
    const log = join(root, "torn", "cells.jsonl");
    const text = readFileSync(log, "utf8");
    writeFileSync(log, text.replace(/^.*\n/, `${"\0".repeat(40)}\n`));
    truncateSync(log, readFileSync(log).length - 20);
    expect(sweep("torn", "--resume").code).toBe(0);
    expectSameResults("torn");
  });

  it("ends with the time limit, and can go on", () => {
    expect(sweep("late", "--time-limit", "1ms").code).toBe(4);
    expect(sweep("late", "--resume").code).toBe(0);
    expectSameResults("late");
  });
});

describe("a folder", () => {
  it("that holds a sweep is not begun anew", async () =>
    expect(await again("whole")).toMatchObject({ code: 2, err: expect.stringContaining("sweep_exists") }));

  it("that holds another sweep is refused", async () =>
    expect(await again("whole", "--resume", "--max-events", "9")).toMatchObject({
      code: 2,
      err: expect.stringContaining("sweep_differs"),
    }));

  it("that a living process works in is refused, and the lock of a dead one is not", async () => {
    cpSync(join(root, "whole"), join(root, "locked"), { recursive: true });
    const lock = join(root, "locked", ".lock");
    writeFileSync(lock, JSON.stringify({ pid: process.pid, host: hostname(), token: "x" }));
    expect(await again("locked", "--resume")).toMatchObject({ code: 2, err: expect.stringContaining(`process ${process.pid}`) });
    const { pid } = spawnSync(process.execPath, ["--version"]);
    writeFileSync(lock, JSON.stringify({ pid, host: hostname(), token: "y" }));
    expect((await again("locked", "--resume")).code).toBe(0);
    writeFileSync(lock, JSON.stringify({ pid, host: "elsewhere", token: "z" }));
    expect((await again("locked", "--resume")).code).toBe(2);
  });
});

describe("a cell that fails", () => {
  it("is told once for each reason, does not stop the rest, and is tried again", () => {
    const args = [
      "sweep",
      "scenario.yaml",
      "--vary",
      "scaled#spec.maxReplicas=0,2",
      "--policy",
      "scaled",
      "--replications",
      "2",
      "--out",
      "failing",
    ];
    const { code, err, out } = replicast(...args);
    expect(code).toBe(5);
    expect(err).toContain("failed 2 times, first: scaled scaled#spec.maxReplicas=0\n");
    expect(err).toContain("2 of 4 cells failed");
    expect(out).toMatch(/^2 +scaled .* 2\/2 /m);
    const { cells } = JSON.parse(readFileSync(join(root, "failing", "results.json"), "utf8")) as { cells: readonly SweepResultCell[] };
    expect(cells.map(({ error }) => error?.code ?? "")).toEqual([cells[0]?.error?.code, cells[0]?.error?.code, "", ""]);
    const before = RESULTS.map((name) => bytes("failing", name));
    expect(replicast(...args, "--resume").code).toBe(5);
    expect(RESULTS.map((name) => bytes("failing", name))).toEqual(before);
  });
});

describe("a thread that ends", () => {
  it("fails the one cell that ended it", () => {
    // The third replica count kills: the cells beside it in its batch must not go with it.
    const deadly =
      'export const deadly = { id: "deadly", parseConfig: (raw) => ({ ok: true, config: raw }), initialState: () => ({}), ' +
      'timers: () => [{ name: "sync", periodSeconds: 15 }], needs: () => [], queries: () => [], ' +
      "decide: (_, state, config) => { if (config.at === 3) process.exit(7); return { state }; } };";
    writeFileSync(join(root, "deadly.mjs"), deadly);
    writeFileSync(join(root, "deadly.yaml"), SCENARIO.replace(/policies: .*/, "policies: [{ name: end, kind: deadly, at: 1 }]"));
    const args = ["--plugin", "./deadly.mjs", "--vary", "policies.end.at=1..6:1", "--replications", "2", "--jobs", "1", "--out", "deadly"];
    const { code, err } = replicast("sweep", "deadly.yaml", ...args);
    expect(err).toContain("failed 2 times, first: end policies.end.at=3\n  error[thread_ended]");
    expect(code).toBe(5);
  });
});

describe("shards", () => {
  it("are put together to the bytes of one run, in any order", async () => {
    for (const shard of ["1/2", "2/2"]) expect(sweep(`shard-${shard[0]}`, "--shard", shard)).toMatchObject({ code: 0 });
    expect(lines("shard-2")).toBe(CELLS / 2);
    expect(existsSync(join(root, "shard-2", "results.json"))).toBe(false);
    const lacking = await here("merge", "shard-1", "--out", "merged");
    expect(lacking).toMatchObject({ code: 2, err: expect.stringMatching(/24 of 48 cells.*\n.*shard 2\/2/) });
    expect((await here("merge", "shard-2", "shard-1", "--out", "merged")).code).toBe(0);
    expectSameResults("merged");
  });

  it("of different sweeps are not put together", async () => {
    expect(replicast("sweep", "scenario.yaml", "--vary", "duration=1m", "--policy", "still", "--out", "other").code).toBe(0);
    expect(await here("merge", "whole", "other", "--out", "mixed")).toMatchObject({
      code: 2,
      err: expect.stringContaining("sweep_differs"),
    });
    expect(await here("merge", "nowhere", "--out", "mixed")).toMatchObject({ code: 2, err: expect.stringContaining("sweep_not_found") });
  });
});

describe("options", () => {
  it.each([
    { args: ["--vary", "duration=5..1:1"], said: "a range goes up" },
    { args: ["--vary", "durations=1m"], said: "durations" },
    { args: ["--vary", "no.yaml#a=1"], said: "names no file" },
    { args: ["--sample", "dice:6"], said: "no way to sample" },
    { args: ["--replications", "0"], said: "--replications" },
    { args: ["--jobs", "many"], said: "--jobs" },
    { args: ["--shard", "5/4"], said: "--shard" },
  ])("that make no sense are refused before anything is written: $args", async ({ args, said }) => {
    const { code, err } = await here("sweep", join(root, "scenario.yaml"), ...args, "--out", "none");
    expect(code).toBe(2);
    expect(err).toContain(said);
    expect(existsSync(join(root, "none"))).toBe(false);
  });
});

it("appends nothing to a finished sweep", async () => {
  const before = readFileSync(join(root, "whole", "cells.jsonl"));
  expect((await again("whole", "--resume")).code).toBe(0);
  expect(readFileSync(join(root, "whole", "cells.jsonl")).equals(before)).toBe(true);
});

import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Calibration, ComparisonResult, Issue, RunResult } from "replicast";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse as parseYaml } from "yaml";

const MAIN = new URL("../dist/main.js", import.meta.url).pathname;
/** Keeps each command to a second or two. */
const SHORT = ["--set", "duration=10m", "--set", "nodePools.l40s.max=2"];
const TRACE = [
  "arrival_s,input_tokens,output_tokens",
  ...Array.from({ length: 600 }, (_, i) => `${i},${200 + (i % 50)},${20 + (i % 7)}`),
  "",
].join("\n");

let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "cli-"));
  expect(replicast("init", "chat").code).toBe(0);
  mkdirSync(join(root, "data/samples"), { recursive: true });
  writeFileSync(join(root, "mine.csv"), TRACE);
  writeFileSync(join(root, "left.mjs"), "export default Promise.reject(new Error('left'));\n");
  writeFileSync(join(root, "typed.ts"), "export const typed: number = 1;\n");
  writeFileSync(join(root, "data/samples/hour.csv.gz"), gzipSync(TRACE));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function replicast(...args: readonly string[]): Outcome {
  const env = { ...process.env, REPLICAST_DATA: join(root, "data"), NO_COLOR: "1" };
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    cwd: root,
    encoding: "utf8",
    env,
    maxBuffer: 64 * 1024 * 1024,
  });
  return { code: status, out: stdout, err: stderr };
}

const last = (text: string): string | undefined => text.trimEnd().split("\n").at(-1);

describe("replicast compare", () => {
  it("prints a verdict and a table, writes the report and names its path last", () => {
    const { code, out, err } = replicast("compare", "chat", ...SHORT, "--out", "report");
    expect(code).toBe(0);
    // The shortened scenario has fewer nodes than its HPA may ask for: that is told, and nothing else.
    expect(err).toMatch(/^chat\/hpa\.yaml:\d+:\d+: warning\[max_replicas_above_pools\].*\n {2}hint: .*\n$/);
    for (const policy of ["fixed 5", "HPA on running requests", "fixed 2"]) expect(out).toContain(policy);
    expect(last(out)).toBe(`Report: ${join("report", "report.html")}`);
    expect(readdirSync(join(root, "report")).sort()).toEqual(["report.html", "report.md", "result.json"]);
    const result = JSON.parse(readFileSync(join(root, "report/result.json"), "utf8")) as ComparisonResult;
    expect(result.ranking).toHaveLength(3);
    expect(readFileSync(join(root, "report/report.html"), "utf8")).toMatch(/^<!doctype html>/);
    expect(readFileSync(join(root, "report/report.md"), "utf8")).toContain(result.verdict);
  });

  it("writes to an absolute folder as well as to one below the working folder", () => {
    const folder = join(root, "elsewhere", "report");
    const { code, out } = replicast("compare", "chat", ...SHORT, "--out", folder);
    expect([code, last(out)]).toEqual([0, `Report: ${join(folder, "report.html")}`]);
    expect(existsSync(join(folder, "report.html"))).toBe(true);
  });

  it("prints nothing but the result with --json, and the same bytes each time", () => {
    const [first, second] = [replicast("compare", "chat", ...SHORT, "--json"), replicast("compare", "chat", ...SHORT, "--json")];
    expect(JSON.parse(first.out)).toMatchObject({ schema: "replicast/comparison/v1", passed: true });
    expect(second.out).toBe(first.out);
  });

  it("sends every policy the same requests", () => {
    const { runs } = JSON.parse(replicast("compare", "chat", ...SHORT, "--json").out) as ComparisonResult;
    const [first, ...others] = runs.map((run) => run.deployments.map(({ perMinute }) => perMinute.arrivals));
    for (const other of others) expect(other).toEqual(first);
  });

  it("compares only the policies asked for", () => {
    const { out } = replicast("compare", "chat", ...SHORT, "--json", "--policy", "fixed 2", "--policy", "fixed 5");
    expect((JSON.parse(out) as ComparisonResult).runs.map(({ policy }) => policy)).toEqual(["fixed 5", "fixed 2"]);
  });
});

describe("replicast run", () => {
  it("runs the first policy, or the one named", () => {
    expect(JSON.parse(replicast("run", "chat", ...SHORT, "--json").out)).toMatchObject({ policy: "fixed 5" });
    expect(JSON.parse(replicast("run", "chat/scenario.yaml", ...SHORT, "--json", "--policy", "fixed 2").out)).toMatchObject({
      policy: "fixed 2",
    });
  });

  it.each([
    { trace: "mine.csv", because: "a path from the working folder" },
    { trace: "data:hour.csv", because: "a compressed file of the data folder" },
    { trace: "hour.csv", because: "a bare name that only the data folder has" },
  ])("replays --trace $trace: $because", ({ trace }) => {
    const { code, out } = replicast("run", "chat", ...SHORT, "--trace", trace, "--json");
    expect(code).toBe(0);
    expect((JSON.parse(out) as RunResult).requests.arrived).toBe(600);
  });

  it("takes seed and overrides", () => {
    const result = JSON.parse(
      replicast(
        "run",
        "chat",
        ...SHORT,
        "--policy",
        "HPA on running requests",
        "--seed",
        "7",
        "--set",
        "deployments.chat.replicas=3",
        "--json",
      ).out,
    ) as RunResult;
    expect(result.scenario).toMatchObject({ seed: "7", durationSeconds: 600 });
    expect(result.deployments[0]?.existing[0]?.[1]).toBe(3);
  });

  it("writes what it says it writes", () => {
    const { out } = replicast("run", "chat", ...SHORT, "--out", "one");
    expect(last(out)).toBe(`Report: ${join("one", "report.md")}`);
    expect(readdirSync(join(root, "one")).sort()).toEqual(["report.md", "result.json"]);
  });

  it("loads further policies from a module", () => {
    writeFileSync(
      join(root, "one-more.mjs"),
      `export const oneMore = {
        id: "one-more",
        parseConfig: () => ({ ok: true, config: null }), initialState: () => null, needs: () => [], queries: () => [],
        timers: () => [{ name: "once", periodSeconds: 60 }],
        decide: ({ scale }, state) => ({ state, decision: { desiredReplicas: Math.min(4, scale.specReplicas + 1), reason: "OneMore", evidence: {} } }),
      };`,
    );
    mkdirSync(join(root, "plugged"), { recursive: true });
    copyFileSync(join(root, "chat/hpa.yaml"), join(root, "plugged/hpa.yaml"));
    writeFileSync(
      join(root, "plugged/scenario.yaml"),
      readFileSync(join(root, "chat/scenario.yaml"), "utf8").replace("    kind: fixed\n    replicas: 5\n", "    kind: one-more\n"),
    );
    const { code, out } = replicast("run", "plugged", ...SHORT, "--plugin", "./one-more.mjs", "--json");
    expect(code).toBe(0);
    expect((JSON.parse(out) as RunResult).decisions[0]).toMatchObject({ reason: "OneMore", desiredReplicas: 3 });
  });
});

describe("exit codes", () => {
  it("says 3 when a binding threshold fails, and still gives the result", () => {
    const { code, out } = replicast("compare", "chat", ...SHORT, "--set", 'thresholds.lostRequests="==1"', "--json");
    expect(code).toBe(3);
    expect((JSON.parse(out) as ComparisonResult).passed).toBe(false);
  });

  it.each([
    { args: ["--max-events", "1000"], text: "--max-events 1000 was reached" },
    { args: ["--time-limit", "1ms"], text: "--time-limit 1ms was reached" },
  ])("says 4 when $args does not suffice, and writes nothing", ({ args, text }) => {
    const { code, out, err } = replicast("compare", "chat", ...SHORT, ...args, "--out", "limited");
    expect({ code, out }).toEqual({ code: 4, out: "" });
    expect(err).toContain(text);
    expect(existsSync(join(root, "limited"))).toBe(false);
  });

  it.each([
    { args: ["run", "nowhere"], text: "file_missing", because: "there is no scenario" },
    { args: ["run", "chat", "--policy", "HAP"], text: "unknown_policy", because: "there is no such policy" },
    { args: ["run", "chat", "--trace", "nothing.csv"], text: "trace_missing", because: "there is no such trace" },
    { args: ["run", "chat", "--set", "nodePools.l40s.maximum=3"], text: "unknown_key", because: "an override names no field" },
    { args: ["run", "chat", "--time-limit", "90"], text: "bad_option", because: "a duration has a unit" },
    { args: ["run", "chat", "--plugin", "./nothing.mjs"], text: "plugin_not_found", because: "there is no such module" },
    { args: ["run", "chat", "--trace", "data"], text: "not_a_file", because: "a folder is no trace" },
    { args: ["run", "chat", "--seed", ""], text: "invalid_seed", because: "nothing is no seed" },
    { args: ["run", "chat", "--out", "mine.csv"], text: "mine.csv: error[not_writable]", because: "a file is no folder" },
    { args: ["run", "chat/hpa.yaml"], text: "this is a Kubernetes HorizontalPodAutoscaler, not a scenario", because: "it is a manifest" },
    { args: ["capacity", "chat", "--max-events", "5"], text: "unknown option", because: "its trials have no such limit" },
    { args: ["capacity", "chat", "--seed", "2"], text: "seed_not_used", because: "its trials all use the same random numbers" },
    { args: ["run", "chat", "--plugin", "left.mjs"], text: "left.mjs: error[plugin_failed]", because: "it leaves a promise rejected" },
    { args: ["run", "chat", "--plugin", "typed.ts"], text: "compile the module", because: "this Node runs no TypeScript" },
    { args: ["run"], text: "missing required argument", because: "an argument is missing" },
    { args: ["run", "chat", "--frobnicate"], text: "unknown option", because: "there is no such option" },
    { args: ["simulate"], text: "unknown command", because: "there is no such command" },
    { args: ["init", "mine.csv/here"], text: "not_writable", because: "a file is no folder" },
    { args: ["init", "chat"], text: "file_exists", because: "init never overwrites" },
  ])("says 2 for $args: $because", ({ args, text }) => {
    const { code, out, err } = replicast(...args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(text);
  });

  it("lists what is wrong with options, the scenario and the place of the result together", () => {
    const { code, err } = replicast(
      "compare",
      "chat",
      "--set",
      "duration=banana",
      "--time-limit",
      "5",
      "--out",
      "mine.csv",
      "--trace",
      "gone",
    );
    expect(code).toBe(2);
    for (const found of ["invalid_duration", "bad_option", "not_writable", "trace_missing"]) expect(err).toContain(`error[${found}]`);
    expect(err.match(/error\[/g)).toHaveLength(4);
  });

  it("names every policy that does not exist", () => {
    const { code, err } = replicast("compare", "chat", "--policy", "HAP", "--policy", "fixed 2", "--policy", "KDEA");
    expect(code).toBe(2);
    expect(err).toContain('"HAP"');
    expect(err).toContain('"KDEA"');
  });

  it.runIf(existsSync("/dev/full"))("says 2, in words, when the disk behind standard output is full", () => {
    const { status, stderr } = spawnSync("bash", ["-c", `"$NODE" "$MAIN" schema > /dev/full`], {
      encoding: "utf8",
      env: { ...process.env, NODE: process.execPath, MAIN },
    });
    expect(status).toBe(2);
    expect(stderr).toMatch(/^error\[not_writable\]: standard output cannot be written: .*\n {2}hint: .*\n$/);
  });

  it("leaves nothing behind when it is interrupted", async () => {
    const temporary = mkdtempSync(join(root, "tmp-"));
    writeFileSync(join(root, "long.csv.gz"), gzipSync(`${TRACE}600,100000000,10\n`));
    const args = [MAIN, "compare", "chat", "--trace", "long.csv.gz", "--set", "duration=200h", "--out", "interrupted"];
    const env = { ...process.env, REPLICAST_DATA: join(root, "data"), TMPDIR: temporary };
    const child = spawn(process.execPath, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
    const ended = new Promise((resolve) => child.once("exit", (_, signal) => resolve(signal)));
    // The warning of a request too long comes once everything is loaded: the run is about to begin.
    await new Promise((resolve) => child.stderr.once("data", resolve));
    child.kill("SIGINT");
    expect(await ended).toBe("SIGINT");
    expect(existsSync(join(root, "interrupted"))).toBe(false);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it("says 0 for help and version", () => {
    expect(replicast("--help")).toMatchObject({ code: 0, err: "" });
    expect(replicast("compare", "--help").out).toContain("--trace <file>");
    expect(replicast("--version").out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it("refuses a scenario that reads outside its folder, unless told otherwise", () => {
    mkdirSync(join(root, "curious"), { recursive: true });
    const text = readFileSync(join(root, "chat/scenario.yaml"), "utf8").replace("manifest: hpa.yaml", "manifest: ../chat/hpa.yaml");
    writeFileSync(join(root, "curious/scenario.yaml"), text);
    expect(replicast("validate", "curious")).toMatchObject({ code: 2, err: expect.stringContaining("file_outside") });
    expect(replicast("validate", "curious", "--allow-outside").code).toBe(0);
  });
});

describe("replicast validate", () => {
  it("finds nothing wrong with what init writes", () => {
    expect(replicast("validate", "chat", "chat/hpa.yaml")).toEqual({ code: 0, out: "2 files: good\n", err: "" });
  });

  it("lists every problem with its place and a hint", () => {
    mkdirSync(join(root, "bad"), { recursive: true });
    const text = readFileSync(join(root, "chat/scenario.yaml"), "utf8");
    writeFileSync(join(root, "bad/scenario.yaml"), text.replace("duration: 6h", "duration: 6").replace("gpusPerNode", "gpuPerNode"));
    const { code, err } = replicast("validate", "bad");
    expect(code).toBe(2);
    expect(err).toMatch(/^bad\/scenario\.yaml:\d+:\d+: error\[missing_unit\]/m);
    expect(err).toMatch(/^bad\/scenario\.yaml:\d+:\d+: error\[unknown_key\]/m);
    expect(err).toContain('hint: did you mean "gpusPerNode"?');
    const issues = JSON.parse(replicast("validate", "bad", "--json").out) as Issue[];
    expect(issues.map((issue) => issue.code)).toEqual(expect.arrayContaining(["missing_unit", "unknown_key"]));
    expect(issues.find((issue) => issue.code === "missing_unit")).toMatchObject({
      text: "6 has no unit",
      hint: 'write it as in "90s"',
      line: expect.any(Number),
    });
  });
});

it("sweeps batch limits at several loads, as a table, as JSON and as a page", () => {
  const { code, out } = replicast("capacity", "chat", "--sweep-batch", "--set", "deployments.0.engine.maxSequences=8", "--out", "sweep");
  expect(code).toBe(0);
  expect(
    out
      .split("\n")[2]
      ?.trim()
      .split(/\s{2,}/),
  ).toEqual(["load/s", "best", "mean E2E", "TPOT p95", "attainment", "1", "2", "4", "8"]);
  expect(out).toContain("Report: sweep/report.html");
});

it.each([
  [["--answers", "2"], "--sweep-batch beside it"],
  [["--out", "somewhere"], "--sweep-batch beside it"],
  [["--sweep-batch", "--answers", "1,x"], "factors above 0"],
])("refuses %j of capacity: %s", (args, text) => {
  const { code, err } = replicast("capacity", "chat", ...args);
  expect(code).toBe(2);
  expect(err).toContain(text);
});

it("prints the capacity of each number of replicas", () => {
  const { code, out } = replicast("capacity", "chat", "--set", "nodePools.l40s.max=1");
  expect(code).toBe(0);
  expect(out.split("\n")[0]).toMatch(/^deployment +replicas +requests\/s each +requests\/s in all$/);
  expect(
    out
      .trimEnd()
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(/\s+/)[1]),
  ).toEqual(["1", "2", "4"]);
});

it("prints a JSON schema", () => {
  expect(JSON.parse(replicast("schema").out)).toMatchObject({ type: "object", title: "Replicast scenario" });
});

it("ends quietly when the reader of its output leaves early", () => {
  const env = { ...process.env, NODE: process.execPath, MAIN };
  const { status, stderr } = spawnSync("bash", ["-c", 'set -o pipefail; "$NODE" "$MAIN" schema | head -c 10 > /dev/null'], {
    encoding: "utf8",
    env,
  });
  expect(stderr).toBe("");
  expect([0, 141]).toContain(status);
});

it("suggests the command that works from here, as it was started and whatever the folder is called", () => {
  const next = last(replicast("init", "a folder").out)?.replace(/^Next: /, "") ?? "";
  const { status, stdout } = spawnSync("bash", ["-c", `${next} --set duration=1m --policy 'fixed 2'`], { cwd: root, encoding: "utf8" });
  expect({ next, status }).toEqual({ next: expect.stringMatching(/^node .* compare 'a folder'$/), status: 0 });
  expect(stdout).toContain("fixed 2 meets the SLO");
});

it("counts warnings in its last word on a file", () => {
  const text = readFileSync(join(root, "chat/hpa.yaml"), "utf8").replace("vllm:num_requests_running", "vllm_num_requests_running");
  writeFileSync(join(root, "renamed.yaml"), text);
  expect(replicast("validate", "renamed.yaml")).toMatchObject({ code: 0, out: "renamed.yaml: no errors, 1 warning\n" });
});

describe("replicast calibrate", () => {
  const rows = Array.from({ length: 120 }, (_, i) => `${i / 4},${200 + (i % 50)},${20 + (i % 7)},45,${300 + (i % 7) * 13}`);
  const write = (name: string, lines: readonly string[]): void => writeFileSync(join(root, name), `${lines.join("\n")}\n`);
  const HEADER = "arrival_s,input_tokens,output_tokens,ttft_ms,e2e_ms";

  it("prints YAML for a scenario, judged on what it did not fit, and warns that nothing was saturated", () => {
    write("measured.csv", [HEADER, ...rows]);
    const { code, out, err } = replicast("calibrate", "measured.csv", "--scenario", "chat");
    expect(code).toBe(0);
    expect(err).toContain("warning[no_saturated_run]");
    expect(out).toMatch(/^# fitted .*measured\.csv, first part$/m);
    expect(out).toMatch(/^# held out .*measured\.csv, rest$/m);
    const { latency } = parseYaml(out) as { latency: Record<string, unknown> };
    expect(latency).toMatchObject({ kind: "roofline", weightReadSeconds: expect.any(Number) });
    const errors = (JSON.parse(replicast("calibrate", "measured.csv", "--scenario", "chat", "--json").out) as Calibration).heldOut[0]
      ?.errors;
    expect(Math.abs(errors?.e2e.mean ?? 1)).toBeLessThan(0.1);
  });

  it("names every file it cannot use, and reads no scenario in vain", () => {
    write("bad.csv", [HEADER, "0,1,1,5"]);
    const { code, out, err } = replicast("calibrate", "gone.csv", "bad.csv", "--scenario", "nowhere");
    expect([code, out]).toEqual([2, ""]);
    for (const text of ["measurements_missing", "table_bad_csv", "file_missing"]) expect(err).toContain(text);
    write("measured.csv", [HEADER, ...rows]);
    expect(replicast("calibrate", "measured.csv", "--scenario", "chat", "--deployment", "chap").err).toContain('did you mean "chat"?');
  });
});

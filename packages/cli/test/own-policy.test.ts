import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { builtinPolicies } from "@replicast/policies";
import { type ComparisonResult, compare, load, type RunResult } from "replicast";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createFiles } from "../src/files.ts";
import { createScenarioCode } from "../src/process/scenario-code.ts";
import { main } from "../src/program.ts";
import { testIo } from "./test-io.ts";

const EXAMPLE = new URL("../../../docs/examples/own-program", import.meta.url).pathname;
const PACKAGES = new URL("../node_modules", import.meta.url).pathname;
const hasPython = spawnSync("python3", ["--version"]).status === 0;
const SHORT = ["--set", "duration=30m", "--quiet"];

/** Short requests, so that the capacity of a replica is soon found. */
const SMALL = `
replicast: 1
name: small
duration: 30m
traffic: [{ arrivals: { kind: poisson, rate: 1/s }, lengths: { prompt: 100, output: 10 } }]
deployments: [{ name: chat, model: llama-3.1-8b_l40s_tp1, replicas: 1, engine: { maxSequences: 4 } }]
nodePools: [{ name: l40s, gpu: L40S, gpusPerNode: 1, pricePerGpuHour: 1.86, min: 1, max: 8 }]
slo: { ttft: "p(95)<5s" }
`;

let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "own-"));
  cpSync(EXAMPLE, join(root, "mine"), { recursive: true });
  // the folder of a user who has installed the package
  symlinkSync(PACKAGES, join(root, "node_modules"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function replicast(...args: readonly string[]): Promise<Outcome> {
  const io = testIo({ workingFolder: root });
  const code = await main(args, io);
  return { code, out: io.outText(), err: io.errText() };
}

/** A scenario of one policy, which is this program of Node. */
function program(name: string, body: string, more = ""): string {
  mkdirSync(join(root, name), { recursive: true });
  writeFileSync(
    join(root, name, "policy.cjs"),
    `require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => { const message = JSON.parse(line); ${body} });\n`,
  );
  const entry = `policies: [{ name: own, process: { command: [${JSON.stringify(process.execPath)}, policy.cjs]${more} }, config: { at: 2 } }]`;
  writeFileSync(join(root, name, "scenario.yaml"), `${SMALL}${entry}\n`);
  return name;
}

const CONFIGURED = '{ config: {}, state: null, timers: [{ name: "sync", periodSeconds: 15 }], queries: [] }';
const answering = (decide: string, configured = CONFIGURED): string =>
  `const say = (answer) => console.log(JSON.stringify(answer));
   if (message.type === "hello") say({ protocol: 1, id: "own" });
   else if (message.type === "configure") say(${configured});
   else { ${decide} }`;

/** A comparison without the command, and without the search for capacities, which no decision depends on. */
async function comparedInLibrary(path: string): Promise<ComparisonResult> {
  const { code, close } = createScenarioCode(root);
  try {
    const files = createFiles({ workingFolder: root, scenarios: [path] });
    return await compare(await load(path, { files, policies: builtinPolicies, policyCode: code }), { capacity: [] });
  } finally {
    close();
  }
}

/** A run without its name and without where its decisions came from. */
function bytesOf({ policy: _policy, assumptions: _assumptions, controllers, ...run }: RunResult): string {
  return JSON.stringify({ ...run, controllers: controllers.map(({ kind: _kind, ...controller }) => controller) });
}

describe("a policy as a program", () => {
  it.skipIf(!hasPython)("gives the bytes that the same policy gives as a module (needs python3)", async () => {
    const { runs } = await comparedInLibrary("mine/scenario.yaml");
    const [python, script] = runs as [RunResult, RunResult];
    expect([python.policy, script.policy]).toEqual(["queue depth in Python", "queue depth in JavaScript"]);
    expect(new Set(python.decisions.map(({ reason }) => reason))).toEqual(new Set(["QueueTooLong", "Calm"]));
    expect(bytesOf(python)).toBe(bytesOf(script));
    expect(python.assumptions).toContain("Policies of kind process:queue-depth are decided by the process python3 queue_depth.py.");
  });

  it.skipIf(!hasPython)("tells what the program refuses in its configuration at the place that says so (needs python3)", async () => {
    const { code, err } = await replicast("validate", "mine", "--allow-code", "--quiet");
    expect([code, err]).toEqual([0, ""]);
    writeFileSync(
      join(root, "mine/wrong.yaml"),
      readFileSync(join(EXAMPLE, "scenario.yaml"), "utf8").replaceAll("waitingPerReplica: 1", "waitingPerReplica: 0"),
    );
    const wrong = await replicast("validate", "mine/wrong.yaml", "--allow-code");
    expect(wrong.code).toBe(2);
    expect(
      wrong.err.match(/error\[policy_config_refused\]: policies\[[01]\].config.waitingPerReplica: .*must be a number above 0/g),
    ).toHaveLength(2);
  });

  it("runs no code of a scenario without leave", async () => {
    const { code, err } = await replicast("run", "mine", ...SHORT);
    expect(code).toBe(2);
    expect(err.match(/policy_code_not_allowed/g)).toHaveLength(2);
  });

  it("can be run by several entries and deployments at once, and repeats itself", async () => {
    const folder = program(
      "several",
      answering(
        'say({ state: message.state, decision: { desiredReplicas: message.config.at, reason: "At" } });',
        `{ ...${CONFIGURED}, config: message.config }`,
      ),
    );
    const path = join(root, folder, "scenario.yaml");
    writeFileSync(
      path,
      readFileSync(path, "utf8").replace(
        /^policies: \[(.*)\]$/m,
        (_, entry: string) => `policies:\n  - ${entry}\n  - ${entry.replace("own", "other").replace("at: 2", "at: 3")}`,
      ),
    );
    const once = await replicast("compare", folder, "--allow-code", "--json", ...SHORT);
    const again = await replicast("compare", folder, "--allow-code", "--json", ...SHORT);
    expect(once).toEqual(again);
    const { runs } = JSON.parse(once.out) as ComparisonResult;
    expect(runs.map(({ policy, decisions }) => [policy, decisions[0]?.desiredReplicas])).toEqual([
      ["own", 2],
      ["other", 3],
    ]);
  });

  it("that does not answer in time ends the run with code 4, and nothing is written", async () => {
    const folder = program("hangs", answering("if (message.observation.nowSeconds < 300) say({ state: null });"), ", timeLimit: 1s");
    const { code, out, err } = await replicast("run", folder, "--allow-code", "--out", "hangs/report", ...SHORT);
    expect([code, out]).toEqual([4, ""]);
    expect(err).toMatch(
      /^error\[policy_time_limit\]: the program .*policy\.cjs" took longer than 1 s to answer at 300 s of simulated time\n {2}hint: /,
    );
    expect(existsSync(join(root, "hangs/report"))).toBe(false);
  });

  it.each([
    {
      name: "nonsense",
      decide: 'console.log("I think 3");',
      says: /policy_answer_invalid.*answered "I think 3" at 0 s of simulated time, not a JSON object/,
    },
    {
      name: "dies",
      decide: "console.error('no such metric'); process.exit(3);",
      says: /policy_process_failed.*ended with exit code 3 at 0 s of simulated time; its standard error ends with: no such metric\n/,
    },
  ])("that answers with nonsense or ends is refused with code 2: $name", async ({ name, decide, says }) => {
    const { code, out, err } = await replicast(
      "run",
      program(name, answering(decide)),
      "--allow-code",
      "--out",
      `${name}/report`,
      ...SHORT,
    );
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(says);
    expect(existsSync(join(root, name, "report"))).toBe(false);
  });

  it("serves programs of their own, which hand its code to the library", async () => {
    const folder = program("library", answering('say({ decision: { desiredReplicas: 2, reason: "Two" } });'));
    const { runs } = await comparedInLibrary(join(folder, "scenario.yaml"));
    expect(runs[0]?.decisions[0]).toMatchObject({ desiredReplicas: 2, reason: "Two", evidence: {} });
  });
});

describe("a policy as a module", () => {
  const policy = (replicas: number): string =>
    `{ id: "mine", parseConfig: () => ({ ok: true, config: null }), initialState: () => null, timers: () => [{ name: "sync", periodSeconds: 60 }], needs: () => [], queries: () => [], decide: (o, state) => ({ state, decision: { desiredReplicas: ${replicas}, reason: "Mine", evidence: {} } }) }`;

  it("comes from a file beside the scenario or from a package, also in two versions of one name", async () => {
    const folder = join(root, "modules");
    mkdirSync(join(folder, "node_modules/their-policy"), { recursive: true });
    writeFileSync(join(folder, "one.mjs"), `export const one = ${policy(1)};`);
    writeFileSync(
      join(folder, "node_modules/their-policy/package.json"),
      '{"name":"their-policy","type":"module","exports":{".":{"import":"./main.js"}}}',
    );
    writeFileSync(
      join(folder, "node_modules/their-policy/main.js"),
      `export const two = ${policy(2)}; export const other = { ...two, id: "other" };`,
    );
    const entries = "policies:\n  - { name: one, module: ./one.mjs }\n  - { name: two, module: their-policy, kind: mine }\n";
    writeFileSync(join(folder, "scenario.yaml"), `${SMALL}${entries}`);
    const { code, out, err } = await replicast("compare", "modules", "--allow-code", "--json", ...SHORT);
    expect([code, err]).toEqual([0, ""]);
    const { runs } = JSON.parse(out) as ComparisonResult;
    expect(runs.map(({ decisions, controllers }) => [decisions[0]?.desiredReplicas, controllers[0]?.kind])).toEqual([
      [1, "module:mine"],
      [2, "module:mine#2"],
    ]);
  });

  it.each([
    { name: "unclear", text: `export const a = ${policy(1)}; export const b = { ...a, id: "b" };`, code: "module_policy_unclear" },
    { name: "none", text: "export const a = 1;", code: "plugin_without_policy" },
    { name: "throws", text: `export const a = { ...${policy(1)}, decide: () => { throw new Error("oops"); } };`, code: "policy_threw" },
  ])("is refused with code 2 when it is $name", async ({ name, text, code }) => {
    mkdirSync(join(root, name), { recursive: true });
    writeFileSync(join(root, name, "a.mjs"), text);
    writeFileSync(join(root, name, "scenario.yaml"), `${SMALL}policies: [{ name: a, module: ./a.mjs }]\n`);
    const outcome = await replicast("run", name, "--allow-code", ...SHORT);
    expect([outcome.code, outcome.err]).toEqual([2, expect.stringContaining(`error[${code}]`)]);
  });

  it("as TypeScript is refused with what to do about it", async () => {
    const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
    mkdirSync(join(root, "typed"), { recursive: true });
    writeFileSync(join(root, "typed/a.ts"), `export const a: unknown = ${policy(1)};`);
    writeFileSync(join(root, "typed/scenario.yaml"), `${SMALL}policies: [{ name: a, module: ./a.ts }]\n`);
    const run = spawnSync(
      process.execPath,
      [new URL("../dist/main.js", import.meta.url).pathname, "run", "typed", "--allow-code", ...SHORT],
      { cwd: root, encoding: "utf8" },
    );
    // Node reads types away by itself from 22.18 on
    if (major > 22 || (major === 22 && minor >= 18)) expect(run.status).toBe(0);
    else expect([run.status, run.stderr]).toEqual([2, expect.stringContaining("npx esbuild")]);
  });
});

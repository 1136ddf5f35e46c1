import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { main } from "../src/program.ts";
import { testIo } from "./test-io.ts";

const SHORT = ["--set", "duration=10m", "--set", "nodePools.l40s.max=2"];

/** Two runs search the capacity of a deployment, which takes seconds. */
const SLOW_MILLISECONDS = 120_000;

let root: string;

async function replicast(...args: readonly string[]) {
  const io = testIo({ workingFolder: root, outColumns: 100 });
  const code = await main(args, io);
  return { code, out: io.outText(), err: io.errText() };
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "explain-"));
  await replicast("init", "chat");
  expect((await replicast("compare", "chat", ...SHORT, "--out", "report")).code).toBe(0);
}, SLOW_MILLISECONDS);
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe("replicast explain", () => {
  it("tells the story of every policy in a result, from the folder or the file", async () => {
    const { code, out, err } = await replicast("explain", "report");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    for (const policy of ["fixed 5", "HPA on running requests", "fixed 2"]) expect(out).toContain(`${policy}: chat begins with`);
    expect((await replicast("explain", "report/result.json")).out).toBe(out);
  });

  it(
    "runs a scenario when that is what it is given, and says the same",
    async () => {
      const { out } = await replicast("explain", "report", "--policy", "HPA on running requests");
      expect((await replicast("explain", "chat", ...SHORT, "--policy", "HPA on running requests")).out).toBe(out);
    },
    SLOW_MILLISECONDS,
  );

  it("goes through one moment step by step", async () => {
    const { code, out } = await replicast("explain", "report", "--policy", "HPA on running requests", "--at", "5m");
    expect(code).toBe(0);
    expect(out).toMatch(/asked for, \d+ exist, \d+ ready; the load needed \d+\./);
    expect(out).toContain("  - pods metric vllm:num_requests_running: ");
    expect(out.split("\n").every((line) => line.length <= 100)).toBe(true);
  });

  it("prints the same as data with --json", async () => {
    const { out } = await replicast("explain", "report", "--json", "--at", "5m");
    const explanations = JSON.parse(out) as readonly { readonly policy: string; readonly moment: { readonly fromSeconds: number } }[];
    expect(explanations.map(({ policy, moment }) => [policy, moment.fromSeconds])).toEqual([
      ["fixed 5", 300],
      ["HPA on running requests", 300],
      ["fixed 2", 300],
    ]);
  });

  it.each([
    { args: ["report", "--at", "11m"], code: "bad_option", because: "the run is over by then" },
    { args: ["report", "--policy", "nobody"], code: "unknown_policy", because: "policies go by name" },
    { args: ["report", "--deployment", "nobody"], code: "unknown_deployment_option", because: "so do deployments" },
    { args: ["report", "--seed", "2"], code: "bad_option", because: "a result is finished" },
    { args: ["chat", "--policy", "nobody"], code: "unknown_policy", because: "it is refused before anything runs" },
    { args: ["nowhere"], code: "file_missing", because: "there is nothing" },
    { args: ["broken/result.json"], code: "not_a_result", because: "it is no JSON" },
    { args: ["old"], code: "result_without_record", because: "that release kept no evidence" },
  ])("refuses $args: $because", async ({ args, code }) => {
    mkdirSync(join(root, "broken"), { recursive: true });
    mkdirSync(join(root, "old"), { recursive: true });
    writeFileSync(join(root, "broken/result.json"), "{");
    writeFileSync(
      join(root, "old/result.json"),
      JSON.stringify({ schema: "replicast/run-result/v1", version: "0.0.1", policy: "hpa", decisions: [{ reason: "x" }] }),
    );
    const { code: exit, err } = await replicast("explain", ...args);
    expect(err).toContain(`error[${code}]`);
    expect(exit).toBe(2);
  });
});

describe("replicast validate --fail-on", () => {
  it("lets a pipeline stop at warnings, and without it goes on", async () => {
    mkdirSync(join(root, "trap"), { recursive: true });
    const text = readFileSync(join(root, "chat/scenario.yaml"), "utf8").replace("replicas: 5", "replicas: 500");
    writeFileSync(join(root, "trap/scenario.yaml"), text);
    copyFileSync(join(root, "chat/hpa.yaml"), join(root, "trap/hpa.yaml"));
    const [lenient, strict] = [await replicast("validate", "trap"), await replicast("validate", "trap", "--fail-on", "warning")];
    for (const { err } of [lenient, strict]) expect(err).toMatch(/scenario\.yaml:\d+:\d+: warning\[max_replicas_above_pools\]/);
    expect([lenient.code, strict.code]).toEqual([0, 2]);
    expect((await replicast("validate", "chat", "--fail-on", "warning")).code).toBe(0);
  });
});

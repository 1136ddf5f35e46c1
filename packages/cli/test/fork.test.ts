import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ForksResult } from "replicast";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { main } from "../src/program.ts";
import { testIo } from "./test-io.ts";

const SHORT = ["--set", "duration=10m", "--set", "nodePools.l40s.max=2", "--policy", "HPA on running requests"];

/** A run searches the capacity of a deployment, which takes seconds. */
const SLOW_MILLISECONDS = 120_000;

let root: string;

async function replicast(...args: readonly string[]) {
  const io = testIo({ workingFolder: root, outColumns: 100 });
  const code = await main(args, io);
  return { code, out: io.outText(), err: io.errText() };
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "fork-"));
  await replicast("init", "chat");
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe("replicast fork", () => {
  it(
    "tells what another decision was worth, and writes both futures as a report",
    async () => {
      const { code, out } = await replicast("fork", "chat", ...SHORT, "--at", "2m", "--replicas", "+1", "--hold", "5m", "--out", "fork");
      expect(code).toBe(0);
      expect(out.replaceAll(/\s+/g, " ")).toMatch(
        /^At \d\d:02:0\d HPA on running requests asked for \d replicas of chat; \d instead, held for 5 min, (costs|saves) \$/,
      );
      expect(out).toContain("requests that miss an objective");
      expect(out).toContain("Report: fork/report.html");
      const result = JSON.parse(readFileSync(join(root, "fork", "result.json"), "utf8")) as { readonly schema: string };
      expect(result.schema).toBe("replicast/fork/v1");
      expect(existsSync(join(root, "fork", "report.html"))).toBe(true);
    },
    SLOW_MILLISECONDS,
  );

  it(
    "lists the decisions whose change matters most, also as data",
    async () => {
      const { code, out } = await replicast("fork", "chat", ...SHORT, "--every", "--json");
      expect(code).toBe(0);
      const { forks, base } = JSON.parse(out) as ForksResult;
      const changes = base.decisions.filter(({ specReplicas, desiredReplicas }) => specReplicas !== desiredReplicas);
      expect(forks.map(({ atSeconds }) => atSeconds)).toEqual(changes.map(({ timeSeconds }) => timeSeconds));
    },
    SLOW_MILLISECONDS,
  );

  it.each([
    { args: [], because: "no decision is named", text: "--at" },
    { args: ["--at", "2m", "--every"], because: "two ways are", text: "alone" },
    { args: ["--at", "25:00"], because: "there is no such time", text: "--at" },
    { args: ["--decision", "0"], because: "they are counted from 1", text: "--decision" },
    { args: ["--at", "2m", "--replicas", "many"], because: "this is no count", text: "--replicas" },
    { args: ["--at", "2m", "--hold", "long"], because: "this is no duration", text: "--hold" },
    { args: ["--every", "--out", "there"], because: "a list has no report", text: "--out" },
  ])("refuses $args: $because", async ({ args, text }) => {
    const { code, out, err } = await replicast("fork", "chat", ...SHORT, ...args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain("error[bad_option]");
    expect(err).toContain(text);
  });
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommand } from "./command.ts";

const VECTORS = fileURLToPath(new URL(".", import.meta.url));

const quantity = (name: string, milli: string): string =>
  JSON.stringify({ name, input: "2", expected: { valid: true, canonical: "2", milli, value: "2", sign: 1, approxFloat64: 2 } });

const query = (name: string, value: number): string =>
  JSON.stringify({ name, query: "1 + 1", series: "none", timeMs: 1_767_225_600_000, expected: { type: "scalar", result: value } });

const NO_SERIES = JSON.stringify({ timestamps: [], series: [] });

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "replicast-vectors-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function run(...args: readonly string[]): { readonly code: number; readonly lines: readonly string[]; readonly complaints: string } {
  const lines: string[] = [];
  const complaints: string[] = [];
  const code = runCommand(args, VECTORS, { line: (text) => lines.push(text), complain: (text) => complaints.push(text) });
  return { code, lines, complaints: complaints.join("\n") };
}

function write(path: string, text: string | Uint8Array): void {
  mkdirSync(join(folder, path, ".."), { recursive: true });
  writeFileSync(join(folder, path), text);
}

describe("npm run conformance", () => {
  it("says how it is used when it is asked", () => {
    expect(run("--help")).toMatchObject({ code: 0, lines: [expect.stringMatching(/^usage: .*\nsuites: .*hpa/)], complaints: "" });
  });

  it("prints a line for each file and the total, packed or not, whatever the files are called", () => {
    write("hpa/any-name.jsonl", `${quantity("two", "2000")}\n`);
    write("hpa/packed.jsonl.gz", gzipSync(`${quantity("two", "2000")}\n\n${quantity("again", "2000")}\n`));
    expect(run("--vectors", folder)).toEqual({
      code: 0,
      lines: ["hpa any-name.jsonl 1/1", "hpa packed.jsonl.gz 2/2", "total 3/3"],
      complaints: "",
    });
  });

  it("fails on a mismatch and tells case, wanted and got of the first few", () => {
    write("hpa/quantity.jsonl", Array.from({ length: 8 }, (_, index) => quantity(`case-${index}`, "2001")).join("\n"));
    write("promql/cases.jsonl", query("sum", 3));
    const { code, lines, complaints } = run("--vectors", folder);
    expect([code, lines.at(-1)]).toEqual([1, "total 0/9"]);
    expect(complaints).toContain('case-4: milli: wanted "2001", got "2000"');
    expect(complaints).not.toContain("case-5:");
    expect(complaints).toContain("and 3 more");
  });

  it("finds suites side by side in one folder, and leaves each file to the suite whose shape it has", () => {
    write("quantity.jsonl", quantity("two", "2000"));
    write("cases.jsonl", query("sum", 2));
    write("series-none.json", NO_SERIES);
    expect(run("--vectors", folder).lines).toEqual(["hpa quantity.jsonl 1/1", "promql cases.jsonl 1/1", "total 2/2"]);
  });

  it("counts a file of a suite that nobody can read as failed", () => {
    write("keda/new.jsonl", JSON.stringify({ name: "x", inputs: { nobody: "knows" } }));
    expect(run("--vectors", folder)).toMatchObject({ code: 1, lines: ["keda new.jsonl 0/1", "total 0/1"] });
  });

  it("names folders of vectors that no suite knows", () => {
    write("hpa/quantity.jsonl", quantity("two", "2000"));
    write("nobody/knows.jsonl", "{}");
    expect(run("--vectors", folder)).toMatchObject({ code: 0, complaints: "nobody not run: there is no such suite" });
    expect(run("--vectors", folder, "--suite", "hpa").complaints).toBe("");
  });

  it("runs the suites that are asked for", () => {
    write("hpa/quantity.jsonl", quantity("two", "2000"));
    write("promql/cases.jsonl", query("sum", 2));
    write("promql/series-none.json", NO_SERIES);
    expect(run("--vectors", folder, "--suite", "promql").lines).toEqual(["promql cases.jsonl 1/1", "total 1/1"]);
    expect(run("--vectors", folder, "--suite=promql,hpa").lines.at(-1)).toBe("total 2/2");
  });

  it.each([
    { args: ["--suite", "hap"], says: 'no suite "hap"' },
    { args: ["--vectors", "nowhere"], says: "no folder nowhere" },
    { args: ["--vector", "x"], says: "--vector" },
    { args: ["hpa"], says: "hpa" },
  ])("ends with exit code 2 and the list of suites for $args", ({ args, says }) => {
    const { code, complaints } = run(...args);
    expect(code).toBe(2);
    expect(complaints).toContain(says);
    expect(complaints).toContain("suites: hpa, keda, promql, engine");
  });

  it("ends with exit code 2 where there is nothing to run", () => {
    expect(run("--vectors", folder)).toMatchObject({ code: 2, lines: [] });
  });
});

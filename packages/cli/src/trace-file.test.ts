import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { TraceReader } from "replicast";
import { afterAll, expect, it, vi } from "vitest";
import { InflatedFiles, openTextFile } from "./trace-file.ts";

const folder = mkdtempSync(join(tmpdir(), "trace-file-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function fileWith(content: string | Buffer): string {
  const path = join(folder, "trace.csv");
  writeFileSync(path, content);
  return path;
}

function readAll(path: string, maxCharacters: number): { readonly text: string; readonly longest: number } {
  return drain(openTextFile(path), maxCharacters);
}

function drain(reader: TraceReader, maxCharacters: number): { readonly text: string; readonly longest: number } {
  let text = "";
  let longest = 0;
  for (let piece = reader.read(maxCharacters); piece !== ""; piece = reader.read(maxCharacters)) {
    text += piece;
    longest = Math.max(longest, piece.length);
  }
  expect(reader.read(maxCharacters)).toBe("");
  return { text, longest };
}

it.each([1, 3, 4, 7, 65_536])("reads a file in pieces of about %d characters without splitting one", (maxCharacters) => {
  const text = "arrival_s,input_tokens\n0.5,3\nçédille €uro 𝄞 end\n".repeat(20);
  const read = readAll(fileWith(text), maxCharacters);
  expect(read.text).toBe(text);
  expect(read.longest).toBeLessThanOrEqual(maxCharacters + 4);
});

it("drops a byte-order mark", () => {
  expect(readAll(fileWith("\uFEFFarrival_s\n"), 4).text).toBe("arrival_s\n");
});

it("reads an empty file as nothing", () => {
  expect(readAll(fileWith(""), 100).text).toBe("");
});

it("inflates a compressed file once, for any number of readers, and leaves no copy that has a name", () => {
  const temporary = mkdtempSync(join(folder, "tmp-"));
  vi.stubEnv("TMPDIR", temporary);
  const inflated = new InflatedFiles();
  const path = fileWith(gzipSync("a,b\n1,2\n".repeat(10_000)));
  const reader = inflated.open(path);
  vi.unstubAllEnvs();
  expect(readdirSync(temporary)).toEqual([]);
  writeFileSync(path, "no longer compressed");
  expect(reader.read(4)).toBe("a,b\n");
  expect(drain(inflated.open(path), 65_536).text).toBe("a,b\n1,2\n".repeat(10_000));
  expect(drain(reader, 100).text).toHaveLength(8 * 10_000 - 4);
});

it("refuses a file that only pretends to be compressed, by the name the user gave", () => {
  const path = fileWith("a,b\n");
  expect(() => new InflatedFiles().open(path, "mine.gz")).toThrow(
    expect.objectContaining({ issues: [expect.objectContaining({ code: "not_gzip", file: "mine.gz" })] }),
  );
});

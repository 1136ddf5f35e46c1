import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { InputError } from "replicast";
import { afterAll, expect, it } from "vitest";
import { InflatedFiles, openTextFile } from "./trace-file.ts";

const folder = mkdtempSync(join(tmpdir(), "trace-file-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function fileWith(content: string | Buffer): string {
  const path = join(folder, "trace.csv");
  writeFileSync(path, content);
  return path;
}

function readAll(path: string, maxCharacters: number): { readonly text: string; readonly longest: number } {
  const reader = openTextFile(path);
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

it("inflates a compressed file once", () => {
  const inflated = new InflatedFiles();
  const path = fileWith(gzipSync("a,b\n1,2\n".repeat(10_000)));
  const copy = inflated.pathOf(path);
  expect(readAll(copy, 65_536).text).toBe("a,b\n1,2\n".repeat(10_000));
  expect(inflated.pathOf(path)).toBe(copy);
});

it("refuses a file that only pretends to be compressed", () => {
  expect(() => new InflatedFiles().pathOf(fileWith("a,b\n"))).toThrow(InputError);
});

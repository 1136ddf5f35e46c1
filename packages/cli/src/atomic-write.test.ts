import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InputError } from "replicast";
import { afterAll, expect, it } from "vitest";
import { checkWritable, writeFilesAtomically } from "./atomic-write.ts";

const root = mkdtempSync(join(tmpdir(), "atomic-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

it("writes all files into a new folder and leaves nothing else behind", () => {
  const folder = join(root, "a/b");
  expect(writeFilesAtomically(folder, { "x.txt": "1", "y.txt": "2" })).toEqual([join(folder, "x.txt"), join(folder, "y.txt")]);
  expect(readdirSync(folder).sort()).toEqual(["x.txt", "y.txt"]);
  expect(readFileSync(join(folder, "y.txt"), "utf8")).toBe("2");
});

it("replaces files of the same name and leaves others alone", () => {
  const folder = join(root, "kept");
  mkdirSync(folder);
  writeFileSync(join(folder, "x.txt"), "old");
  writeFileSync(join(folder, "z.txt"), "theirs");
  writeFilesAtomically(folder, { "x.txt": "new" });
  expect(readFileSync(join(folder, "x.txt"), "utf8")).toBe("new");
  expect(readFileSync(join(folder, "z.txt"), "utf8")).toBe("theirs");
});

it("leaves no file when one cannot be written, nor a folder that was not there before", () => {
  const folder = join(root, "failed");
  expect(() => writeFilesAtomically(folder, { "x.txt": "1", "no/such/folder.txt": "2" })).toThrow(InputError);
  expect(existsSync(folder)).toBe(false);
});

it("moves nothing when a folder stands where a file should go", () => {
  const folder = join(root, "taken");
  mkdirSync(join(folder, "y.txt"), { recursive: true });
  expect(() => writeFilesAtomically(folder, { "x.txt": "1", "y.txt": "2" })).toThrow(InputError);
  expect(readdirSync(folder)).toEqual(["y.txt"]);
});

it("finds a place good without leaving a trace of having looked", () => {
  checkWritable(join(root, "new/deep"), ["x.txt"]);
  expect(existsSync(join(root, "new"))).toBe(false);
});

it.each([
  { place: "file", because: "a file is no folder" },
  { place: "file/below", because: "nor is there a folder in it" },
  { place: "folder", because: "a folder has the name of a file" },
])("finds $place not writable: $because", ({ place }) => {
  writeFileSync(join(root, "file"), "");
  mkdirSync(join(root, "folder/x.txt"), { recursive: true });
  expect(() => checkWritable(join(root, place), ["x.txt"])).toThrow(InputError);
});

it.runIf(existsSync("/proc/self"))("gives up at once where a file system has no room for folders", () => {
  expect(() => writeFilesAtomically("/proc/replicast/deep", { "x.txt": "1" })).toThrow(InputError);
});

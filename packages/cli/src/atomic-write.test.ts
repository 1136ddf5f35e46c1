import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InputError } from "replicast";
import { afterAll, expect, it } from "vitest";
import { writeFilesAtomically } from "./atomic-write.ts";

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

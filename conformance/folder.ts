import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { gunzipSync } from "node:zlib";

/** Text of a file, unpacked when its name ends in `.gz`. */
export function readText(path: string): string {
  const bytes = readFileSync(path);
  return (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
}

/** Values of a JSON Lines file; blank lines are ignored. */
export function readJsonLines(path: string): readonly unknown[] {
  return readText(path)
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => JSON.parse(line) as unknown);
}

/** Path of a file by its plain name, packed or not; undefined when there is none. */
export function findFile(folder: string, name: string): string | undefined {
  return [name, `${name}.gz`].map((candidate) => join(folder, candidate)).find((path) => existsSync(path));
}

/** Names of a folder's files with an ending, packed or not, in order. */
export function filesEnding(folder: string, ending: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(ending) || name.endsWith(`${ending}.gz`))
    .sort();
}

/** Where a suite's files lie. */
export interface SuiteFolder {
  readonly path: string;
  /** The folder bears the suite's name, so all files in it are the suite's. */
  readonly isOwn: boolean;
}

/** In a folder of the suite's name below, else in the folder itself. */
export function suiteFolder(root: string, suite: string): SuiteFolder {
  const own = join(root, suite);
  if (existsSync(own) && statSync(own).isDirectory()) return { path: own, isOwn: true };
  return { path: root, isOwn: basename(root) === suite };
}

/** Folders below that hold vectors, in order. */
export function vectorFolders(root: string): readonly string[] {
  const folders = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders
    .map(({ name }) => name)
    .filter((name) => filesEnding(join(root, name), ".jsonl").length > 0)
    .sort();
}

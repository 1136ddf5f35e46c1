import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** Root of the repository, without a slash at the end. */
export const ROOT: string = new URL("../../", import.meta.url).pathname.replace(/\/$/, "");

/** What is built, installed or fetched is nobody's writing. */
const SKIPPED = new Set([".git", "node_modules", "dist", "reports", "coverage"]);
const BINARY = /\.(gz|png|parquet|woff2?|ttf|ico)$/;

/** Packages that must run in a browser and in Deno as they are; everything but the command. */
export const LIBRARIES = ["sim-core", "promql", "policies", "report", "replicast"] as const;
export const PACKAGES = [...LIBRARIES, "cli"] as const;

/** Every file below a folder of the repository, as paths relative to its root, in a fixed order. */
export function filesBelow(folder: string): readonly string[] {
  const found: string[] = [];
  for (const entry of readdirSync(join(ROOT, folder)).sort()) {
    if (SKIPPED.has(entry)) continue;
    const path = folder === "" ? entry : `${folder}/${entry}`;
    if (statSync(join(ROOT, path)).isDirectory()) found.push(...filesBelow(path));
    else found.push(path);
  }
  return found;
}

export function readText(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

export function isText(path: string): boolean {
  return !BINARY.test(path);
}

/** Tests, their helpers and what only tests import. */
export function isTest(path: string): boolean {
  return /\.(test|bench)\.ts$|^packages\/[^/]+\/test\//.test(path);
}

/** TypeScript sources of the workspace, tests included. */
export function sourceFiles(): readonly string[] {
  return ["packages", "bench", "validation", "conformance", "tools", "docs", "scenarios"]
    .flatMap(filesBelow)
    .filter((path) => /\.ts$/.test(path));
}

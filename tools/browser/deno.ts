import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** Path of a Deno, from $DENO or the search path; undefined when this machine has none. */
export function denoPath(): string | undefined {
  const named = process.env["DENO"];
  if (named !== undefined && named !== "") return existsSync(named) ? named : undefined;
  const path = spawnSync("sh", ["-c", "command -v deno"], { encoding: "utf8" }).stdout.trim();
  return path === "" ? undefined : path;
}

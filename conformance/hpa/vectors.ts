import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** Cases of a JSON Lines file under `conformance/`, compressed or not. */
export function readVectors<Case>(path: string): readonly Case[] {
  const bytes = readFileSync(new URL(`../${path}`, import.meta.url));
  const text = path.endsWith(".gz") ? gunzipSync(bytes).toString("utf8") : bytes.toString("utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Case);
}

/** Names of the cases that do not pass; a case that throws does not pass. */
export function failures<Case extends { readonly name: string }>(
  cases: readonly Case[],
  passes: (vector: Case) => boolean,
): readonly string[] {
  return cases
    .filter((vector) => {
      try {
        return !passes(vector);
      } catch {
        return true;
      }
    })
    .map((vector) => vector.name);
}

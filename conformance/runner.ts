import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** What running the cases of one vector file gave. */
export interface Tally {
  readonly suite: string;
  readonly file: string;
  readonly passed: number;
  readonly total: number;
  /** Name of each failing case, with what was wrong, in file order. */
  readonly failures: ReadonlyMap<string, string>;
}

/** Where the cases come from and how one is told right from wrong. */
export interface VectorFile<Case> {
  readonly suite: string;
  readonly file: string;
  readonly cases: readonly Case[];
  readonly name: (vector: Case) => string;
  /** Undefined when the case passes, otherwise what was wrong. An exception counts as a failure. */
  readonly check: (vector: Case) => string | undefined;
}

/** Reads a vector file: one JSON value a line, blank lines ignored, gzipped when its name ends in `.gz`. */
export function readJsonLines<Case>(file: URL): Case[] {
  const bytes = readFileSync(file);
  const text = (file.pathname.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Case);
}

/** Runs every case, prints `suite file passed/total` and returns the counts. */
export function runVectors<Case>({ suite, file, cases, name, check }: VectorFile<Case>): Tally {
  const failures = new Map<string, string>();
  for (const vector of cases) {
    const wrong = outcome(check, vector);
    if (wrong !== undefined) failures.set(name(vector), wrong);
  }
  const passed = cases.length - failures.size;
  console.log(`${suite} ${file} ${passed}/${cases.length}`);
  return { suite, file, passed, total: cases.length, failures };
}

function outcome<Case>(check: (vector: Case) => string | undefined, vector: Case): string | undefined {
  try {
    return check(vector);
  } catch (error) {
    return `threw ${error instanceof Error ? error.message : String(error)}`;
  }
}

import { createWriteStream, mkdtempSync, renameSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { csvPieces, InputError, jsonPieces, parquetPieces, type TraceFlow } from "replicast";
import type { Io } from "./io.ts";

/** Formats that are written. */
export const WRITTEN_FORMATS = ["csv", "jsonl", "parquet"] as const;
export type WrittenFormat = (typeof WRITTEN_FORMATS)[number];

/** Where a trace goes, checked. */
export interface TraceTarget {
  /** Undefined: standard output. */
  readonly file: string | undefined;
  readonly format: WrittenFormat;
  readonly isGzip: boolean;
}

/**
 * The target that options name: the format is the file's ending unless it is given.
 * @throws InputError `bad_option`
 */
export function traceTarget({ out, write }: { readonly out?: string; readonly write?: WrittenFormat }): TraceTarget {
  const plain = out?.replace(/\.gz$/i, "");
  const ending = plain === undefined ? "csv" : (/\.([A-Za-z]+)$/.exec(plain)?.[1]?.toLowerCase() ?? "");
  const format = write ?? WRITTEN_FORMATS.find((known) => known === (ending === "ndjson" ? "jsonl" : ending));
  const refuse = (option: string, actual: string, expected: string): never => {
    throw new InputError([{ code: "bad_option", path: [], data: { option, actual, expected } }]);
  };
  if (format === undefined) return refuse("--out", out ?? "", "a name that ends in .csv, .jsonl or .parquet (or say --write)");
  const isGzip = plain !== out;
  if (format === "parquet" && out === undefined) return refuse("--write", format, "a format for standard output; name a file with --out");
  if (format === "parquet" && isGzip) return refuse("--out", out ?? "", "a name without .gz: Parquet compresses by itself");
  return { file: out, format, isGzip };
}

/**
 * Writes a flow piece by piece. A file takes its name only when all of it is written and `check` has passed.
 * @param check throws what must not become a file
 * @throws InputError `not_writable`
 */
export async function writeTrace(flow: TraceFlow, { file, format, isGzip }: TraceTarget, io: Io, check: () => void): Promise<void> {
  if (file === undefined) {
    for await (const piece of format === "jsonl" ? jsonPieces(flow) : csvPieces(flow)) io.out(piece);
    check();
    return;
  }
  const path = resolve(io.workingFolder, file);
  const folder = explaining(file, () => mkdtempSync(join(dirname(path), ".replicast-")));
  try {
    const pieces = format === "parquet" ? parquetPieces(flow) : format === "jsonl" ? jsonPieces(flow) : csvPieces(flow);
    const partial = join(folder, "trace");
    const source = Readable.from(pieces, { objectMode: true });
    if (isGzip) await pipeline(source, createGzip(), createWriteStream(partial));
    else await pipeline(source, createWriteStream(partial));
    check();
    explaining(file, () => renameSync(partial, path));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function explaining<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new InputError([{ code: "not_writable", path: [], file, data: { message: error.message } }]);
  }
}

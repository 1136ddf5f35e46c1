import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { designOf, InputError, type SweepDesign, type SweepHeader } from "replicast";
import { writeFilesAtomically } from "../atomic-write.ts";
import { CellLog } from "./cell-log.ts";
import { lockFolder } from "./folder-lock.ts";

/** A part of a sweep: cells whose index leaves `index` when divided by `count`. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

export const WHOLE: Shard = { index: 0, count: 1 };
const HEADER_FILE = "sweep.json";
const LOG_FILE = "cells.jsonl";
/** Files a sweep writes. */
export const SWEEP_FILES: readonly string[] = [HEADER_FILE, LOG_FILE, "results.json", "results.parquet"];

interface FolderHeader {
  readonly header: SweepHeader;
  readonly shard: Shard;
}

/** A folder with a sweep's finished cells, held by this process. */
export interface SweepFolder {
  readonly path: string;
  readonly log: CellLog;
  readonly close: () => void;
}

/**
 * Opens a folder for a sweep.
 *
 * @param label what the user calls the folder
 * @param isResumed goes on with what is there; otherwise the folder must hold no sweep
 * @throws InputError `sweep_locked`, `sweep_exists`, `sweep_differs`
 */
export function openSweepFolder(
  path: string,
  design: SweepDesign,
  { label, shard, isResumed }: { readonly label: string; readonly shard: Shard; readonly isResumed: boolean },
): SweepFolder {
  mkdirSync(path, { recursive: true });
  const unlock = lockFolder(path, label);
  try {
    const found = readHeader(path);
    if (found !== undefined && !isResumed) throw refused("sweep_exists", label);
    if (found === undefined && existsSync(join(path, LOG_FILE))) throw refused("sweep_exists", label);
    if (found !== undefined && !isSame(found, { header: design.header, shard })) throw refused("sweep_differs", label);
    if (found === undefined) writeFilesAtomically(path, { [HEADER_FILE]: `${JSON.stringify({ header: design.header, shard })}\n` }, label);
    const log = new CellLog(join(path, LOG_FILE), design, "append");
    return {
      path,
      log,
      close: () => {
        log.close();
        unlock();
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

/** A finished or interrupted sweep, to be read. */
export interface SweepRead {
  readonly label: string;
  readonly shard: Shard;
  readonly design: SweepDesign;
  readonly log: CellLog;
}

/**
 * Opens a sweep that is there already, without holding it.
 * @throws InputError `sweep_not_found`
 */
export function readSweepFolder(path: string, label: string): SweepRead {
  const found = readHeader(path);
  if (found === undefined || !existsSync(join(path, LOG_FILE))) throw refused("sweep_not_found", label);
  const design = designOf(found.header);
  return { label, shard: found.shard, design, log: new CellLog(join(path, LOG_FILE), design, "read") };
}

function readHeader(folder: string): FolderHeader | undefined {
  const path = join(folder, HEADER_FILE);
  if (!existsSync(path)) return undefined;
  try {
    const found = JSON.parse(readFileSync(path, "utf8")) as FolderHeader;
    return found.header?.schema === "replicast/sweep-header/v1" ? found : undefined;
  } catch {
    return undefined;
  }
}

function isSame(a: FolderHeader, b: FolderHeader): boolean {
  return a.header.key === b.header.key && a.shard.index === b.shard.index && a.shard.count === b.shard.count;
}

function refused(code: string, file: string): InputError {
  return new InputError([{ code, path: [], file }]);
}

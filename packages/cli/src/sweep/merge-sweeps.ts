import { resolve } from "node:path";
import { type CellRow, InputError } from "replicast";
import { checkWritable } from "../atomic-write.ts";
import type { ExitCode } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { finishSweep } from "./finish-sweep.ts";
import { openSweepFolder, readSweepFolder, SWEEP_FILES, type SweepRead, WHOLE } from "./sweep-folder.ts";

/** Rows copied at once. */
const ROWS = 256;

export interface MergeCommandOptions {
  readonly out: string;
  readonly json?: boolean;
}

/** Puts the parts of a sweep together: the results are those of one run, byte for byte. */
export function mergeSweeps(folders: readonly string[], { out, json }: MergeCommandOptions, io: Io): ExitCode {
  checkWritable(resolve(io.workingFolder, out), SWEEP_FILES, out);
  const parts: SweepRead[] = [];
  try {
    for (const folder of folders) parts.push(readSweepFolder(resolve(io.workingFolder, folder), folder));
    const [first] = parts;
    if (first === undefined) throw new TypeError("the command takes at least one folder");
    const { design } = first;
    const others = parts.filter((part) => part.design.header.key !== design.header.key);
    if (others.length > 0) throw new InputError(others.map(({ label }) => ({ code: "sweep_differs", path: [], file: label })));
    checkComplete(parts, design.header.cells);
    const folder = openSweepFolder(resolve(io.workingFolder, out), design, { label: out, shard: WHOLE, isResumed: false });
    try {
      let rows: CellRow[] = [];
      for (let index = 0; index < design.header.cells; index++) {
        rows.push(rowOf(parts, index));
        if (rows.length < ROWS && index < design.header.cells - 1) continue;
        folder.log.append(rows);
        rows = [];
      }
      return finishSweep(folder, design, { io, label: out, shard: WHOLE, isJson: json === true });
    } finally {
      folder.close();
    }
  } finally {
    for (const { log } of parts) log.close();
  }
}

/** Of several runs of a cell one that did not fail; such ones are the same. */
function rowOf(parts: readonly SweepRead[], index: number): CellRow {
  const having = parts.filter(({ log }) => log.has(index));
  const { log } = (having.find((part) => !part.log.hasFailed(index)) ?? having[0]) as SweepRead; // every cell was found before
  return log.read(index);
}

function checkComplete(parts: readonly SweepRead[], cells: number): void {
  const shards = new Set<string>();
  const count = parts[0]?.shard.count ?? 1;
  let missing = 0;
  for (let index = 0; index < cells; index++) {
    if (parts.some(({ log }) => log.has(index))) continue;
    missing++;
    if (count > 1) shards.add(`${(index % count) + 1}/${count}`);
  }
  if (missing > 0) throw new InputError([{ code: "sweep_incomplete", path: [], data: { missing, cells, shards: [...shards] } }]);
}

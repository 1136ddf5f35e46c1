import { closeSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { cellAt, type SweepDesign } from "replicast";
import { EXIT_CODES, type ExitCode } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import type { CellLog } from "./cell-log.ts";
import type { Shard, SweepFolder } from "./sweep-folder.ts";
import { renderSweep } from "./sweep-table.ts";
import { writeResults } from "./write-results.ts";

const PIECE_BYTES = 1 << 20;
/** Reasons told at most. */
const REASONS_TOLD = 10;

export interface FinishOptions {
  readonly io: Io;
  readonly label: string;
  readonly shard: Shard;
  readonly isJson: boolean;
}

/** Writes the results of a sweep whose cells are all there, and tells them; a part of one only says where it lies. */
export function finishSweep(
  { path, log }: Pick<SweepFolder, "path" | "log">,
  design: SweepDesign,
  { io, label, shard, isJson }: FinishOptions,
): ExitCode {
  if (shard.count === 1) {
    writeResults(path, design, log);
    if (isJson) printFile(join(path, "results.json"), io);
    else io.out(`${renderSweep(design, log)}\nResults: ${join(label, "results.parquet")}, ${join(label, "results.json")}\n`);
  } else {
    io.out(
      `Shard ${shard.index + 1} of ${shard.count} is complete: ${log.done} of ${design.header.cells} cells are in ${label}; ${io.invocation} merge puts all together\n`,
    );
  }
  if (log.failed === 0) return EXIT_CODES.good;
  tellFailures({ log, design }, io);
  return EXIT_CODES.cellsFailed;
}

/** Each reason once, with the first cell it struck. */
function tellFailures({ log, design }: { readonly log: CellLog; readonly design: SweepDesign }, io: Io): void {
  const reasons = new Map<string, { readonly index: number; count: number }>();
  for (const { index, error } of log.rows()) {
    if (error === null) continue;
    const reason = reasons.get(error.text);
    if (reason !== undefined) reason.count++;
    else if (reasons.size < REASONS_TOLD) reasons.set(error.text, { index, count: 1 });
  }
  for (const [text, { index, count }] of reasons) {
    const { policy, values } = cellAt(design, index);
    const place = design.axes.map(({ name }, axis) => `${name}=${values[axis]}`).join(" ");
    io.err(`failed${count > 1 ? ` ${count} times, first` : ""}: ${policy} ${place}\n  ${text.replaceAll("\n", "\n  ")}\n`);
  }
  io.err(`${log.failed} of ${design.header.cells} cells failed; --resume tries them again\n`);
}

function printFile(path: string, io: Io): void {
  const file = openSync(path, "r");
  const decoder = new TextDecoder();
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  try {
    for (let count = readSync(file, piece); count > 0; count = readSync(file, piece))
      io.out(decoder.decode(piece.subarray(0, count), { stream: true }));
  } finally {
    closeSync(file);
  }
}

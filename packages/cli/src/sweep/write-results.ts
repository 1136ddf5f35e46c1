import { closeSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { type ColumnSource, fileWriter, ParquetWriter, schemaFromColumnData } from "hyparquet-writer";
import { type CellRow, RESULT_END, type ResultColumn, resultBegin, resultCell, resultColumns, type SweepDesign } from "replicast";
import type { CellLog } from "./cell-log.ts";

/** Rows of one group of the Parquet file, and the most that are in memory at once. */
const GROUP_ROWS = 4096;
/** Characters gathered before they are written. */
const PIECE_CHARACTERS = 1 << 18;

/**
 * Writes `results.json` and `results.parquet` into the sweep's folder, sorted by cell. They depend on the cells alone: not on who ran
 * them, in which order, or how often the sweep was interrupted. Whoever finds them finds them whole.
 */
export function writeResults(folder: string, design: SweepDesign, log: CellLog): void {
  replacing(join(folder, "results.json"), (path) => writeJson(path, design, log));
  replacing(join(folder, "results.parquet"), (path) => writeParquet(path, design, log));
}

function replacing(path: string, write: (staged: string) => void): void {
  const staged = `${path}.part`;
  try {
    write(staged);
    renameSync(staged, path);
  } finally {
    rmSync(staged, { force: true });
  }
}

function writeJson(path: string, design: SweepDesign, log: CellLog): void {
  const file = openSync(path, "w");
  try {
    let text = resultBegin(design);
    let separator = "";
    for (const row of log.rows()) {
      text += separator + JSON.stringify(resultCell(design, row));
      separator = ",\n";
      if (text.length < PIECE_CHARACTERS) continue;
      writeSync(file, text);
      text = "";
    }
    writeSync(file, text + RESULT_END);
  } finally {
    closeSync(file);
  }
}

function writeParquet(path: string, design: SweepDesign, log: CellLog): void {
  const columns = resultColumns(design);
  const schema = schemaFromColumnData({ columnData: columnsOf(columns, []) });
  const writer = new ParquetWriter({ writer: fileWriter(path), schema, createdBy: "replicast" });
  let rows: CellRow[] = [];
  const flush = (): void => {
    if (rows.length > 0) writer.write({ columnData: columnsOf(columns, rows), rowGroupSize: GROUP_ROWS });
    rows = [];
  };
  for (const row of log.rows()) {
    rows.push(row);
    if (rows.length === GROUP_ROWS) flush();
  }
  flush();
  writer.finish();
}

function columnsOf(columns: readonly ResultColumn[], rows: readonly CellRow[]): ColumnSource[] {
  return columns.map(({ name, type, of }) => ({ name, type, data: rows.map(of), nullable: true }));
}

import type { TraceRow } from "@replicast/sim-core";
import { ByteWriter, ParquetWriter, schemaFromColumnData } from "hyparquet-writer/src/index.js";
import type { TraceFlow, TraceMark } from "./trace-flow.ts";
import { COLUMN_NAMES, writtenSeconds } from "./write-text.ts";

/** Rows of a row group: what is held at once. */
const GROUP_ROWS = 65_536;

/** A flow as Parquet (Snappy), a row group a piece; the last piece is the table of contents. Ids of prompts are written as JSON text. */
export async function* parquetPieces({ marks, batches }: Pick<TraceFlow, "marks" | "batches">): AsyncGenerator<Uint8Array> {
  const bytes = new ByteWriter();
  const schema = schemaFromColumnData({ columnData: columnsOf([], marks) });
  const writer = new ParquetWriter({ writer: bytes, schema, createdBy: "replicast" });
  const take = (): Uint8Array => {
    const piece = bytes.getBytes().slice();
    bytes.index = 0; // `offset` goes on counting
    return piece;
  };
  let held: TraceRow[] = [];
  for await (const batch of batches) {
    held = held.concat(batch);
    if (held.length < GROUP_ROWS) continue;
    void writer.write({ columnData: columnsOf(held, marks), rowGroupSize: held.length });
    held = [];
    yield take();
  }
  if (held.length > 0) void writer.write({ columnData: columnsOf(held, marks), rowGroupSize: held.length });
  void writer.finish();
  yield take();
}

type Columns = Parameters<ParquetWriter["write"]>[0]["columnData"];

function columnsOf(rows: readonly TraceRow[], marks: readonly TraceMark[]): Columns {
  return [
    {
      name: COLUMN_NAMES.seconds,
      data: Float64Array.from(rows, ({ seconds }) => writtenSeconds(seconds)),
      type: "DOUBLE",
      nullable: false,
    },
    { name: COLUMN_NAMES.promptTokens, data: Int32Array.from(rows, ({ promptTokens }) => promptTokens), type: "INT32", nullable: false },
    { name: COLUMN_NAMES.outputTokens, data: Int32Array.from(rows, ({ outputTokens }) => outputTokens), type: "INT32", nullable: false },
    ...marks.map((mark) => ({ name: COLUMN_NAMES[mark], ...markColumn(rows, mark), nullable: true })),
  ];
}

function markColumn(rows: readonly TraceRow[], mark: TraceMark): Pick<Columns[number], "data" | "type"> {
  switch (mark) {
    case "priority":
      return { data: rows.map((row) => row.priority), type: "INT32" };
    case "complexity":
      return { data: rows.map((row) => row.complexity), type: "DOUBLE" };
    case "hashIds":
      return { data: rows.map(({ hashIds }) => (hashIds === undefined ? undefined : JSON.stringify(hashIds))), type: "STRING" };
    default:
      return { data: rows.map((row) => row[mark]), type: "STRING" };
  }
}

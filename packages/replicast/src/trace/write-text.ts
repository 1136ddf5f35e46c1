import type { TraceRow } from "@replicast/sim-core";
import type { TraceFlow, TraceMark } from "./trace-flow.ts";

/** Names under which our own files hold a row; the readers know them. */
export const COLUMN_NAMES: Readonly<Record<"seconds" | "promptTokens" | "outputTokens" | TraceMark, string>> = {
  seconds: "arrival_s",
  promptTokens: "input_tokens",
  outputTokens: "output_tokens",
  model: "model",
  session: "session_id",
  tenant: "tenant",
  priority: "priority",
  complexity: "complexity",
  hashIds: "hash_ids",
};

/** Times are written to the microsecond. */
const PARTS_OF_SECOND = 1_000_000;

/** A time as it is written. */
export function writtenSeconds(seconds: number): number {
  return Math.round(seconds * PARTS_OF_SECOND) / PARTS_OF_SECOND;
}

/** A flow as CSV, a batch a piece, the header in front. Columns: time, lengths, and the marks of the flow. */
export async function* csvPieces({ marks, batches }: Pick<TraceFlow, "marks" | "batches">): AsyncGenerator<string> {
  const names = ["seconds", "promptTokens", "outputTokens", ...marks] as const;
  yield `${names.map((name) => COLUMN_NAMES[name]).join(",")}\n`;
  for await (const batch of batches) {
    let text = "";
    for (const row of batch) {
      text += `${writtenSeconds(row.seconds)},${row.promptTokens},${row.outputTokens}`;
      for (const mark of marks) text += `,${csvField(row, mark)}`;
      text += "\n";
    }
    yield text;
  }
}

function csvField(row: TraceRow, mark: TraceMark): string {
  const value = row[mark];
  // a row without these has the value that the engine would give it
  if (value === undefined) return mark === "priority" ? "0" : mark === "hashIds" ? "[]" : "";
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A flow as JSON lines, a batch a piece; a row names only what it has. */
export async function* jsonPieces({ marks, batches }: Pick<TraceFlow, "marks" | "batches">): AsyncGenerator<string> {
  for await (const batch of batches) {
    yield batch.map((row) => `${JSON.stringify(recordOf(row, marks))}\n`).join("");
  }
}

function recordOf(row: TraceRow, marks: readonly TraceMark[]): { readonly [name: string]: unknown } {
  const record: { [name: string]: unknown } = {
    [COLUMN_NAMES.seconds]: writtenSeconds(row.seconds),
    [COLUMN_NAMES.promptTokens]: row.promptTokens,
    [COLUMN_NAMES.outputTokens]: row.outputTokens,
  };
  for (const mark of marks) if (row[mark] !== undefined) record[COLUMN_NAMES[mark]] = row[mark];
  return record;
}

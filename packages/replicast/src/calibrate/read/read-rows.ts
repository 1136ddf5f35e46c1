import { ColumnReader, type NumberTable } from "../../number-table.ts";
import { type MeasuredRequests, type MeasuredRow, type MeasuredRun, type MeasuredSteps, measuredRequests } from "../measured.ts";

/** Seconds in the unit a column's name ends in. */
const UNIT_SECONDS: readonly (readonly [suffix: string, seconds: number])[] = [
  ["_us", 1e-6],
  ["_ms", 1e-3],
  ["_s", 1],
  ["_seconds", 1],
];

/** When the request was sent is better than when it should have been: a busy client lags behind its plan. */
const ARRIVAL_NAMES = ["send_s", "arrival_s", "arrival_seconds"];
const PROMPT_NAMES = ["input_tokens", "prompt_tokens", "input_length", "ContextTokens"];
const OUTPUT_NAMES = ["output_tokens", "completion_tokens", "output_length", "GeneratedTokens"];

const timed = (name: string): readonly string[] => UNIT_SECONDS.map(([suffix]) => `${name}${suffix}`);
const secondsOf = (column: string): number => UNIT_SECONDS.find(([suffix]) => column.endsWith(suffix))?.[1] ?? 1;

/**
 * Reads rows per request, or per step where there is a column `step_ms` (or `_us`, `_s`).
 * @throws InputError with the columns that are missing and the values that are no numbers
 */
export function readRows(table: NumberTable, name: string): MeasuredRun {
  const columns = new ColumnReader(table);
  const step = timed("step").find((column) => columns.has(column));
  const run = step === undefined ? readRequests(table, columns, name) : readSteps(table, columns, step, name);
  columns.throwAny();
  return run;
}

function readRequests(table: NumberTable, columns: ColumnReader, name: string): MeasuredRequests {
  const arrival = columns.require("arrival", ARRIVAL_NAMES);
  const prompt = columns.require("promptTokens", PROMPT_NAMES);
  const output = columns.require("outputTokens", OUTPUT_NAMES);
  const ttft = columns.require("ttft", timed("ttft"));
  const e2e = columns.require("e2e", timed("e2e"));
  if (arrival === undefined || prompt === undefined || output === undefined || ttft === undefined || e2e === undefined)
    return measuredRequests(name, []);
  const delay = timed("arrival_to_queued").find((column) => columns.has(column));
  const rows = table.rows.flatMap((row): readonly MeasuredRow[] => {
    if (columns.has("ok") && columns.number(row, "ok", 0) === 0) return [];
    // Where the clock starts inside the server, the way there belongs to TTFT and E2E, too.
    const delaySeconds = delay === undefined ? 0 : columns.number(row, delay, 0) * secondsOf(delay);
    const ttftSeconds = columns.number(row, ttft, Number.MIN_VALUE) * secondsOf(ttft) + delaySeconds;
    const e2eSeconds = columns.number(row, e2e, Number.MIN_VALUE) * secondsOf(e2e) + delaySeconds;
    if (e2eSeconds < ttftSeconds)
      columns.refuse(row, { column: e2e, actual: String(e2eSeconds / secondsOf(e2e)), minimum: ttftSeconds / secondsOf(e2e) });
    return [
      {
        arrivalSeconds: columns.number(row, arrival, Number.NEGATIVE_INFINITY),
        promptTokens: columns.number(row, prompt, 1),
        outputTokens: columns.number(row, output, 1),
        ttftSeconds,
        e2eSeconds,
      },
    ];
  });
  return measuredRequests(name, rows);
}

function readSteps(table: NumberTable, columns: ColumnReader, step: string, name: string): MeasuredSteps {
  const decode = columns.require("decodeSequences", ["decode_sequences", "n_decode"]);
  const context = columns.require("contextTokens", ["context_tokens", "kv_tokens"]);
  const column = (from: string | undefined, minimum: number): Float64Array =>
    Float64Array.from(table.rows, (row) => (from === undefined ? 0 : columns.number(row, from, minimum)));
  const promptTokens = column(columns.has("prompt_tokens") ? "prompt_tokens" : undefined, 0);
  return {
    kind: "steps",
    name,
    decodeSequences: column(decode, 0),
    contextTokens: column(context, 0),
    promptTokens,
    // Unless the file says otherwise, a step's prompt tokens are one prompt from its beginning.
    promptTokenContext: columns.has("prompt_token_context")
      ? column("prompt_token_context", 0)
      : promptTokens.map((tokens) => (tokens * tokens) / 2),
    stepSeconds: column(step, Number.MIN_VALUE).map((value) => value * secondsOf(step)),
  };
}

import { ColumnReader, type NumberTable, type TableRow } from "../../number-table.ts";
import { type MeasuredRequest, type MeasuredRun, type MeasuredStep, type MeasuredSteps, measuredRun } from "../measured-run.ts";

/** Seconds in the unit a column's name ends in. */
const UNIT_SECONDS: readonly (readonly [suffix: string, seconds: number])[] = [
  ["_us", 1e-6],
  ["_ms", 1e-3],
  ["_s", 1],
  ["_seconds", 1],
];

const timed = (...names: readonly string[]): readonly string[] =>
  names.flatMap((name) => UNIT_SECONDS.map(([suffix]) => `${name}${suffix}`));
const secondsOf = (column: string): number => UNIT_SECONDS.find(([suffix]) => column.endsWith(suffix))?.[1] ?? 1;

/** When the request was sent is better than when it should have been: a busy client lags behind its plan. */
const ARRIVAL_NAMES = timed("send", "arrival", "timestamp");
const PROMPT_NAMES = ["input_tokens", "prompt_tokens", "input_length", "ContextTokens"];
const OUTPUT_NAMES = ["output_tokens", "completion_tokens", "output_length", "GeneratedTokens"];
const FAILED = ["0", "false"];

/** What rows hold: requests, or steps where there is a column `step_ms` (or `_us`, `_s`). */
export type MeasuredRows = { readonly run: MeasuredRun } | { readonly steps: MeasuredSteps };

/** @throws InputError with the columns that are missing and the values that are no numbers */
export function readRows(table: NumberTable, name: string): MeasuredRows {
  const columns = new ColumnReader(table);
  const step = timed("step").find((column) => columns.has(column));
  const rows = step === undefined ? { run: readRequests(table, columns, name) } : { steps: readSteps(table, columns, step, name) };
  columns.throwAny();
  return rows;
}

interface RequestColumns {
  readonly arrival: string;
  readonly prompt: string;
  readonly output: string;
  readonly e2e: string;
  /** Not every load generator streams. */
  readonly ttft: string | undefined;
  /** From the client to the engine, where the clock of the other columns starts inside the server. */
  readonly delay: string | undefined;
}

function readRequests(table: NumberTable, columns: ColumnReader, name: string): MeasuredRun {
  const arrival = columns.require("arrival", ARRIVAL_NAMES);
  const prompt = columns.require("promptTokens", PROMPT_NAMES);
  const output = columns.require("outputTokens", OUTPUT_NAMES);
  const e2e = columns.require("e2e", timed("e2e", "latency"));
  if (arrival === undefined || prompt === undefined || output === undefined || e2e === undefined) return { name, requests: [] };
  const ttft = timed("ttft").find((column) => columns.has(column));
  const delay = timed("arrival_to_queued").find((column) => columns.has(column));
  const found = { arrival, prompt, output, e2e, ttft, delay };
  return measuredRun(
    name,
    table.rows.flatMap((row) => readRequest(row, columns, found)),
  );
}

/** A request that failed loaded the server, but nobody knows how long it would have taken; of one without tokens nothing is known. */
function readRequest(row: TableRow, columns: ColumnReader, found: RequestColumns): readonly MeasuredRequest[] {
  const isFailed = columns.has("ok") && FAILED.includes(columns.text(row, "ok"));
  const tokens = {
    arrivalSeconds: columns.number(row, found.arrival, Number.NEGATIVE_INFINITY) * secondsOf(found.arrival),
    promptTokens: columns.number(row, found.prompt, isFailed ? 0 : 1),
    outputTokens: columns.number(row, found.output, isFailed ? 0 : 1),
  };
  if (isFailed)
    return tokens.promptTokens >= 1 && tokens.outputTokens >= 1 ? [{ ...tokens, ttftSeconds: Number.NaN, e2eSeconds: Number.NaN }] : [];
  const seconds = (column: string): number => columns.number(row, column, Number.MIN_VALUE) * secondsOf(column);
  const delaySeconds = found.delay === undefined ? 0 : columns.number(row, found.delay, 0) * secondsOf(found.delay);
  const ttftSeconds = found.ttft === undefined ? Number.NaN : seconds(found.ttft) + delaySeconds;
  const e2eSeconds = seconds(found.e2e) + delaySeconds;
  if (e2eSeconds < ttftSeconds) {
    const unit = secondsOf(found.e2e);
    columns.refuse(row, { column: found.e2e, actual: String(e2eSeconds / unit), minimum: ttftSeconds / unit });
  }
  return [{ ...tokens, ttftSeconds, e2eSeconds }];
}

function readSteps(table: NumberTable, columns: ColumnReader, step: string, name: string): MeasuredSteps {
  const decode = columns.require("decodeSequences", ["decode_sequences", "n_decode"]);
  const context = columns.require("contextTokens", ["context_tokens", "kv_tokens"]);
  if (decode === undefined || context === undefined) return { name, steps: [] };
  const count = (row: TableRow, column: string): number => columns.number(row, column, 0);
  const steps = table.rows.map((row): MeasuredStep => {
    const promptTokens = columns.has("prompt_tokens") ? count(row, "prompt_tokens") : 0;
    return {
      decodeSequences: count(row, decode),
      contextTokens: count(row, context),
      promptTokens,
      // Unless the file says otherwise, a step's prompt tokens are one prompt from its beginning.
      promptTokenContext: columns.has("prompt_token_context") ? count(row, "prompt_token_context") : (promptTokens * promptTokens) / 2,
      stepSeconds: columns.number(row, step, Number.MIN_VALUE) * secondsOf(step),
    };
  });
  return { name, steps };
}

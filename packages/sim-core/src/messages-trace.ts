import type { Json } from "./errors.ts";
import { type DataCatalogue, plain, quote } from "./message-text.ts";
import { formatDuration } from "./units/duration.ts";

const spell = (seconds: Json | undefined): string => (typeof seconds === "number" ? formatDuration(seconds) : plain(seconds));

const ROLE_WORDS: Readonly<Record<string, string>> = {
  arrival: "the time of arrival",
  promptTokens: "prompt tokens",
  outputTokens: "output tokens",
};

/** @see csv-parse, documented error codes */
const CSV_WORDS: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: "a quote is opened and not closed",
  CSV_INVALID_CLOSING_QUOTE: "text follows a closing quote",
  INVALID_OPENING_QUOTE: "a quote stands inside a value without quotes",
};

/** Texts of the issues about rows of a trace. */
export const TRACE_MESSAGES: DataCatalogue = {
  trace_empty: () => ({ text: "the trace is empty", hint: "a header line and one row per request are needed" }),
  trace_no_rows: () => ({ text: "the trace has a header but no requests", hint: "one row per request is needed" }),
  trace_outside_run: ({ firstSeconds, lastSeconds, fromSeconds, toSeconds }) => ({
    text: `no request of the trace falls into the run: they arrive from ${firstSeconds} s to ${lastSeconds} s, the run takes those from ${fromSeconds} s to ${toSeconds} s`,
    hint: `give the stream an offset, such as offset: ${firstSeconds}s`,
  }),
  trace_ends_early: ({ endSeconds, durationSeconds, silentSeconds }) => ({
    text: `the last request of the trace arrives ${spell(endSeconds)} into a run of ${spell(durationSeconds)}; the other ${spell(silentSeconds)} are simulated, and billed, without its traffic`,
    hint: `end the run with the trace: duration: ${spell(endSeconds)} (or --set duration=${spell(endSeconds)})`,
  }),
  trace_without_model: ({ percent, known }) => ({
    text:
      percent === 100
        ? "the requests of the trace name no model, and its stream does not say where they go"
        : `${percent} % of the requests of the trace name no model, and its stream names none for them: they are rejected`,
    hint: `give the stream a deployment or a model, such as one of ${quote(known)}, or the trace a column \`model\``,
  }),
  trace_without_sessions: () => ({
    text: "the trace names no sessions, so nothing said of them has an effect",
    hint: "give it a column session_id, chat_id or conversation_id, or remove sessions",
  }),
  trace_unknown_models: ({ percent, unknown, more, known }) => ({
    text: `${percent} % of the requests of the trace name a model that nobody serves: ${quote(unknown)}${more === 0 ? "" : ` and ${plain(more)} more`}; they are rejected`,
    hint: `add them to models:, with a deployment that serves them; known are ${quote(known)}`,
  }),
  trace_separator: ({ separator }) => ({
    text: `the columns are separated by ${separator === "\t" ? "tabs" : quote(separator)}`,
    hint: "separate them by commas",
  }),
  trace_duplicate_column: ({ column }) => ({
    text: `the header has the column ${quote(column)} twice`,
    hint: "rename or remove one of them",
  }),
  trace_not_text: () => ({
    text: "this is no text",
    hint: "a trace is a CSV or JSON-lines file in UTF-8, or one of them with gzip, which ends in .gz",
  }),
  trace_missing_column: ({ role, found, accepted }) => ({
    text: `no column for ${ROLE_WORDS[plain(role)] ?? plain(role)} among ${quote(found)}`,
    hint: `call it one of ${quote(accepted)}`,
  }),
  trace_column_count: ({ expected, actual }) => ({
    text: `the row has ${actual} columns, the header ${expected}`,
    hint: "fill the row up; put values with commas in quotes",
  }),
  trace_missing_field: ({ missing, found }) => ({
    text: `${quote(missing)} ${Array.isArray(missing) && missing.length > 1 ? "are" : "is"} missing among ${quote(found)}`,
    hint: "every line needs the fields that the first one has for arrival, prompt and output",
  }),
  trace_bad_csv: ({ reason }) => ({
    text: `this is not valid CSV: ${CSV_WORDS[plain(reason)] ?? plain(reason)}`,
    hint: "a quote inside quotes is written twice",
  }),
  trace_bad_json: () => ({ text: "this line is no JSON object", hint: "each line is one request: a JSON object without line breaks" }),
  trace_bad_arrival: ({ column, value }) => ({
    text: `${plain(column)} is ${quote(value)}, which is no time of arrival`,
    hint: "seconds from the start, milliseconds in `timestamp`, or a date",
  }),
  trace_bad_tokens: ({ column, value }) => ({
    text: `${plain(column)} is ${quote(value)}, which is no token count`,
    hint: "a whole number of 1 or more",
  }),
  trace_bad_priority: ({ column, value }) => ({
    text: `${plain(column)} is ${quote(value)}, which is no priority`,
    hint: "a whole number; lower goes first",
  }),
  trace_bad_complexity: ({ column, value }) => ({
    text: `${plain(column)} is ${quote(value)}, which is no complexity`,
    hint: "a number from 0, anybody answers it, to 1, only the best model does",
  }),
  trace_bad_hash_ids: ({ column, value }) => ({
    text: `${plain(column)} is ${quote(value)}, which is no list of ids`,
    hint: "a JSON array of whole numbers of 0 or more, one for each unit of the prompt",
  }),
  trace_unsorted: ({ previousSeconds, seconds }) => ({
    text: `the request at ${seconds} s comes after one at ${previousSeconds} s`,
    hint: "sort the trace by arrival",
  }),
  trace_truncated: () => ({ text: "the last line is cut off", hint: "was the file copied in full?" }),
  trace_record_too_long: () => ({ text: "a record is longer than can be read", hint: "is a quote left open?" }),
  trace_more_issues: ({ count }) => ({
    text: `and ${count} more problems in this trace`,
    hint: "mend the first ones; the rest may be of the same kind",
  }),
};

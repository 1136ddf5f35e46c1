import { type DataCatalogue, plain, quote } from "./message-text.ts";

/** Texts of the issues about rows of a trace. */
export const TRACE_MESSAGES: DataCatalogue = {
  trace_empty: () => ({ text: "the trace is empty", hint: "a header line and one row per request are needed" }),
  trace_no_rows: () => ({ text: "the trace has a header but no requests" }),
  trace_missing_column: ({ role, found, accepted }) => ({
    text: `no column for ${plain(role)} among ${quote(found)}`,
    hint: `call it ${quote(accepted)}`,
  }),
  trace_column_count: ({ expected, actual }) => ({ text: `the row has ${actual} columns, the header ${expected}` }),
  trace_missing_field: ({ missing, found }) => ({ text: `${quote(missing)} is missing among ${quote(found)}` }),
  trace_bad_csv: ({ reason }) => ({ text: `this is not valid CSV: ${plain(reason)}` }),
  trace_bad_json: () => ({ text: "this line is no JSON object" }),
  trace_bad_arrival: ({ column, value }) => ({
    text: `${plain(column)} is ${quote(value)}, which is no time of arrival`,
    hint: "seconds from the start, milliseconds in `timestamp`, or a date",
  }),
  trace_bad_tokens: ({ column, value }) => ({
    text: `${plain(column)} is ${quote(value)}, which is no token count`,
    hint: "a whole number of 1 or more",
  }),
  trace_unsorted: ({ previousSeconds, seconds }) => ({
    text: `the request at ${seconds} s comes after one at ${previousSeconds} s`,
    hint: "sort the trace by arrival",
  }),
  trace_truncated: () => ({ text: "the last line is cut off", hint: "was the file copied in full?" }),
  trace_record_too_long: () => ({ text: "a record is longer than can be read", hint: "is a quote left open?" }),
  trace_more_issues: ({ count }) => ({ text: `and ${count} more problems in this trace` }),
};

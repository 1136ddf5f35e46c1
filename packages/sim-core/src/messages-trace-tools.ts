import { type DataCatalogue, plain, quote } from "./message-text.ts";

/** Texts of issues about files that are turned into traces, and traces into profiles. */
export const TRACE_TOOL_MESSAGES: DataCatalogue = {
  traffic_waits: ({ stream, why }) => ({
    text: `when the stream ${quote(stream)} sends depends on when its requests are answered (${plain(why)}), so it has no trace of its own`,
    hint: "leave the stream out, or simulate it: `replicast run` counts its requests",
  }),
  trace_units_differ: ({ units }) => ({
    text: `the streams know their prompts in units of ${quote(units)} tokens; a trace has one`,
    hint: "give all streams the same hashTokens, and prefix groups as many tokens, or generate them one by one",
  }),
  trace_parquet_unread: ({ reason }) => ({
    text: `the Parquet file cannot be read: ${plain(reason)}`,
    hint: "columns are uncompressed or Snappy; times are a column arrival_s, timestamp or TIMESTAMP",
  }),
  trace_output_unknown: () => ({
    text: "a server's log does not say how long its answers became",
    hint: "say --output-tokens N, or --output-tokens max for the limit each request sets (answers seldom reach it)",
  }),
  trace_lengths_unknown: ({ missing }) => ({
    text: `a rate of requests says nothing of their ${plain(missing)} tokens`,
    hint:
      missing === "prompt"
        ? "give a range query of vllm:prompt_tokens_total with --prompt-rate, or --prompt-tokens N"
        : "give a range query of vllm:generation_tokens_total with --output-rate, or --output-tokens N",
  }),
  trace_log_without_prompt: () => ({
    text: "the line does not say how long the prompt is",
    hint: "servers since 0.9 log no token ids: say --prompt-tokens N",
  }),
  trace_log_without_limit: () => ({ text: "the request sets no max_tokens", hint: "say --output-tokens N" }),
  trace_log_empty: () => ({
    text: "the log holds no line of a request that came in",
    hint: "the server writes them when it runs with --enable-log-requests (before 0.10: without --disable-log-requests)",
  }),
  trace_bad_prometheus: ({ reason }) => ({
    text: `this is no answer to a range query: ${plain(reason)}`,
    hint: "save the answer of /api/v1/query_range?query=sum(rate(vllm:request_success_total[1m]))&start=…&end=…&step=15",
  }),
  trace_bad_number: ({ column, value }) => ({
    text: `${plain(column)} is ${quote(value)}, which is no number from 0 on`,
    hint: "mend or remove the row",
  }),
  trace_client_lengths: ({ client, field }) => ({
    text: `nothing is known of the ${plain(field)} of client ${quote(client)}`,
    hint: "give a table of quantiles with --client-lengths, or --prompt-tokens N and --output-tokens N for clients that it lacks",
  }),
  trace_too_few_to_fit: ({ requests, minimum }) => ({
    text: `${plain(requests)} requests are too few to fit a profile to`,
    hint: `${plain(minimum)} that do not all come at once are the least`,
  }),
};

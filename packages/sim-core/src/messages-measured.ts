import { type DataCatalogue, plain, quote, suggestion } from "./message-text.ts";

const ROLE_WORDS: Readonly<Record<string, string>> = {
  arrival: "the time of arrival",
  promptTokens: "prompt tokens",
  outputTokens: "output tokens",
  ttft: "the time to the first token",
  e2e: "the time to the last token",
  decodeSequences: "decoding sequences",
  contextTokens: "context tokens",
  attention: "a dimension of the attention times",
  dense: "the kernel, its tokens or its time",
  perSequence: "the kernel, its sequences or its time",
};

/** Texts of the issues about measured runs and tables of numbers. */
export const MEASURED_MESSAGES: DataCatalogue = {
  table_bad_csv: ({ reason }) => ({
    text: `this is not valid CSV: ${plain(reason)}`,
    hint: "a header line, then a row of as many values per line",
  }),
  table_no_rows: () => ({ text: "the file has no rows", hint: "a header line and at least one row are needed" }),
  table_missing_column: ({ role, accepted, found }) => ({
    text: `no column for ${ROLE_WORDS[plain(role)] ?? plain(role)} among ${quote(found)}`,
    hint: `call it one of ${quote(accepted)}`,
  }),
  table_bad_number: ({ column, actual, minimum }) => ({
    text: `${quote(actual)} is no value of the column ${quote(column)}`,
    hint:
      typeof minimum === "number" && Number.isFinite(minimum) && minimum > 1e-300
        ? `a number of at least ${minimum}`
        : "a number; times must be above 0",
  }),
  table_more_issues: ({ count }) => ({ text: `${count} more issues in this file`, hint: "mend those above first" }),
  measured_bad_json: () => ({ text: "this is not valid JSON", hint: "a whole result file, or one result per line" }),
  measured_unknown_format: ({ keys }) => ({
    text: `nobody here knows this kind of measurements (it has ${quote(keys)})`,
    hint: "give CSV with a row per request or step, a result of `vllm bench serve` or GuideLLM's benchmarks.json",
  }),
  measured_no_details: ({ tool, fields }) => ({
    text: `the file does not tell of every request: ${quote(fields)} are needed`,
    hint:
      tool === "GuideLLM"
        ? "let GuideLLM write all requests (no sample) with their token counts"
        : "run `vllm bench serve` with --save-result --save-detailed",
  }),
  measured_no_start_times: ({ rate }) => ({
    text: `the file does not say when its requests were sent (rate ${plain(rate)})`,
    hint: "use a version of vLLM that writes start_times, or --request-rate inf with --max-concurrency",
  }),
  measured_nothing: () => ({ text: "no request of this run succeeded", hint: "leave the run out" }),
  measured_too_long: ({ count, limit }) => ({
    text: `${count} measured requests are longer than the ${limit} tokens that the engine described here takes; they are left out`,
    hint: "give the limits the server ran with",
  }),
  kernel_table_missing: ({ file }) => ({ text: `there is no file ${quote(file)}`, hint: "it must lie beside the scenario" }),
  kernel_table_too_small: ({ minimum }) => ({ text: `at least ${minimum} rows are needed`, hint: "profile more points" }),
  measurements_missing: ({ file }) => ({ text: `there is no file ${quote(file)}`, hint: "check the path" }),
  unknown_server_model: (data) => ({
    text: `there is no preset and no shape ${quote(data["actual"])}`,
    ...suggestion(data, "known", "docs/reference/presets.md"),
  }),
  unknown_server_gpu: (data) => ({
    text: `there is no GPU ${quote(data["actual"])}`,
    ...suggestion(data, "known", "docs/reference/presets.md"),
  }),
  no_measurements: () => ({ text: "there is nothing to fit", hint: "give at least one run, and hold less of it back" }),
  no_coefficients: ({ kind }) => ({
    text: `a latency of kind ${plain(kind)} has no coefficients to fit`,
    hint: "start from a preset, `generic`, linear, roofline or table",
  }),
  no_saturated_run: ({ peak, places }) => ({
    text: `no run filled the server for some time: at most ${peak} requests were open at once, and it holds ${places} of them (places of the batch, or KV cache)`,
    hint: "add a run at a rate that the server cannot carry; below it the fit says little about full batches, and may be off by half there",
  }),
  unknown_deployment_option: (data) => ({ text: `there is no deployment ${quote(data["actual"])}`, ...suggestion(data, "known") }),
};

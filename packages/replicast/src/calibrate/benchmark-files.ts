import type { Issue } from "@replicast/sim-core";
import { type CsvError, parse } from "csv-parse/browser/esm/sync";
import type { MeasuredRequest, MeasuredRun } from "./measured-run.ts";

/** Runs of a benchmark file, or why it cannot be used. */
export type BenchmarkFile = { readonly runs: readonly MeasuredRun[] } | { readonly issues: readonly Issue[] };

/** Factor to seconds by the unit at the end of a column's name. */
const UNITS: Readonly<Record<string, number>> = { s: 1, ms: 1e-3, us: 1e-6 };
/** Columns of request rows, without their unit; the first that is there counts. */
const COLUMNS = {
  arrival: ["send", "arrival", "timestamp"],
  prompt: ["input_tokens", "prompt_tokens", "input_length"],
  output: ["output_tokens", "output_length"],
  ttft: ["ttft"],
  e2e: ["e2e", "latency"],
} as const;

/**
 * Reads what a load generator wrote: rows per request (CSV: `arrival_s` or `send_s`, `input_tokens`, `output_tokens`, `ttft_ms`, `e2e_ms`,
 * optionally `ok`; units s, ms or us), the JSON of `vllm bench serve --save-result --save-detailed`, or GuideLLM's `benchmarks.json`.
 *
 * @param name shown for its runs and in its issues
 */
export function readBenchmark(name: string, text: string): BenchmarkFile {
  return /^\s*[{[]/.test(text) ? readJson(name, text) : readRows(name, text);
}

const refuse = (file: string, code: string, data: Issue["data"] = {}, line?: number): BenchmarkFile => ({
  issues: [{ code, path: [], file, ...(line === undefined ? {} : { line, column: 1 }), data }],
});

function readRows(name: string, text: string): BenchmarkFile {
  let rows: readonly Readonly<Record<string, string>>[];
  try {
    rows = parse(text, { columns: true, skip_empty_lines: true, bom: true, trim: true });
  } catch (error) {
    return refuse(name, "benchmark_bad_csv", { detail: (error as CsvError).message });
  }
  const [first] = rows;
  if (first === undefined) return refuse(name, "benchmark_empty");
  const found = Object.keys(first);
  const arrival = timeColumn(found, COLUMNS.arrival);
  const e2e = timeColumn(found, COLUMNS.e2e);
  const ttft = timeColumn(found, COLUMNS.ttft);
  const prompt = COLUMNS.prompt.find((column) => found.includes(column));
  const output = COLUMNS.output.find((column) => found.includes(column));
  if (arrival === undefined || e2e === undefined || prompt === undefined || output === undefined) {
    const missing = [
      ...(arrival === undefined ? ["arrival_s"] : []),
      ...(prompt === undefined ? ["input_tokens"] : []),
      ...(output === undefined ? ["output_tokens"] : []),
      ...(e2e === undefined ? ["e2e_ms"] : []),
    ];
    return refuse(name, "benchmark_missing_column", { missing, found });
  }
  const requests: MeasuredRequest[] = [];
  for (const [index, row] of rows.entries()) {
    const failed = row["ok"] === "0" || row["ok"] === "false";
    const seconds = (column: TimeColumn | undefined): number =>
      column === undefined || row[column.name] === "" ? Number.NaN : Number(row[column.name]) * column.factor;
    const request: MeasuredRequest = {
      arrivalSeconds: seconds(arrival),
      promptTokens: Number(row[prompt]),
      outputTokens: Number(row[output]),
      ttftSeconds: failed ? Number.NaN : seconds(ttft),
      e2eSeconds: failed ? Number.NaN : seconds(e2e),
    };
    if (!isUsable(request)) return refuse(name, "benchmark_bad_row", { row: Object.values(row).join(",").slice(0, 200) }, index + 2);
    requests.push(request);
  }
  return runOf(name, requests);
}

interface TimeColumn {
  readonly name: string;
  readonly factor: number;
}

function timeColumn(found: readonly string[], names: readonly string[]): TimeColumn | undefined {
  for (const name of names) {
    for (const [unit, factor] of Object.entries(UNITS)) if (found.includes(`${name}_${unit}`)) return { name: `${name}_${unit}`, factor };
  }
  return undefined;
}

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);
const numbers = (value: unknown): readonly number[] | undefined =>
  Array.isArray(value) && value.every((each) => typeof each === "number") ? (value as readonly number[]) : undefined;

function readJson(name: string, text: string): BenchmarkFile {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return refuse(name, "benchmark_bad_json");
  }
  if (isFields(content) && "ttfts" in content) return readVllm(name, content);
  if (isFields(content) && Array.isArray(content["benchmarks"])) return readGuideLlm(name, content["benchmarks"]);
  return refuse(name, "benchmark_unknown_json", { found: isFields(content) ? Object.keys(content).slice(0, 20) : [] });
}

/** @see vLLM, vllm/benchmarks/serve.py: what --save-detailed adds, all in seconds */
function readVllm(name: string, content: Fields): BenchmarkFile {
  const [prompts, outputs, ttfts] = ["input_lens", "output_lens", "ttfts"].map((key) => numbers(content[key]));
  const starts = numbers(content["start_times"]);
  const gaps = Array.isArray(content["itls"]) ? content["itls"].map(numbers) : undefined;
  if (starts === undefined || prompts === undefined || outputs === undefined || ttfts === undefined || gaps === undefined) {
    const wanted = ["start_times", "input_lens", "output_lens", "ttfts", "itls"];
    return refuse(name, "benchmark_not_detailed", { missing: wanted.filter((key) => !(key in content)) });
  }
  const errors = Array.isArray(content["errors"]) ? content["errors"] : [];
  const requests = starts.map((arrivalSeconds, i): MeasuredRequest => {
    const failed = typeof errors[i] === "string" && errors[i] !== "";
    const ttftSeconds = failed ? Number.NaN : (ttfts[i] ?? Number.NaN);
    const restSeconds = (gaps[i] ?? []).reduce((sum, gap) => sum + gap, 0);
    const [promptTokens, outputTokens] = [prompts[i] ?? 0, outputs[i] ?? 0];
    return { arrivalSeconds, promptTokens, outputTokens, ttftSeconds, e2eSeconds: ttftSeconds + restSeconds };
  });
  return runOf(name, requests.filter(isUsable));
}

/** @see GuideLLM, benchmarks.json: benchmarks[].requests.successful[]; times of a request in seconds, its first token in milliseconds */
function readGuideLlm(name: string, benchmarks: readonly unknown[]): BenchmarkFile {
  const runs = benchmarks.flatMap((benchmark, index): readonly MeasuredRun[] => {
    const groups = isFields(benchmark) && isFields(benchmark["requests"]) ? benchmark["requests"] : {};
    const successful = Array.isArray(groups["successful"]) ? groups["successful"].filter(isFields) : [];
    const requests = successful.map(guideLlmRequest).filter(isUsable);
    return requests.length === 0 ? [] : [sorted(`${name}[${index}]`, requests)];
  });
  return runs.length === 0 ? refuse(name, "benchmark_empty") : { runs };
}

function guideLlmRequest(request: Fields): MeasuredRequest {
  const first = (...names: readonly string[]): number => {
    const value = names.map((field) => request[field]).find((each) => typeof each === "number");
    return typeof value === "number" ? value : Number.NaN;
  };
  const start = first("request_start_time", "start_time");
  const latency = first("request_latency");
  return {
    arrivalSeconds: start,
    promptTokens: first("prompt_tokens"),
    outputTokens: first("output_tokens"),
    ttftSeconds: first("time_to_first_token_ms") / 1000,
    e2eSeconds: Number.isNaN(latency) ? first("request_end_time", "end_time") - start : latency,
  };
}

function isUsable({ arrivalSeconds, promptTokens, outputTokens, ttftSeconds, e2eSeconds }: MeasuredRequest): boolean {
  const isCount = (value: number): boolean => Number.isInteger(value) && value >= 1;
  return Number.isFinite(arrivalSeconds) && isCount(promptTokens) && isCount(outputTokens) && !(ttftSeconds < 0) && !(e2eSeconds < 0);
}

function runOf(name: string, requests: readonly MeasuredRequest[]): BenchmarkFile {
  return requests.length === 0 ? refuse(name, "benchmark_empty") : { runs: [sorted(name, requests)] };
}

/** In order of arrival, from the first one on. */
function sorted(name: string, requests: readonly MeasuredRequest[]): MeasuredRun {
  const ordered = [...requests].sort((a, b) => a.arrivalSeconds - b.arrivalSeconds);
  const from = ordered[0]?.arrivalSeconds ?? 0;
  return { name, requests: ordered.map((request) => ({ ...request, arrivalSeconds: request.arrivalSeconds - from })) };
}

/** Most requests that a run had open at once. */
export function peakConcurrency({ requests }: MeasuredRun): number {
  const changes = requests
    .filter(({ e2eSeconds }) => !Number.isNaN(e2eSeconds))
    .flatMap(({ arrivalSeconds, e2eSeconds }) => [[arrivalSeconds, 1] as const, [arrivalSeconds + e2eSeconds, -1] as const])
    .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  let open = 0;
  let peak = 0;
  for (const [, change] of changes) {
    open += change;
    peak = Math.max(peak, open);
  }
  return peak;
}

/** Splits a run in time: the first part to fit, the rest to judge. */
export function splitRun({ name, requests }: MeasuredRun, share: number): readonly [MeasuredRun, MeasuredRun] {
  const at = Math.ceil(requests.length * share);
  const from = requests[at]?.arrivalSeconds ?? 0;
  const rest = requests.slice(at).map((request) => ({ ...request, arrivalSeconds: request.arrivalSeconds - from }));
  return [
    { name: `${name}, first part`, requests: requests.slice(0, at) },
    { name: `${name}, rest`, requests: rest },
  ];
}

import { type MeasuredRequest, type MeasuredRun, measuredRun } from "../measured-run.ts";
import { type Fields, isFields, numberOf, refuseFile } from "./json-fields.ts";

/**
 * Reads the benchmarks of a GuideLLM `benchmarks.json`, a run each. Requests that failed or were cut off are left out.
 *
 * @throws InputError `measured_no_details` when a benchmark does not hold its requests, or only a sample of them
 * @see GuideLLM, GenerativeBenchmark.requests.successful: request_start_time (start_time before 0.4), request_latency (s), prompt_tokens,
 *   output_tokens, time_to_first_token_ms
 */
export function readGuideLlm(report: Fields, name: string): readonly MeasuredRun[] {
  const benchmarks = Array.isArray(report["benchmarks"]) ? report["benchmarks"].filter(isFields) : [];
  return benchmarks.map((benchmark, index) => readBenchmark(benchmark, benchmarks.length === 1 ? name : `${name}#${index + 1}`));
}

function readBenchmark(benchmark: Fields, name: string): MeasuredRun {
  const requests = isFields(benchmark["requests"]) ? benchmark["requests"]["successful"] : undefined;
  const entries = Array.isArray(requests) ? requests.filter(isFields) : [];
  const rows = entries.flatMap(readRequest);
  const expected = successfulRequests(benchmark) ?? entries.length;
  if (rows.length === 0 || expected > entries.length || rows.length < entries.length)
    return refuseFile(name, "measured_no_details", {
      tool: "GuideLLM",
      fields: ["request_start_time", "request_latency", "prompt_tokens", "output_tokens", "time_to_first_token_ms"],
    });
  return measuredRun(name, rows);
}

function readRequest(entry: Fields): readonly MeasuredRequest[] {
  const start = numberOf(entry["request_start_time"]) ?? numberOf(entry["start_time"]);
  const latency = numberOf(entry["request_latency"]);
  const ttft = numberOf(entry["time_to_first_token_ms"]);
  const promptTokens = numberOf(entry["prompt_tokens"]);
  const outputTokens = numberOf(entry["output_tokens"]);
  if (start === undefined || latency === undefined || ttft === undefined || promptTokens === undefined || outputTokens === undefined)
    return [];
  if (!(promptTokens >= 1 && outputTokens >= 1 && ttft > 0)) return [];
  const ttftSeconds = ttft / 1000;
  return [{ arrivalSeconds: start, promptTokens, outputTokens, ttftSeconds, e2eSeconds: Math.max(latency, ttftSeconds) }];
}

/** How many requests succeeded, where the report says so: it may hold a sample of them only. */
function successfulRequests(benchmark: Fields): number | undefined {
  const metrics = benchmark["metrics"];
  const totals = isFields(metrics) ? metrics["request_totals"] : benchmark["request_totals"];
  return isFields(totals) ? numberOf(totals["successful"]) : undefined;
}

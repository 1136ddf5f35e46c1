import { type MeasuredRequest, type MeasuredRun, measuredRun } from "../measured-run.ts";
import { type Fields, numberOf, numbersOf, refuseFile } from "./json-fields.ts";

/**
 * Reads a result of `vllm bench serve --save-result --save-detailed`. A request that failed loaded the server, but has no latency.
 *
 * @throws InputError `measured_no_details` without per-request lists, `measured_no_start_times` when nobody can say when requests started
 * @see vLLM, vllm/benchmarks/serve.py: input_lens, output_lens, ttfts, itls, start_times, latencies, errors; seconds
 */
export function readVllmBench(result: Fields, name: string): MeasuredRun {
  const prompts = numbersOf(result["input_lens"]);
  const outputs = numbersOf(result["output_lens"]);
  const ttfts = numbersOf(result["ttfts"]);
  if (
    prompts === undefined ||
    outputs === undefined ||
    ttfts === undefined ||
    outputs.length !== prompts.length ||
    ttfts.length !== prompts.length
  )
    return refuseFile(name, "measured_no_details", { tool: "vllm bench serve", fields: ["input_lens", "output_lens", "ttfts", "itls"] });
  const e2es = latenciesOf(result, ttfts, name);
  const starts = startsOf(result, e2es, name);
  const errors = Array.isArray(result["errors"]) ? result["errors"] : [];
  const rows = prompts.map((promptTokens, i): MeasuredRequest => {
    const [arrivalSeconds = 0, outputTokens = 0] = [starts[i], outputs[i]];
    if (typeof errors[i] === "string" && errors[i] !== "")
      return { arrivalSeconds, promptTokens, outputTokens, ttftSeconds: Number.NaN, e2eSeconds: Number.NaN };
    const [ttftSeconds = 0, e2eSeconds = 0] = [ttfts[i], e2es[i]];
    return { arrivalSeconds, promptTokens, outputTokens, ttftSeconds, e2eSeconds: Math.max(ttftSeconds, e2eSeconds) };
  });
  return measuredRun(
    name,
    rows.filter(({ promptTokens, outputTokens, ttftSeconds }) => promptTokens >= 1 && outputTokens >= 1 && !(ttftSeconds <= 0)),
  );
}

/** E2E as written, or TTFT and all gaps between tokens. */
function latenciesOf(result: Fields, ttfts: readonly number[], name: string): readonly number[] {
  const written = numbersOf(result["latencies"]);
  if (written !== undefined && written.length === ttfts.length) return written;
  const gaps = result["itls"];
  if (!Array.isArray(gaps) || gaps.length !== ttfts.length)
    return refuseFile(name, "measured_no_details", { tool: "vllm bench serve", fields: ["itls"] });
  return ttfts.map((ttft, i) => ttft + (numbersOf(gaps[i]) ?? []).reduce((sum, gap) => sum + gap, 0));
}

/**
 * When requests were sent. Older versions do not write it; with an infinite rate it follows from the rest: all at once, or each when one of
 * `max_concurrency` clients is free.
 */
function startsOf(result: Fields, e2es: readonly number[], name: string): readonly number[] {
  const written = numbersOf(result["start_times"]);
  if (written !== undefined && written.length === e2es.length) return written;
  const rate = result["request_rate"];
  if (rate !== "inf" && rate !== undefined)
    return refuseFile(name, "measured_no_start_times", { tool: "vllm bench serve", rate: String(rate) });
  const clients = numberOf(result["max_concurrency"]) ?? e2es.length;
  const freeSeconds = new Array<number>(Math.max(1, clients)).fill(0);
  return e2es.map((e2e) => {
    const first = freeSeconds.reduce((best, seconds, i) => (seconds < (freeSeconds[best] as number) ? i : best), 0);
    const start = freeSeconds[first] as number;
    freeSeconds[first] = start + e2e;
    return start;
  });
}

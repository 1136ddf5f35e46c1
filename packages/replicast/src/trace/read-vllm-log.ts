import { InputError, type Issue, type TraceRow } from "@replicast/sim-core";
import { textLines } from "./text-lines.ts";
import type { ReportIssue, TraceInput } from "./trace-flow.ts";

/** Lengths for files that do not hold them. */
export interface LogLengths {
  /** Prompt tokens of requests whose line names none, ≥ 1. */
  readonly promptTokens?: number;
  /** Output tokens of all requests, ≥ 1; "max": the limit that each request sets, which answers seldom reach. */
  readonly outputTokens?: number | "max";
}

/**
 * A request that came in, with the time in whole seconds and without a year.
 * @see vLLM, `vllm/entrypoints/logger.py`, RequestLogger.log_inputs (0.3 to 0.16); earlier `vllm/engine/async_llm_engine.py`
 */
const RECEIVED = /\bINFO (\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:[.,]\d+)? .*?\bReceived request /;
const PROMPT_IDS = /\bprompt_token_ids: \[([\d, ]*)\]/g;
const MAX_TOKENS = /\bmax_tokens=(\d+)/g;

/** Days before each month of a common year. */
const DAYS_BEFORE = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
const SECONDS_PER_DAY = 86_400;
const DAYS_OF_YEAR = 365;

/**
 * The requests of a vLLM server's log. Times count from the first of them. The log does not know how long answers became.
 * @throws InputError `trace_output_unknown` without a word on output tokens
 */
export function* vllmLogRows(input: TraceInput, { promptTokens, outputTokens }: LogLengths, report: ReportIssue): Generator<TraceRow> {
  const file = input.name;
  if (outputTokens === undefined) throw new InputError([{ code: "trace_output_unknown", path: [], file }]);
  const clock = new LogClock();
  let found = 0;
  for (const { text, line } of textLines(input.text())) {
    const stamp = RECEIVED.exec(text);
    if (stamp === null) continue;
    found++;
    const issue = (code: string, data: NonNullable<Issue["data"]> = {}): void => report({ code, path: [], file, line, data });
    const seconds = clock.read(stamp);
    if (seconds < 0) {
      issue("trace_unsorted", { previousSeconds: clock.lastSeconds, seconds: clock.lastSeconds + seconds });
      continue;
    }
    const prompt = idsOf(text) ?? promptTokens;
    // a prompt may quote such a line: the parameters stand behind it
    const output = outputTokens === "max" ? lastNumber(text, MAX_TOKENS) : outputTokens;
    if (prompt === undefined) issue("trace_log_without_prompt");
    else if (output === undefined) issue("trace_log_without_limit");
    else yield { line, seconds, promptTokens: prompt, outputTokens: output };
  }
  if (found === 0) report({ code: "trace_log_empty", path: [], file });
}

function idsOf(text: string): number | undefined {
  const ids = [...text.matchAll(PROMPT_IDS)].at(-1)?.[1]?.trim();
  return ids === undefined || ids === "" ? undefined : ids.split(",").length;
}

function lastNumber(text: string, pattern: RegExp): number | undefined {
  const digits = [...text.matchAll(pattern)].at(-1)?.[1];
  return digits === undefined || Number(digits) < 1 ? undefined : Number(digits);
}

/** Times without a year: one that jumps back by more than half a year has passed New Year; a 29 February makes the year a leap year. */
class LogClock {
  lastSeconds = 0;
  #firstSeconds: number | undefined;
  #leapDays = 0;
  #years = 0;
  #previous = Number.NEGATIVE_INFINITY;

  /** Seconds since the first stamp; negative: by how much it lies before the last one. */
  read([, month, day, hours, minutes, secondsText]: RegExpExecArray): number {
    if (month === "02" && day === "29") this.#leapDays = 1;
    const leapDay = Number(month) > 2 ? this.#leapDays : 0;
    const days = (DAYS_BEFORE[Number(month) - 1] ?? 0) + Number(day) - 1 + leapDay;
    const ofYear = days * SECONDS_PER_DAY + Number(hours) * 3600 + Number(minutes) * 60 + Number(secondsText);
    if (ofYear < this.#previous - (DAYS_OF_YEAR / 2) * SECONDS_PER_DAY) {
      this.#years += (DAYS_OF_YEAR + this.#leapDays) * SECONDS_PER_DAY;
      this.#leapDays = 0;
    }
    this.#previous = ofYear;
    this.#firstSeconds ??= ofYear;
    const seconds = this.#years + ofYear - this.#firstSeconds;
    if (seconds < this.lastSeconds) return seconds - this.lastSeconds;
    this.lastSeconds = seconds;
    return seconds;
  }
}

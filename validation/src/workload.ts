import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";
import type { MeasuredRequest } from "replicast";
import { CaseError } from "./cases.ts";

/** Names under which the columns of a workload are found, best first. */
const COLUMNS = {
  arrival: ["send_s", "arrival_s"],
  promptTokens: ["input_tokens"],
  outputTokens: ["output_tokens"],
  ttft: ["ttft_ms"],
  e2e: ["e2e_ms"],
  prefixHits: ["prefix_hit_tokens_possible", "prefix_hit_tokens"],
} as const;

/**
 * Time from arrival to the engine's queue. Where it is a column, latencies are the engine's own, counted from the queue: the request
 * then arrives that much later, and spends no time before the scheduler.
 */
const TO_QUEUE = "arrival_to_queued_ms";

export interface Workload {
  readonly requests: readonly MeasuredRequest[];
  /** Latencies count from the engine's queue, not from the client. */
  readonly isEngineSide: boolean;
  /** Some prompt is known to have hit the server's prefix cache. */
  readonly hasHits: boolean;
}

/** The same requests, with every prompt computed in full. */
export function withoutHits(workload: Workload): Workload {
  const requests = workload.requests.map(({ prefixHitTokens: _, ...request }) => request);
  return { ...workload, requests, hasHits: false };
}

/**
 * Reads a workload, one row per request, in order of arrival. A row with `ok` 0 failed: it is served, and compared with nothing.
 * @throws CaseError
 */
export function readWorkload(file: string): Workload {
  const bytes = readFileSync(file);
  const text = (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  const rows = parse(text, { columns: true, skip_empty_lines: true }) as Readonly<Record<string, string>>[];
  const [first] = rows;
  if (first === undefined) throw new CaseError([`${file}: has no rows`]);
  const columnOf = (names: readonly string[]): string | undefined => names.find((name) => name in first);
  const missing = (["arrival", "promptTokens", "outputTokens"] as const).filter((role) => columnOf(COLUMNS[role]) === undefined);
  if (missing.length > 0) throw new CaseError(missing.map((role) => `${file}: has no column ${COLUMNS[role].join(" or ")}`));
  const isEngineSide = TO_QUEUE in first;
  const requests = rows.map((row, index): MeasuredRequest => {
    const number = (names: readonly string[]): number => numberIn(row, columnOf(names), file, index);
    const needed = (names: readonly string[], isGood: (value: number) => boolean, kind: string): number => {
      const value = number(names);
      if (isGood(value)) return value;
      throw new CaseError([`${file}:${index + 2}: ${columnOf(names)} is "${row[columnOf(names) as string] ?? ""}", not ${kind}`]);
    };
    const failed = row["ok"] === "0";
    const hits = number(COLUMNS.prefixHits);
    return {
      arrivalSeconds: needed(COLUMNS.arrival, isTime, "a time") + (isEngineSide ? needed([TO_QUEUE], isTime, "a time") / 1000 : 0),
      promptTokens: needed(COLUMNS.promptTokens, isCount, "a number of tokens"),
      outputTokens: needed(COLUMNS.outputTokens, isCount, "a number of tokens"),
      ...(hits > 0 ? { prefixHitTokens: hits } : {}),
      ttftSeconds: failed ? Number.NaN : number(COLUMNS.ttft) / 1000,
      e2eSeconds: failed ? Number.NaN : number(COLUMNS.e2e) / 1000,
    };
  });
  const hasHits = requests.some(({ prefixHitTokens = 0 }) => prefixHitTokens > 0);
  return { requests: requests.sort((a, b) => a.arrivalSeconds - b.arrivalSeconds), isEngineSide, hasHits };
}

function isTime(value: number): boolean {
  return Number.isFinite(value) && value >= 0;
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 1;
}

function numberIn(row: Readonly<Record<string, string>>, column: string | undefined, file: string, index: number): number {
  const text = column === undefined ? "" : row[column];
  if (text === undefined || text === "") return Number.NaN;
  const value = Number(text);
  if (Number.isNaN(value)) throw new CaseError([`${file}:${index + 2}: ${column} is "${text}", which is no number`]);
  return value;
}

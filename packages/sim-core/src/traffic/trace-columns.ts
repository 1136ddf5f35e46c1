import type { Issue } from "../errors.ts";
import { type Instant, parseDecimal, parseInstant, secondsBetween } from "./trace-numbers.ts";

/** How a file writes arrival times. */
type ArrivalFormat = "dateTime" | "seconds" | "milliseconds";

/**
 * Accepted names, best first; upper and lower case differ.
 * @see AzurePublicDataset, AzureLLMInferenceTrace 2023 and 2024 (TIMESTAMP, ContextTokens, GeneratedTokens);
 *   Mooncake, FAST25 traces (timestamp in ms, input_length, output_length);
 *   BurstGPT (Timestamp in s, Request tokens, Response tokens, Model, Session ID)
 */
const ARRIVAL_NAMES: readonly (readonly [name: string, format: ArrivalFormat])[] = [
  ["TIMESTAMP", "dateTime"],
  ["arrival_s", "seconds"],
  ["arrival_seconds", "seconds"],
  ["timestamp", "milliseconds"],
  ["Timestamp", "seconds"],
];
const PROMPT_NAMES = ["ContextTokens", "input_tokens", "input_length", "prompt_tokens", "Request tokens"] as const;
const PRIORITY_NAME = "priority";
/** A JSON array per row. @see Mooncake, FAST25 traces */
const HASH_IDS_NAME = "hash_ids";
const MODEL_NAMES = ["model", "Model"] as const;
const COMPLEXITY_NAME = "complexity";
const SESSION_NAMES = ["session_id", "chat_id", "conversation_id", "Session ID"] as const;
const TENANT_NAMES = ["tenant", "client"] as const;
const OUTPUT_NAMES = ["GeneratedTokens", "output_tokens", "output_length", "completion_tokens", "Response tokens"] as const;

/** A column that is used. */
export interface TraceColumn {
  readonly name: string;
  /** Position in a row, from 0. */
  readonly index: number;
}

/** What the columns of a trace mean. */
export interface TraceColumns {
  readonly arrival: TraceColumn;
  readonly arrivalFormat: ArrivalFormat;
  readonly promptTokens: TraceColumn;
  readonly outputTokens: TraceColumn;
  /** Lower goes first; absent: the file has none. */
  readonly priority: TraceColumn | undefined;
  /** Ids of the prompt's units of text, equal for equal leading text; absent: the file has none. */
  readonly hashIds: TraceColumn | undefined;
  /** Model that the request names; absent: the file has none. */
  readonly model: TraceColumn | undefined;
  /** How hard the request is to answer, 0…1; absent: the file has none. */
  readonly complexity: TraceColumn | undefined;
  /** Session the request belongs to; absent: the file has none. */
  readonly session: TraceColumn | undefined;
  /** Who sends the request; absent: the file has none. */
  readonly tenant: TraceColumn | undefined;
  /** Number of columns of the header. */
  readonly count: number;
}

/** Finds the columns of a trace by their names; every one that is missing or stands there twice is an issue. */
export function resolveColumns(
  found: readonly string[],
  where: { readonly file: string; readonly line: number },
): TraceColumns | readonly Issue[] {
  const strange = strangeHeader(found);
  if (strange !== undefined) return [{ ...strange, path: [], ...where }];
  const issues: Issue[] = [];
  const findOptional = (...names: readonly string[]): TraceColumn | undefined =>
    names.some((name) => found.includes(name)) ? find("", names) : undefined;
  const find = (role: string, accepted: readonly string[]): TraceColumn => {
    const name = accepted.find((candidate) => found.includes(candidate));
    if (name !== undefined) {
      if (found.indexOf(name) !== found.lastIndexOf(name))
        issues.push({ code: "trace_duplicate_column", path: [], ...where, data: { column: name } });
      return { name, index: found.indexOf(name) };
    }
    issues.push({ code: "trace_missing_column", path: [], ...where, data: { role, found: [...found], accepted: [...accepted] } });
    return { name: "", index: -1 };
  };
  const arrival = find(
    "arrival",
    ARRIVAL_NAMES.map(([name]) => name),
  );
  const promptTokens = find("promptTokens", PROMPT_NAMES);
  const outputTokens = find("outputTokens", OUTPUT_NAMES);
  const priority = findOptional(PRIORITY_NAME);
  const hashIds = findOptional(HASH_IDS_NAME);
  const model = findOptional(...MODEL_NAMES);
  const complexity = findOptional(COMPLEXITY_NAME);
  const session = findOptional(...SESSION_NAMES);
  const tenant = findOptional(...TENANT_NAMES);
  if (issues.length > 0) return issues;
  const arrivalFormat = (ARRIVAL_NAMES.find(([name]) => name === arrival.name) as (typeof ARRIVAL_NAMES)[number])[1];
  return { arrival, arrivalFormat, promptTokens, outputTokens, priority, hashIds, model, complexity, session, tenant, count: found.length };
}

/** A header that names no columns at all: not text, or a single column that holds the signs which separate columns elsewhere. */
function strangeHeader(found: readonly string[]): Pick<Issue, "code" | "data"> | undefined {
  const [only = ""] = found;
  if (found.some((name) => /[\p{Cc}\uFFFD]/u.test(name.replaceAll("\t", "")))) return { code: "trace_not_text" };
  const separator = found.length === 1 ? /[;\t|]/.exec(only)?.[0] : undefined;
  return separator === undefined ? undefined : { code: "trace_separator", data: { separator } };
}

/** Reads arrival times of one file as seconds: since the first row for dates, as they are for numbers. */
export class ArrivalReader {
  readonly #format: ArrivalFormat;
  #first: Instant | undefined;

  constructor(format: ArrivalFormat) {
    this.#format = format;
  }

  /** The time in text[start, end), in seconds; NaN when it is none. */
  read(text: string, start: number, end: number): number {
    if (this.#format === "seconds") return parseDecimal(text, start, end);
    if (this.#format === "milliseconds") return parseDecimal(text, start, end) / 1000;
    const instant = parseInstant(text, start, end);
    if (instant === undefined) return Number.NaN;
    this.#first ??= instant;
    return secondsBetween(this.#first, instant);
  }
}

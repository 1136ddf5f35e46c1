import {
  createRequestRecord,
  growPrefix,
  NO_COMPLEXITY,
  NO_MODEL,
  type PromptPrefix,
  type RequestRecord,
  type RequestSource,
  UNKNOWN_MODEL,
} from "../domain/request.ts";
import type { Issue, Json } from "../errors.ts";
import { InputError, SimError } from "../errors.ts";
import type { OpenTrace, TrafficConfig } from "./config.ts";
import { type TraceRow, TraceRows } from "./trace.ts";

/** @see Mooncake, FAST25 traces: one id per 512 tokens */
const HASH_TOKENS = 512;

export type TraceConfig = TrafficConfig & { readonly kind: "trace" };

export interface TraceSourceOptions {
  /** Hash ids of sources with the same one mean the same text. Default 0. */
  readonly namespace?: number;
  /** Models that rows may name; a name that is none of them is unknown. Default: none. */
  readonly models?: readonly string[];
}

/**
 * Replays a trace: the first row that is kept arrives when the file says, less the offset, divided by the speed.
 * @param openTrace opens the file from its beginning; called again for each restore
 * @param horizonSeconds the end of the run: later rows are not read
 * @throws InputError at the first bad row it comes to; `scanTrace` finds them all beforehand
 */
export function openTraceSource(
  config: TraceConfig,
  openTrace: OpenTrace,
  horizonSeconds: number,
  options: TraceSourceOptions = {},
): RequestSource {
  return new TraceSource(config, openTrace, horizonSeconds, options);
}

function refuse(issue: Issue): never {
  throw new InputError([issue]);
}

class TraceSource implements RequestSource {
  readonly #config: TraceConfig;
  readonly #openTrace: OpenTrace;
  readonly #horizonSeconds: number;
  readonly #namespace: number;
  readonly #models: ReadonlyMap<string, number>;
  #rows: RowReader;
  /** Requests given out so far: all there is to save, since the file can be read again. */
  #given = 0;

  constructor(config: TraceConfig, openTrace: OpenTrace, horizonSeconds: number, { namespace = 0, models = [] }: TraceSourceOptions) {
    this.#namespace = namespace;
    this.#models = new Map(models.map((name, index) => [name, index]));
    this.#config = config;
    this.#openTrace = openTrace;
    this.#horizonSeconds = horizonSeconds;
    this.#rows = this.#open();
  }

  next(into: RequestRecord): boolean {
    const { offsetSeconds, speed } = this.#config;
    while (this.#rows.next(into)) {
      if (into.arrivalSeconds < offsetSeconds) continue;
      into.arrivalSeconds = (into.arrivalSeconds - offsetSeconds) / speed;
      if (into.arrivalSeconds >= this.#horizonSeconds) return false;
      this.#given++;
      return true;
    }
    return false;
  }

  save(): Json {
    return { given: this.#given };
  }

  restore(state: Json): void {
    const given = ((state ?? {}) as { readonly [key: string]: Json })["given"];
    if (typeof given !== "number") throw new SimError("traffic_state", Number.NaN);
    this.#rows = this.#open();
    this.#given = 0;
    const skipped = createRequestRecord();
    while (this.#given < given) {
      if (!this.next(skipped)) throw new SimError("trace_changed", skipped.arrivalSeconds, { file: this.#config.file, given });
    }
  }

  #modelOf(name: string): number {
    return this.#models.get(name) ?? UNKNOWN_MODEL;
  }

  #open(): RowReader {
    const rows = new TraceRows(this.#openTrace, this.#config.file, refuse);
    const { spreadSeconds, hashTokens = HASH_TOKENS, priority = 0 } = this.#config;
    const fill = (into: RequestRecord, row: Marked): void => {
      into.priority = row.priority ?? priority;
      into.model = row.model === undefined ? NO_MODEL : this.#modelOf(row.model);
      into.complexity = row.complexity ?? NO_COMPLEXITY;
      into.session = row.session;
      fillPrefix(into.prefix, this.#namespace, hashTokens, row.hashIds ?? []);
    };
    return spreadSeconds > 0 ? new SpreadRows(rows, spreadSeconds, fill) : new PlainRows(rows, fill);
  }
}

/** What a row may say besides time and lengths. */
type Marked = Pick<TraceRow, "priority" | "hashIds" | "model" | "complexity" | "session">;
type FillMarks = (into: RequestRecord, row: Marked) => void;

function fillPrefix(prefix: PromptPrefix, namespace: number, unitTokens: number, ids: readonly number[]): void {
  prefix.count = ids.length;
  if (ids.length === 0) return;
  prefix.namespace = namespace;
  prefix.unitTokens = unitTokens;
  growPrefix(prefix, ids.length);
  for (let i = 0; i < ids.length; i++) prefix.ids[i] = ids[i] as number;
}

/** Rows in trace time. */
interface RowReader {
  next(into: RequestRecord): boolean;
}

class PlainRows implements RowReader {
  readonly #rows: TraceRows;
  readonly #row: TraceRow = { line: 0, seconds: 0, promptTokens: 0, outputTokens: 0 };

  readonly #fill: FillMarks;

  constructor(rows: TraceRows, fill: FillMarks) {
    this.#rows = rows;
    this.#fill = fill;
  }

  next(into: RequestRecord): boolean {
    if (!this.#rows.next(this.#row)) return false;
    into.arrivalSeconds = this.#row.seconds;
    into.promptTokens = this.#row.promptTokens;
    into.outputTokens = this.#row.outputTokens;
    this.#fill(into, this.#row);
    return true;
  }
}

/**
 * Rows that share a stamp, spread evenly over the seconds that follow it, in their order; over less where the next
 * stamp comes sooner, so that order holds.
 */
class SpreadRows implements RowReader {
  readonly #rows: TraceRows;
  readonly #spreadSeconds: number;
  readonly #ahead: TraceRow = { line: 0, seconds: 0, promptTokens: 0, outputTokens: 0 };
  readonly #promptTokens: number[] = [];
  readonly #outputTokens: number[] = [];
  readonly #marks: Marked[] = [];
  readonly #fill: FillMarks;
  #hasAhead: boolean;
  #stampSeconds = 0;
  #widthSeconds = 0;
  #index = 0;

  constructor(rows: TraceRows, spreadSeconds: number, fill: FillMarks) {
    this.#fill = fill;
    this.#rows = rows;
    this.#spreadSeconds = spreadSeconds;
    this.#hasAhead = rows.next(this.#ahead);
  }

  next(into: RequestRecord): boolean {
    if (this.#index >= this.#promptTokens.length && !this.#nextBatch()) return false;
    into.arrivalSeconds = this.#stampSeconds + (this.#index / this.#promptTokens.length) * this.#widthSeconds;
    into.promptTokens = this.#promptTokens[this.#index] as number;
    into.outputTokens = this.#outputTokens[this.#index] as number;
    this.#fill(into, this.#marks[this.#index] as Marked);
    this.#index++;
    return true;
  }

  #nextBatch(): boolean {
    if (!this.#hasAhead) return false;
    const ahead = this.#ahead;
    this.#stampSeconds = ahead.seconds;
    this.#promptTokens.length = 0;
    this.#outputTokens.length = 0;
    this.#marks.length = 0;
    this.#index = 0;
    // the stamps are read from the file, not computed: equal ones are the same text
    while (this.#hasAhead && ahead.seconds === this.#stampSeconds) {
      this.#promptTokens.push(ahead.promptTokens);
      this.#outputTokens.push(ahead.outputTokens);
      const { priority, hashIds, model, complexity, session } = ahead;
      this.#marks.push({ priority, hashIds, model, complexity, session });
      this.#hasAhead = this.#rows.next(ahead);
    }
    this.#widthSeconds = this.#hasAhead ? Math.min(this.#spreadSeconds, ahead.seconds - this.#stampSeconds) : this.#spreadSeconds;
    return true;
  }
}

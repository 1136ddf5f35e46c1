import type { ReplayRequests } from "@replicast/sim-core";

/** Requests of one measured run of one server, a column each, in order of arrival. Seconds; TTFT and E2E count from the arrival. */
export interface MeasuredRequests extends ReplayRequests {
  readonly kind: "requests";
  /** As it is called in tables and messages. */
  readonly name: string;
  readonly ttftSeconds: Float64Array;
  readonly e2eSeconds: Float64Array;
}

/** Steps measured inside the engine, a column each. Letters as in the latency model: D, K, P and Q. */
export interface MeasuredSteps {
  readonly kind: "steps";
  readonly name: string;
  readonly decodeSequences: Float64Array;
  readonly contextTokens: Float64Array;
  readonly promptTokens: Float64Array;
  /** Q = Σ chunk × (context before the chunk + chunk / 2). */
  readonly promptTokenContext: Float64Array;
  readonly stepSeconds: Float64Array;
}

export type MeasuredRun = MeasuredRequests | MeasuredSteps;

/** One measured request; seconds. */
export interface MeasuredRow {
  readonly arrivalSeconds: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly ttftSeconds: number;
  readonly e2eSeconds: number;
}

/** Puts rows in order of arrival, the first at 0, and into columns. */
export function measuredRequests(name: string, rows: readonly MeasuredRow[]): MeasuredRequests {
  const ordered = rows.map((row, index) => ({ row, index }));
  ordered.sort((a, b) => a.row.arrivalSeconds - b.row.arrivalSeconds || a.index - b.index);
  const firstSeconds = ordered[0]?.row.arrivalSeconds ?? 0;
  const column = (value: (row: MeasuredRow) => number): Float64Array => Float64Array.from(ordered, ({ row }) => value(row));
  return {
    kind: "requests",
    name,
    arrivalSeconds: column(({ arrivalSeconds }) => arrivalSeconds - firstSeconds),
    promptTokens: column(({ promptTokens }) => promptTokens),
    outputTokens: column(({ outputTokens }) => outputTokens),
    ttftSeconds: column(({ ttftSeconds }) => ttftSeconds),
    e2eSeconds: column(({ e2eSeconds }) => e2eSeconds),
  };
}

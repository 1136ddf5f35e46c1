/** A JSON value: what policies exchange, what snapshots and results are made of. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Where in a document an issue lies: keys and indices from the root. */
export type IssuePath = readonly (string | number)[];

/**
 * One thing that is wrong with what the user gave us, as data. Text and hint are added in one place by
 * {@link file://./messages.ts}; all issues of an input are collected before any is reported.
 */
export interface Issue {
  /** Stable snake_case code; each has an entry in a message catalogue and a page in the docs. */
  readonly code: string;
  /** A warning is reported and the run goes on; an error refuses the input. Default: error. */
  readonly severity?: "error" | "warning";
  readonly path: IssuePath;
  /** The file as the user named it. */
  readonly file?: string;
  /** 1-based position in that file. */
  readonly line?: number;
  readonly column?: number;
  /** What the message needs: limits, actual values, near misses. */
  readonly data?: { readonly [key: string]: Json };
}

/** The input was refused; carries every issue found, never only the first. */
export class InputError extends Error {
  readonly issues: readonly Issue[];
  constructor(issues: readonly Issue[]) {
    super(`${issues.length} problem(s) in the input: ${issues.map((issue) => issue.code).join(", ")}`);
    this.name = "InputError";
    this.issues = issues;
  }
}

/** A law of the simulation was broken: a defect of ours, never of the input. */
export class SimError extends Error {
  readonly code: string;
  readonly timeSeconds: number;
  readonly data: { readonly [key: string]: Json };
  constructor(code: string, timeSeconds: number, data: { readonly [key: string]: Json } = {}) {
    super(`${code} at ${timeSeconds} s: ${JSON.stringify(data)}`);
    this.name = "SimError";
    this.code = code;
    this.timeSeconds = timeSeconds;
    this.data = data;
  }
}

/** A run needed more than it was allowed (events, replicas …): not a defect, not bad input. */
export class LimitError extends Error {
  readonly code: string;
  readonly timeSeconds: number;
  readonly limit: number;
  constructor(code: string, timeSeconds: number, limit: number) {
    super(`${code}: limit ${limit} reached at ${timeSeconds} s of simulated time`);
    this.name = "LimitError";
    this.code = code;
    this.timeSeconds = timeSeconds;
    this.limit = limit;
  }
}

/** Makes a switch exhaustive: a new case does not compile until it is handled. */
export function unreachable(value: never): never {
  throw new SimError("unreachable", Number.NaN, { value: String(value) });
}

/** Whether a query was refused before it ran, or failed on the series it met. */
export type PromqlErrorKind = "parse" | "exec";

/** A range of a query's text, in UTF-16 code units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A query is wrong (`parse`: syntax or types) or cannot be answered on these series (`exec`). */
export class PromqlError extends Error {
  readonly kind: PromqlErrorKind;
  /** Offset of the first character concerned in the query's text. */
  readonly start: number;
  /** Offset after the last character concerned. */
  readonly end: number;
  constructor(kind: PromqlErrorKind, message: string, { start, end }: Span) {
    super(message);
    this.name = "PromqlError";
    this.kind = kind;
    this.start = start;
    this.end = end;
  }
}

/** An error as Prometheus' parser words it: `line:column: parse error: what`. */
export function parseError(text: string, span: Span, what: string): PromqlError {
  const before = text.slice(0, span.start).split("\n");
  const column = (before.at(-1)?.length ?? 0) + 1;
  return new PromqlError("parse", `${before.length}:${column}: parse error: ${what}`, span);
}

import type { Expression, Subquery } from "./ast.ts";
import { PromqlError, type Span } from "./error.ts";
import type { Query } from "./query.ts";
import type { Labels, SeriesReader } from "./series.ts";
import type { Clock } from "./time.ts";
import type { Vector } from "./value.ts";

/** One evaluation of one query: what it reads and what it found out on the way. */
export interface Evaluation {
  readonly query: Query;
  readonly reader: SeriesReader;
  readonly clock: Clock;
  /** The instant the query was asked for, seconds since the start of the run. */
  readonly timeSeconds: number;
  readonly lookbackSeconds: number;
  readonly subqueryStepSeconds: number;
  /** Time of the newest sample read so far, seconds since the start of the run; −∞ before the first. */
  newestSampleSeconds: number;
  /** Evaluates a part of the query at an instant (subqueries differ from {@link Evaluation.timeSeconds}). */
  readonly vector: (expression: Expression, timeSeconds: number) => Vector;
  readonly scalar: (expression: Expression, timeSeconds: number) => number;
  /** Evaluates what is inside a subquery at one instant of its grid; prepared queries remember it. */
  readonly inside: (subquery: Subquery, timeSeconds: number) => Vector;
}

const WITHOUT_NAME = { keep: false, names: ["__name__"] } as const;

/** Labels without the metric name, interned. */
export function dropName(evaluation: Evaluation, labels: Labels): Labels {
  return evaluation.query.store.project(labels, WITHOUT_NAME);
}

/**
 * A vector as it is, once no two elements have equal labels. The labels must be interned.
 * @throws PromqlError of kind `exec`.
 */
export function requireDistinct(vector: Vector, where: Span): Vector {
  if (vector.labels.length > 1 && new Set(vector.labels).size < vector.labels.length) {
    throw execError("vector cannot contain metrics with the same labelset", where);
  }
  return vector;
}

/** An error of a query that met series it cannot be answered on. */
export function execError(message: string, { start, end }: Span): PromqlError {
  return new PromqlError("exec", message, { start, end });
}

/** Makes a switch exhaustive: a new case does not compile until it is handled. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${String(value)}`);
}

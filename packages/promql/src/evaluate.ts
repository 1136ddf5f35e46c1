import { aggregate } from "./aggregate.ts";
import { type Call, type Expression, type Subquery, unwrap } from "./ast.ts";
import { arithmetic, combine, compare } from "./binary.ts";
import { dropName, type Evaluation, requireDistinct, unreachable } from "./evaluation.ts";
import { callScalar, callVector } from "./functions/call.ts";
import type { Query } from "./query.ts";
import { readInstant, visitWindows } from "./selectors.ts";
import type { Labels, SeriesReader } from "./series.ts";
import { clockFrom } from "./time.ts";
import { emptyVector, push, type RangeSeries, type Vector } from "./value.ts";

/** When and on what a query is evaluated. */
export interface EvaluateOptions {
  readonly reader: SeriesReader;
  /** The instant asked for, seconds since the start of the run. */
  readonly timeSeconds: number;
  /** Start of the run, seconds since 1970-01-01 UTC. */
  readonly startEpochSeconds: number;
  /** How old a series' newest sample may be. Default 300. @see prometheus --query.lookback-delta */
  readonly lookbackSeconds?: number;
  /** Step of subqueries that name none. Default 60. @see prometheus global.evaluation_interval */
  readonly subqueryStepSeconds?: number;
}

/** One element of an instant vector. */
export interface VectorElement {
  readonly labels: Labels;
  readonly value: number;
}

/** What a query gave. `newestSampleSeconds`: time of the newest sample it read, absent when it read none. */
export type QueryResult = { readonly newestSampleSeconds?: number } & (
  | { readonly type: "vector"; readonly elements: readonly VectorElement[] }
  | { readonly type: "scalar"; readonly value: number }
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "matrix"; readonly series: readonly RangeSeries[] }
);

const LOOKBACK_SECONDS = 300;
const SUBQUERY_STEP_SECONDS = 60;

/**
 * Answers an instant query as Prometheus 3 does. Order of elements counts only after `sort`, `topk` and `bottomk`.
 * @throws PromqlError of kind `exec`, for instance when two series match one.
 */
export function evaluate(query: Query, options: EvaluateOptions): QueryResult {
  query.store.trim();
  return answer(createEvaluation(query, PLAINLY), options);
}

/** How the vectors within a query are evaluated. */
export interface VectorEvaluators {
  readonly vector: (expression: Expression, timeSeconds: number, evaluation: Evaluation) => Vector;
  readonly inside: (subquery: Subquery, timeSeconds: number, evaluation: Evaluation) => Vector;
}

const PLAINLY: VectorEvaluators = {
  vector: evaluateVector,
  inside: ({ expression }, timeSeconds, evaluation) => evaluateVector(expression, timeSeconds, evaluation),
};

type OpenEvaluation = { -readonly [Key in keyof Evaluation]: Evaluation[Key] };

/** An evaluation to be used again and again, by one {@link answer} after the other. */
export function createEvaluation(query: Query, evaluators: VectorEvaluators): OpenEvaluation {
  const evaluation: OpenEvaluation = {
    query,
    reader: NOTHING,
    clock: clockFrom(0),
    timeSeconds: 0,
    lookbackSeconds: LOOKBACK_SECONDS,
    subqueryStepSeconds: SUBQUERY_STEP_SECONDS,
    newestSampleSeconds: Number.NEGATIVE_INFINITY,
    vector: (expression, timeSeconds) => evaluators.vector(expression, timeSeconds, evaluation),
    inside: (subquery, timeSeconds) => evaluators.inside(subquery, timeSeconds, evaluation),
    scalar: (expression, timeSeconds) => evaluateScalar(expression, timeSeconds, evaluation),
  };
  return evaluation;
}

const NOTHING: SeriesReader = { select: () => [] };

/** Answers a question by an evaluation that nothing else uses meanwhile. */
export function answer(evaluation: OpenEvaluation, options: EvaluateOptions): QueryResult {
  evaluation.reader = options.reader;
  evaluation.clock = clockFrom(options.startEpochSeconds);
  evaluation.timeSeconds = options.timeSeconds;
  evaluation.lookbackSeconds = options.lookbackSeconds ?? LOOKBACK_SECONDS;
  evaluation.subqueryStepSeconds = options.subqueryStepSeconds ?? SUBQUERY_STEP_SECONDS;
  evaluation.newestSampleSeconds = Number.NEGATIVE_INFINITY;
  const result: { newestSampleSeconds?: number } & QueryResult = evaluateTop(evaluation.query, evaluation);
  const { newestSampleSeconds } = evaluation;
  if (newestSampleSeconds !== Number.NEGATIVE_INFINITY) result.newestSampleSeconds = newestSampleSeconds;
  return result;
}

function evaluateTop(query: Query, evaluation: Evaluation): QueryResult {
  const expression = unwrap(query.expression);
  if (expression.kind === "string") return { type: "string", value: expression.value };
  if (expression.kind === "range" || expression.kind === "subquery")
    return { type: "matrix", series: evaluateMatrix(expression, evaluation) };
  if (query.type === "scalar") return { type: "scalar", value: evaluateScalar(expression, evaluation.timeSeconds, evaluation) };
  const { labels, values } = evaluation.vector(expression, evaluation.timeSeconds);
  return { type: "vector", elements: labels.map((set, index) => ({ labels: set, value: values[index] ?? Number.NaN })) };
}

function evaluateMatrix(expression: Extract<Expression, { kind: "range" | "subquery" }>, evaluation: Evaluation): RangeSeries[] {
  const series: RangeSeries[] = [];
  visitWindows(expression, evaluation.timeSeconds, evaluation, (labels, { times, values, from, to }) => {
    const copy = { labels, times: [] as number[], values: [] as number[] };
    for (let index = from; index < to; index++) {
      copy.times.push(times[index] ?? Number.NaN);
      copy.values.push(values[index] ?? Number.NaN);
    }
    series.push(copy);
  });
  return series;
}

function evaluateScalar(expression: Expression, timeSeconds: number, evaluation: Evaluation): number {
  switch (expression.kind) {
    case "number":
      return expression.value;
    case "parenthesis":
      return evaluateScalar(expression.expression, timeSeconds, evaluation);
    case "unary": {
      const value = evaluateScalar(expression.expression, timeSeconds, evaluation);
      return expression.operator === "-" ? -value : value;
    }
    case "binary": {
      const left = evaluateScalar(expression.left, timeSeconds, evaluation);
      const right = evaluateScalar(expression.right, timeSeconds, evaluation);
      return compare(expression.operator, left, right) ?? arithmetic(expression.operator, left, right);
    }
    case "call":
      return callScalar(expression, timeSeconds, evaluation);
    default:
      throw new Error(`no scalar: ${expression.kind}`);
  }
}

/** Evaluates one part of a query, and what is within it as the evaluation says. */
export function evaluateVector(expression: Expression, timeSeconds: number, evaluation: Evaluation): Vector {
  switch (expression.kind) {
    case "selector":
      return readInstant(expression, timeSeconds, evaluation);
    case "parenthesis":
      return evaluation.vector(expression.expression, timeSeconds);
    case "unary": {
      const vector = evaluation.vector(expression.expression, timeSeconds);
      return expression.operator === "-" ? negate(vector, expression, evaluation) : vector;
    }
    case "binary":
      return combine(expression, timeSeconds, evaluation);
    case "aggregate":
      return aggregate(expression, timeSeconds, evaluation);
    case "call":
      return callVector(expression as Call, timeSeconds, evaluation);
    case "number":
    case "string":
    case "range":
    case "subquery":
      throw new Error(`no instant vector: ${expression.kind}`);
    default:
      return unreachable(expression);
  }
}

function negate({ labels, values }: Vector, where: Expression, evaluation: Evaluation): Vector {
  const negated = emptyVector();
  for (let element = 0; element < labels.length; element++)
    push(negated, dropName(evaluation, labels[element] ?? {}), -(values[element] ?? 0));
  return requireDistinct(negated, where);
}

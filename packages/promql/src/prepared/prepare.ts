import { type Binary, type Call, type Expression, isComparison, isSetOperator, type Subquery } from "../ast.ts";
import { isScalar } from "../binary.ts";
import { answer, createEvaluation, type EvaluateOptions, evaluateVector, type QueryResult } from "../evaluate.ts";
import { rangeArgument } from "../functions/call.ts";
import { ELEMENT_FUNCTIONS } from "../functions/element-functions.ts";
import { RANGE_FUNCTIONS } from "../functions/range-functions.ts";
import { partsOf, type Query } from "../query.ts";
import type { SeriesHistory } from "../series.ts";
import { GridMemory, isSettled } from "./grid.ts";
import { GroupingPart, ONE_PASS } from "./grouping.ts";
import { InstantPart } from "./instant.ts";
import { JoiningPart } from "./joining.ts";
import { ElementsPart, ScaledPart } from "./mapping.ts";
import type { Part } from "./part.ts";
import { RangePart } from "./range.ts";

/** A query that remembers, from one evaluation to the next, what a few more seconds of samples do not change. */
export interface PreparedQuery {
  readonly query: Query;
  /**
   * Answers as `evaluate` does, bit for bit. Asked again at the same instant about the same samples, it returns the same object.
   * @throws PromqlError of kind `exec`, as `evaluate`.
   */
  evaluate(options: EvaluateOptions): QueryResult;
}

/**
 * Makes a query ready to be asked every few seconds: groups, matches and label sets are worked out when series come or go, counters look
 * only at their window's ends and resets, subqueries only at what is new. A reader without `history` has nothing kept about its samples.
 */
export function prepareQuery(query: Query): PreparedQuery {
  return new Prepared(query);
}

interface Answer {
  readonly options: EvaluateOptions;
  readonly history: SeriesHistory;
  readonly version: number;
  readonly result: QueryResult;
}

class Prepared implements PreparedQuery {
  readonly query: Query;
  private parts: ReadonlyMap<Expression, Part>;
  private grids: ReadonlyMap<Subquery, GridMemory>;
  private last: Answer | undefined;
  private readonly evaluation: ReturnType<typeof createEvaluation>;

  constructor(query: Query) {
    this.query = query;
    this.parts = partsFor(query.expression);
    this.grids = gridsFor(query.expression);
    this.evaluation = createEvaluation(query, {
      vector: (expression, timeSeconds, evaluation) => {
        const part = this.parts.get(expression);
        return part === undefined ? evaluateVector(expression, timeSeconds, evaluation) : part.evaluate(timeSeconds, evaluation);
      },
      inside: (subquery, timeSeconds, evaluation) => {
        const grid = this.grids.get(subquery);
        return grid === undefined ? evaluation.vector(subquery.expression, timeSeconds) : grid.at(subquery, timeSeconds, evaluation);
      },
    });
  }

  evaluate(options: EvaluateOptions): QueryResult {
    const { history } = options.reader;
    if (this.last !== undefined && isSameQuestion(this.last, options)) return this.last.result;
    if (this.query.store.trim()) {
      this.parts = partsFor(this.query.expression);
      this.grids = gridsFor(this.query.expression);
    }
    this.last = undefined;
    const result = answer(this.evaluation, options);
    if (history !== undefined) this.last = { options, history, version: history.version, result };
    return result;
  }
}

function isSameQuestion({ options: before, history, version }: Answer, options: EvaluateOptions): boolean {
  return (
    options.timeSeconds === before.timeSeconds &&
    options.reader.history === history &&
    history.version === version &&
    options.startEpochSeconds === before.startEpochSeconds &&
    options.lookbackSeconds === before.lookbackSeconds &&
    options.subqueryStepSeconds === before.subqueryStepSeconds
  );
}

function partsFor(root: Expression): ReadonlyMap<Expression, Part> {
  const parts = new Map<Expression, Part>();
  for (const expression of partsOf(root)) {
    const part = partFor(expression);
    if (part !== undefined) parts.set(expression, part);
  }
  return parts;
}

function gridsFor(root: Expression): ReadonlyMap<Subquery, GridMemory> {
  const subqueries = partsOf(root).filter((part) => part.kind === "subquery");
  return new Map(subqueries.filter(isSettled).map((subquery) => [subquery, new GridMemory()]));
}

/** The part that remembers; undefined for what is evaluated plainly, its parts excepted. */
function partFor(expression: Expression): Part | undefined {
  switch (expression.kind) {
    case "selector":
      return new InstantPart(expression);
    case "aggregate":
      return ONE_PASS.has(expression.operator) ? new GroupingPart(expression) : undefined;
    case "binary":
      return binaryPart(expression);
    case "call":
      return callPart(expression);
    default:
      return undefined;
  }
}

function binaryPart(binary: Binary): Part | undefined {
  const scalars = Number(isScalar(binary.left)) + Number(isScalar(binary.right));
  if (isSetOperator(binary.operator) || scalars === 2) return undefined;
  if (scalars === 1) return new ScaledPart(binary);
  return isComparison(binary.operator) && !binary.returnBool ? undefined : new JoiningPart(binary);
}

function callPart(call: Call): Part | undefined {
  if (ELEMENT_FUNCTIONS.has(call.name)) return new ElementsPart(call);
  if (!RANGE_FUNCTIONS.has(call.name)) return undefined;
  const range = rangeArgument(call);
  return range.kind === "range" ? new RangePart(call, range) : undefined;
}

import { type Binary, type BinaryOperator, isComparison, isSetOperator } from "./ast.ts";
import { dropName, type Evaluation, execError, requireDistinct } from "./evaluation.ts";
import { pow } from "./functions/real.ts";
import { atan2 } from "./functions/trigonometry.ts";
import { formatLabels, labelValue, type Selection } from "./labels.ts";
import { NO_MATCHING, type Query } from "./query.ts";
import type { Labels } from "./series.ts";
import { combineSets } from "./sets.ts";
import { emptyVector, push, type Vector } from "./value.ts";

/** Result of an arithmetic operator. */
export function arithmetic(operator: BinaryOperator, left: number, right: number): number {
  switch (operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      return left / right;
    case "%":
      return left % right;
    case "^":
      return pow(left, right);
    case "atan2":
      return atan2(left, right);
    default:
      throw new Error(`no arithmetic operator: ${operator}`);
  }
}

/** 1 or 0 for a comparison that holds or does not; undefined for other operators. */
export function compare(operator: BinaryOperator, left: number, right: number): 0 | 1 | undefined {
  switch (operator) {
    case "==":
      return left === right ? 1 : 0;
    case "!=":
      return left !== right ? 1 : 0;
    case ">":
      return left > right ? 1 : 0;
    case "<":
      return left < right ? 1 : 0;
    case ">=":
      return left >= right ? 1 : 0;
    case "<=":
      return left <= right ? 1 : 0;
    default:
      return undefined;
  }
}

/** Evaluates a binary expression of which at least one side is a vector. */
export function combine(binary: Binary, timeSeconds: number, evaluation: Evaluation): Vector {
  const scalarLeft = isScalar(binary.left);
  const scalarRight = isScalar(binary.right);
  if (scalarLeft) {
    const scalar = evaluation.scalar(binary.left, timeSeconds);
    return combineScalar(binary, evaluation.vector(binary.right, timeSeconds), scalar, true, evaluation);
  }
  const left = evaluation.vector(binary.left, timeSeconds);
  if (scalarRight) return combineScalar(binary, left, evaluation.scalar(binary.right, timeSeconds), false, evaluation);
  const right = evaluation.vector(binary.right, timeSeconds);
  if (isSetOperator(binary.operator)) return combineSets(binary.operator, left, right, (labels) => matchKey(binary, labels, evaluation));
  return combineVectors(binary, left, right, evaluation);
}

/** True for an expression that gives a scalar. */
export function isScalar(expression: Binary["left"]): boolean {
  switch (expression.kind) {
    case "number":
      return true;
    case "parenthesis":
    case "unary":
      return isScalar(expression.expression);
    case "binary":
      return isScalar(expression.left) && isScalar(expression.right);
    case "call":
      return expression.name === "scalar" || expression.name === "time" || expression.name === "pi";
    default:
      return false;
  }
}

function combineScalar(binary: Binary, vector: Vector, scalar: number, scalarIsLeft: boolean, evaluation: Evaluation): Vector {
  const { operator, returnBool } = binary;
  const filters = isComparison(operator) && !returnBool;
  const result = emptyVector();
  for (let element = 0; element < vector.labels.length; element++) {
    const value = vector.values[element] ?? Number.NaN;
    const labels = vector.labels[element] ?? {};
    const left = scalarIsLeft ? scalar : value;
    const right = scalarIsLeft ? value : scalar;
    const holds = compare(operator, left, right);
    if (filters) {
      if (holds === 1) push(result, labels, value);
    } else push(result, dropName(evaluation, labels), holds ?? arithmetic(operator, left, right));
  }
  return filters ? result : requireDistinct(result, binary);
}

function combineVectors(binary: Binary, left: Vector, right: Vector, evaluation: Evaluation): Vector {
  const result = emptyVector();
  if (left.labels.length === 0 || right.labels.length === 0) return result;
  const swapped = binary.matching?.many === "right";
  const [many, one] = swapped ? [right, left] : [left, right];
  const partners = indexPartners(binary, one, evaluation);
  const matched = new Set<Labels>();
  for (let element = 0; element < many.labels.length; element++) {
    const labels = many.labels[element] ?? {};
    const key = matchKey(binary, labels, evaluation);
    const partner = partners.get(key);
    if (partner === undefined) continue;
    const value = many.values[element] ?? Number.NaN;
    const other = one.values[partner] ?? Number.NaN;
    const outcome = swapped ? operate(binary, other, value) : operate(binary, value, other);
    if (outcome === undefined) continue;
    const joined = joinLabels(binary, labels, one.labels[partner] ?? {}, evaluation);
    requireUnmatched(binary, matched, binary.matching?.many ? joined : key);
    push(result, joined, outcome);
  }
  return result;
}

/** The value of a match; undefined when a filter drops it. */
export function operate({ operator, returnBool }: Binary, left: number, right: number): number | undefined {
  const holds = compare(operator, left, right);
  if (holds === undefined) return arithmetic(operator, left, right);
  if (returnBool) return holds;
  return holds === 1 ? left : undefined;
}

export function indexPartners(binary: Binary, one: Vector, evaluation: Evaluation): Map<Labels, number> {
  const partners = new Map<Labels, number>();
  one.labels.forEach((labels, index) => {
    const key = matchKey(binary, labels, evaluation);
    const earlier = partners.get(key);
    if (earlier !== undefined) {
      const side = binary.matching?.many === "right" ? "left" : "right";
      const pair = `[${formatLabels(labels)}, ${formatLabels(one.labels[earlier] ?? {})}]`;
      const found = `found duplicate series for the match group ${formatLabels(key)} on the ${side} hand-side of the operation: ${pair}`;
      throw execError(`${found};many-to-many matching not allowed: matching labels must be unique on one side`, binary);
    }
    partners.set(key, index);
  });
  return partners;
}

export function requireUnmatched(binary: Binary, matched: Set<Labels>, key: Labels): void {
  if (!matched.has(key)) {
    matched.add(key);
    return;
  }
  const what = binary.matching?.many
    ? "grouping labels must ensure unique matches"
    : "many-to-one matching must be explicit (group_left/group_right)";
  throw execError(`multiple matches for labels: ${what}`, binary);
}

/** The labels two elements must share to belong together. */
export function matchKey(binary: Binary, labels: Labels, { query }: Evaluation): Labels {
  return query.store.project(labels, keySelection(binary, query));
}

function keySelection(binary: Binary, query: Query): Selection {
  return query.matchings.get(binary)?.key ?? NO_MATCHING.key;
}

export function joinLabels(binary: Binary, many: Labels, one: Labels, evaluation: Evaluation): Labels {
  const { store, matchings } = evaluation.query;
  const filters = isComparison(binary.operator) && !binary.returnBool;
  if (!binary.matching?.many) {
    const { key, filtered } = matchings.get(binary) ?? NO_MATCHING;
    return store.project(many, filters ? filtered : key);
  }
  const base = filters ? many : dropName(evaluation, many);
  const included = binary.matching.include.map((name) => [name, labelValue(one, name)] as const);
  return store.intern(included.length === 0 ? base : { ...base, ...Object.fromEntries(included) });
}

import type { Span } from "./error.ts";
import type { LabelMatcher } from "./series.ts";

/** Type of an expression's value, in Prometheus' words for messages. */
export type ValueType = "scalar" | "string" | "instant vector" | "range vector";

/** Where an `@` modifier pins a selector: an instant, or the evaluation time (`start()`, `end()`). */
export type AtModifier = { readonly epochSeconds: number } | "evaluation";

/** Modifiers that move the evaluation time of a selector or subquery. */
export interface TimeShift {
  /** Into the past when positive. */
  readonly offsetSeconds?: number;
  readonly at?: AtModifier;
}

export interface NumberLiteral extends Span {
  readonly kind: "number";
  readonly value: number;
  /** The text has a sign of its own, which binds less tightly than `^`. */
  readonly signed: boolean;
}

export interface StringLiteral extends Span {
  readonly kind: "string";
  readonly value: string;
}

export interface VectorSelector extends Span, TimeShift {
  readonly kind: "selector";
  readonly matchers: readonly LabelMatcher[];
}

export interface RangeSelector extends Span, TimeShift {
  readonly kind: "range";
  readonly selector: VectorSelector;
  readonly rangeSeconds: number;
}

export interface Subquery extends Span, TimeShift {
  readonly kind: "subquery";
  readonly expression: Expression;
  readonly rangeSeconds: number;
  /** Absent: the default step. */
  readonly stepSeconds?: number;
}

export interface Call extends Span {
  readonly kind: "call";
  readonly name: string;
  readonly args: readonly Expression[];
}

export type AggregateOperator =
  | "sum"
  | "avg"
  | "count"
  | "min"
  | "max"
  | "group"
  | "stddev"
  | "stdvar"
  | "topk"
  | "bottomk"
  | "quantile"
  | "count_values"
  | "limitk"
  | "limit_ratio";

export interface Aggregate extends Span {
  readonly kind: "aggregate";
  readonly operator: AggregateOperator;
  /** `k`, the quantile or the label name, where the operator takes one. */
  readonly parameter?: Expression;
  readonly expression: Expression;
  readonly without: boolean;
  readonly grouping: readonly string[];
}

export type ArithmeticOperator = "+" | "-" | "*" | "/" | "%" | "^" | "atan2";
export type ComparisonOperator = "==" | "!=" | ">" | "<" | ">=" | "<=";
export type SetOperator = "and" | "or" | "unless";
export type BinaryOperator = ArithmeticOperator | ComparisonOperator | SetOperator;

/** Which elements of two vectors belong together. */
export interface VectorMatching {
  readonly on: boolean;
  readonly labels: readonly string[];
  /** The side that may have many elements for one of the other; undefined: one to one. */
  readonly many?: "left" | "right";
  /** Labels copied from the side of one. */
  readonly include: readonly string[];
}

export interface Binary extends Span {
  readonly kind: "binary";
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
  readonly returnBool: boolean;
  /** Undefined when the query has no `on` or `ignoring`. */
  readonly matching?: VectorMatching;
}

export interface Unary extends Span {
  readonly kind: "unary";
  readonly operator: "+" | "-";
  readonly expression: Expression;
}

export interface Parenthesis extends Span {
  readonly kind: "parenthesis";
  readonly expression: Expression;
}

export type Expression =
  | NumberLiteral
  | StringLiteral
  | VectorSelector
  | RangeSelector
  | Subquery
  | Call
  | Aggregate
  | Binary
  | Unary
  | Parenthesis;

/** The expression inside any parentheses around it. */
export function unwrap(expression: Expression): Exclude<Expression, Parenthesis> {
  let inner = expression;
  while (inner.kind === "parenthesis") inner = inner.expression;
  return inner;
}

/** True for `==`, `!=`, `<`, `>`, `<=` and `>=`. */
export function isComparison(operator: BinaryOperator): operator is ComparisonOperator {
  return operator === "==" || operator === "!=" || operator === ">" || operator === "<" || operator === ">=" || operator === "<=";
}

/** True for `and`, `or` and `unless`. */
export function isSetOperator(operator: BinaryOperator): operator is SetOperator {
  return operator === "and" || operator === "or" || operator === "unless";
}

import { type Binary, type BinaryOperator, type Expression, isComparison, type Unary, type VectorMatching } from "./ast.ts";

/**
 * The grammar lets a trailing modifier (`[5m]`, `offset`, `@`) take everything to its left, and a sign its number, so
 * that `a + b offset 5m` and `-2 ^ 2` come out with the wrong shape. The functions here rebuild the right one.
 */

const POWER = 6;

function bindingPower(operator: BinaryOperator): number {
  switch (operator) {
    case "or":
      return 1;
    case "and":
    case "unless":
      return 2;
    case "+":
    case "-":
      return 4;
    case "^":
      return POWER;
    default:
      return isComparison(operator) ? 3 : 5;
  }
}

/** Hands a trailing modifier to the operand it really follows: the rightmost one. */
export function attachToLast(expression: Expression, attach: (operand: Expression) => Expression): Expression {
  if (expression.kind === "binary") {
    const right = attachToLast(expression.right, attach);
    return { ...expression, right, end: right.end };
  }
  if (expression.kind === "unary") {
    const inner = attachToLast(expression.expression, attach);
    return { ...expression, expression: inner, end: inner.end };
  }
  return attach(expression);
}

/** What stands between two operands. */
export interface Operator {
  readonly operator: BinaryOperator;
  readonly returnBool: boolean;
  readonly matching?: VectorMatching;
}

/** Joins two operands, giving `right` to the last operand of `left` where that binds more tightly. */
export function joinOperands(left: Expression, operator: Operator, right: Expression): Binary | Unary {
  const power = bindingPower(operator.operator);
  if (left.kind === "binary" && yields(bindingPower(left.operator), power)) {
    const inner = joinOperands(left.right, operator, right);
    return { ...left, right: inner, end: inner.end };
  }
  if (left.kind === "unary" && power === POWER) {
    const inner = joinOperands(left.expression, operator, right);
    return { ...left, expression: inner, end: inner.end };
  }
  if (left.kind === "number" && left.signed && power === POWER) return joinToSignedNumber(left, operator, right);
  return { kind: "binary", ...operator, left, right, start: left.start, end: right.end };
}

/** `left` gives its last operand away to an operator that binds more tightly, or equally when both are `^`. */
function yields(leftPower: number, power: number): boolean {
  return leftPower < power || (leftPower === power && power === POWER);
}

function joinToSignedNumber(left: Extract<Expression, { kind: "number" }>, operator: Operator, right: Expression): Unary {
  const negative = left.value < 0 || Object.is(left.value, -0);
  const magnitude: Expression = { ...left, value: Math.abs(left.value), signed: false, start: left.start + 1 };
  const power: Binary = { kind: "binary", ...operator, left: magnitude, right, start: magnitude.start, end: right.end };
  return { kind: "unary", operator: negative ? "-" : "+", expression: power, start: left.start, end: right.end };
}

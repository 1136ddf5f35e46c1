import type { Expression, TimeShift } from "./ast.ts";
import type { Query } from "./query.ts";

/**
 * How far into the past an evaluation can read, seconds: ranges, offsets and look-back added up along each path.
 * Infinity when an `@` pins it to a fixed instant.
 * @param lookbackSeconds how long an instant selector sees its newest sample
 */
export function queryReachSeconds(query: Query, lookbackSeconds = 300): number {
  return reach(query.expression, lookbackSeconds);
}

function reach(expression: Expression, lookback: number): number {
  switch (expression.kind) {
    case "number":
    case "string":
      return 0;
    case "selector":
      return shift(expression) + lookback;
    case "range":
      return shift(expression) + shift(expression.selector) + expression.rangeSeconds;
    case "subquery":
      return shift(expression) + expression.rangeSeconds + reach(expression.expression, lookback);
    case "call":
      return Math.max(0, ...expression.args.map((argument) => reach(argument, lookback)));
    case "aggregate":
      return Math.max(
        reach(expression.expression, lookback),
        expression.parameter === undefined ? 0 : reach(expression.parameter, lookback),
      );
    case "binary":
      return Math.max(reach(expression.left, lookback), reach(expression.right, lookback));
    case "unary":
    case "parenthesis":
      return reach(expression.expression, lookback);
  }
}

function shift({ offsetSeconds = 0, at }: TimeShift): number {
  return at !== undefined && at !== "evaluation" ? Number.POSITIVE_INFINITY : Math.max(0, offsetSeconds);
}

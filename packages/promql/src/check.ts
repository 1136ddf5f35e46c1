import {
  type Aggregate,
  type Binary,
  type Call,
  type Expression,
  isComparison,
  isSetOperator,
  type ValueType,
  type VectorSelector,
} from "./ast.ts";
import { parseError, type Span } from "./error.ts";
import { matchesEmpty } from "./matcher.ts";
import { compileRegex } from "./regex/regex.ts";
import { SIGNATURES, type Signature } from "./signatures.ts";

/** What a check needs beside the expression. */
interface Checked {
  readonly text: string;
  readonly experimental: boolean;
}

/**
 * Type of an expression's value, after checking the types within it.
 * @param experimental whether experimental functions and operators are allowed.
 * @throws PromqlError of kind `parse`, worded as Prometheus words it.
 */
export function checkTypes(expression: Expression, text: string, experimental: boolean): ValueType {
  return typeOf(expression, { text, experimental });
}

function typeOf(expression: Expression, checked: Checked): ValueType {
  switch (expression.kind) {
    case "number":
      return "scalar";
    case "string":
      return "string";
    case "selector":
      return checkSelector(expression, checked);
    case "range":
      checkSelector(expression.selector, checked);
      return "range vector";
    case "subquery": {
      const inner = typeOf(expression.expression, checked);
      if (inner !== "instant vector") fail(checked, expression, `subquery is only allowed on instant vector, got ${inner} instead`);
      return "range vector";
    }
    case "parenthesis":
      return typeOf(expression.expression, checked);
    case "unary": {
      const type = typeOf(expression.expression, checked);
      if (type !== "scalar" && type !== "instant vector") {
        fail(checked, expression, `unary expression only allowed on expressions of type scalar or instant vector, got "${type}"`);
      }
      return type;
    }
    case "binary":
      return checkBinary(expression, checked);
    case "aggregate":
      return checkAggregate(expression, checked);
    case "call":
      return checkCall(expression, checked);
  }
}

function checkSelector(selector: VectorSelector, checked: Checked): ValueType {
  const compile = (pattern: string): ReturnType<typeof compileRegex> => {
    try {
      return compileRegex(pattern);
    } catch (error) {
      return fail(checked, selector, `error parsing regexp: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const allEmpty = selector.matchers.map((matcher) => matchesEmpty(matcher, compile)).every((isEmpty) => isEmpty);
  if (allEmpty) fail(checked, selector, "vector selector must contain at least one non-empty matcher");
  return "instant vector";
}

function checkBinary(binary: Binary, checked: Checked): ValueType {
  const { operator, returnBool, matching } = binary;
  const left = typeOf(binary.left, checked);
  const right = typeOf(binary.right, checked);
  if (returnBool && !isComparison(operator)) fail(checked, binary, "bool modifier can only be used on comparison operators");
  if (isComparison(operator) && !returnBool && left === "scalar" && right === "scalar") {
    fail(checked, binary, "comparisons between scalars must use BOOL modifier");
  }
  const both = matching?.on ? matching.labels.find((label) => matching.include.includes(label)) : undefined;
  if (both !== undefined) fail(checked, binary, `label "${both}" must not occur in ON and GROUP clause at once`);
  if (!isOperand(left) || !isOperand(right)) fail(checked, binary, "binary expression must contain only scalar and instant vector types");
  const scalars = left === "scalar" || right === "scalar";
  if (scalars && matching && matching.labels.length > 0) fail(checked, binary, "vector matching only allowed between instant vectors");
  if (isSetOperator(operator)) {
    if (scalars) fail(checked, binary, `set operator "${operator}" not allowed in binary scalar expression`);
    if (matching?.many) fail(checked, binary, `no grouping allowed for "${operator}" operation`);
  }
  return left === "scalar" && right === "scalar" ? "scalar" : "instant vector";
}

function isOperand(type: ValueType): boolean {
  return type === "scalar" || type === "instant vector";
}

function checkAggregate(aggregate: Aggregate, checked: Checked): ValueType {
  const { operator, parameter, expression } = aggregate;
  if ((operator === "limitk" || operator === "limit_ratio") && !checked.experimental) {
    fail(checked, aggregate, `${operator}() is experimental and must be enabled with --enable-feature=promql-experimental-functions`);
  }
  if (operator === "limit_ratio") fail(checked, aggregate, "limit_ratio() is not supported");
  const type = typeOf(expression, checked);
  if (type !== "instant vector") fail(checked, expression, `expected type instant vector in aggregation expression, got ${type}`);
  if (parameter) {
    const wanted = operator === "count_values" ? "string" : "scalar";
    const got = typeOf(parameter, checked);
    if (got !== wanted) fail(checked, parameter, `expected type ${wanted} in aggregation parameter, got ${got}`);
  }
  return "instant vector";
}

function checkCall(call: Call, checked: Checked): ValueType {
  const signature = SIGNATURES.get(call.name);
  if (!signature)
    return fail(checked, { start: call.start, end: call.start + call.name.length }, `unknown function with name "${call.name}"`);
  if (signature.experimental && !checked.experimental) fail(checked, call, `function "${call.name}" is not enabled`);
  checkArgumentCount(call, signature, checked);
  call.args.forEach((argument, index) => {
    const wanted = signature.args[Math.min(index, signature.args.length - 1)];
    const got = typeOf(argument, checked);
    if (wanted && got !== wanted) fail(checked, argument, `expected type ${wanted} in call to function "${call.name}", got ${got}`);
  });
  return signature.returns;
}

function checkArgumentCount(call: Call, { args, optional }: Signature, checked: Checked): void {
  const got = call.args.length;
  const message = (bound: string, count: number): string => `expected ${bound}${count} argument(s) in call to "${call.name}", got ${got}`;
  if (optional === 0) {
    if (got !== args.length) fail(checked, call, message("", args.length));
    return;
  }
  const fewest = args.length - 1;
  if (got < fewest) fail(checked, call, message("at least ", fewest));
  if (got > fewest + optional) fail(checked, call, message("at most ", fewest + optional));
}

function fail({ text }: Checked, where: Span, what: string): never {
  throw parseError(text, { start: where.start, end: where.end }, what);
}

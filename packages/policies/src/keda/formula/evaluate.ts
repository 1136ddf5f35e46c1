import { pow } from "@replicast/sim-core";
import type { Node } from "./ast.ts";
import { BUILTINS } from "./builtins.ts";
import { FormulaError } from "./tokens.ts";
import { goType, isArray, isEqual, isMap, isNumber, textOf, typeOf, type Value } from "./values.ts";

interface Frame {
  readonly names: ReadonlyMap<string, Value>;
  readonly environment: ReadonlyMap<string, Value>;
  /** Inside a predicate. */
  readonly element?: Value;
  readonly index?: number;
  readonly accumulator?: Value;
}

/** Longest list a range may make: a formula comes from a manifest that anybody wrote. */
const LONGEST_RANGE = 10_000;

/**
 * Runs a formula that has been checked.
 * @param environment values of the triggers by name; null for one that fails
 * @throws FormulaError where the real one fails at run time
 */
export function evaluate(node: Node, environment: ReadonlyMap<string, Value>): Value {
  return run(node, { names: environment, environment });
}

function run(node: Node, frame: Frame): Value {
  switch (node.kind) {
    case "int":
    case "float":
    case "string":
    case "bool":
      return node.value;
    case "nil":
      return null;
    case "name":
      return node.name === "$env" ? frame.environment : (frame.names.get(node.name) ?? null);
    case "pointer":
      if (node.name === "index") return BigInt(frame.index ?? 0);
      return (node.name === "acc" ? frame.accumulator : frame.element) ?? null;
    case "unary":
      return runUnary(node, frame);
    case "binary":
      return runBinary(node, frame);
    case "conditional":
      return run(node.test, frame) === true ? run(node.yes, frame) : run(node.no, frame);
    case "array":
      return node.items.map((item) => run(item, frame));
    case "map":
      return new Map(node.entries.map(([key, value]) => [textOf(run(key, frame)), run(value, frame)]));
    case "member":
      return runMember(node, frame);
    case "slice":
      return runSlice(node, frame);
    case "call":
      return runCall(node, frame);
    case "callValue":
      throw new FormulaError("this is not callable", node.at);
    case "let":
      return run(node.body, { ...frame, names: new Map([...frame.names, [node.name, run(node.value, frame)]]) });
  }
}

function runUnary({ operator, operand, at }: Extract<Node, { kind: "unary" }>, frame: Frame): Value {
  const value = run(operand, frame);
  if (operator === "not" || operator === "!") {
    if (typeof value === "boolean") return !value;
  } else if (isNumber(value)) return operator === "-" ? -value : value;
  throw new FormulaError(`invalid operation: ${operator} ${goType(typeOf(value))}`, at);
}

function runBinary(node: Extract<Node, { kind: "binary" }>, frame: Frame): Value {
  const { operator, left, right, at } = node;
  const a = run(left, frame);
  if (operator === "??") return a ?? run(right, frame);
  if (operator === "&&" || operator === "and") return a === true && run(right, frame) === true;
  if (operator === "||" || operator === "or") return a === true || run(right, frame) === true;
  const b = run(right, frame);
  if (operator === "==") return isEqual(a, b);
  if (operator === "!=") return !isEqual(a, b);
  if (operator === "in") return isIn(a, b, at);
  if (typeof a === "string" && typeof b === "string") return ofTexts(operator, a, b, at);
  if (isNumber(a) && isNumber(b)) return ofNumbers(operator, a, b, at);
  throw new FormulaError(`invalid operation: ${goType(typeOf(a))} ${operator} ${goType(typeOf(b))}`, at);
}

function isIn(value: Value, list: Value, at: number): boolean {
  if (isArray(list)) return list.some((each) => isEqual(each, value));
  if (isMap(list)) return list.has(textOf(value));
  throw new FormulaError(`operator in not defined on ${goType(typeOf(list))}`, at);
}

/** Undefined: the operator does not compare. */
function ordered<Side extends string | bigint | number>(operator: string, a: Side, b: Side): boolean | undefined {
  switch (operator) {
    case "<":
      return a < b;
    case ">":
      return a > b;
    case "<=":
      return a <= b;
    case ">=":
      return a >= b;
    default:
      return undefined;
  }
}

function ofTexts(operator: string, a: string, b: string, at: number): Value {
  switch (operator) {
    case "+":
      return a + b;
    case "contains":
      return a.includes(b);
    case "startsWith":
      return a.startsWith(b);
    case "endsWith":
      return a.endsWith(b);
    default: {
      const order = ordered(operator, a, b);
      if (order === undefined) throw new FormulaError(`operator ${operator} is not simulated on texts`, at);
      return order;
    }
  }
}

function ofNumbers(operator: string, a: bigint | number, b: bigint | number, at: number): Value {
  const order = ordered(operator, a, b);
  if (order !== undefined) return order;
  switch (operator) {
    case "/":
      return Number(a) / Number(b);
    case "**":
    case "^":
      return pow(Number(a), Number(b));
    case "..":
      return range(a, b, at);
    default:
      return typeof a === "bigint" && typeof b === "bigint" ? ofInts(operator, a, b, at) : ofFloats(operator, Number(a), Number(b), at);
  }
}

function ofInts(operator: string, a: bigint, b: bigint, at: number): Value {
  if (operator === "+") return BigInt.asIntN(64, a + b);
  if (operator === "-") return BigInt.asIntN(64, a - b);
  if (operator === "*") return BigInt.asIntN(64, a * b);
  if (operator === "%" && b !== 0n) return a % b;
  throw new FormulaError(operator === "%" ? "integer divide by zero" : `invalid operation: int ${operator} int`, at);
}

function ofFloats(operator: string, a: number, b: number, at: number): Value {
  if (operator === "+") return a + b;
  if (operator === "-") return a - b;
  if (operator === "*") return a * b;
  throw new FormulaError(`invalid operation: float64 ${operator} float64`, at);
}

function range(a: bigint | number, b: bigint | number, at: number): Value {
  const length = Number(b) - Number(a) + 1;
  if (length > LONGEST_RANGE) throw new FormulaError(`memory budget exceeded: a range of ${length} elements`, at);
  return Array.from({ length: Math.max(0, length) }, (_, i) => BigInt(a) + BigInt(i));
}

function runMember({ object, key, optional, at }: Extract<Node, { kind: "member" }>, frame: Frame): Value {
  const from = run(object, frame);
  const name = run(key, frame);
  if (isMap(from)) return from.get(textOf(name)) ?? null;
  if (isArray(from) && typeof name === "bigint") {
    const index = Number(name) < 0 ? from.length + Number(name) : Number(name);
    const element = from[index];
    if (element === undefined) throw new FormulaError(`index out of range: ${name} (array length is ${from.length})`, at);
    return element;
  }
  if (from === null && optional) return null;
  throw new FormulaError(`cannot fetch ${textOf(name)} from ${goType(typeOf(from))}`, at);
}

function runSlice({ object, from, to, at }: Extract<Node, { kind: "slice" }>, frame: Frame): Value {
  const list = run(object, frame);
  const bound = (node: Node | undefined): number | undefined => {
    const value = node === undefined ? undefined : run(node, frame);
    return typeof value === "bigint" ? Number(value) : undefined;
  };
  if (isArray(list)) return list.slice(bound(from), bound(to));
  if (typeof list === "string") return list.slice(bound(from), bound(to));
  throw new FormulaError(`cannot slice ${goType(typeOf(list))}`, at);
}

function runCall({ name, args, at }: Extract<Node, { kind: "call" }>, frame: Frame): Value {
  const builtin = BUILTINS[name];
  if (builtin === undefined) throw new FormulaError(`unknown name ${name}`, at);
  const { predicateAt } = builtin;
  const body = predicateAt === undefined ? undefined : args[predicateAt];
  const values = args.map((arg, i) => (i === predicateAt ? null : run(arg, frame)));
  const predicate = (element: Value, index: number, accumulator?: Value): Value =>
    body === undefined ? element : run(body, { ...frame, element, index, ...(accumulator === undefined ? {} : { accumulator }) });
  try {
    return builtin.run(values, predicate);
  } catch (error) {
    if (error instanceof FormulaError) throw error;
    throw new FormulaError((error as Error).message, at);
  }
}

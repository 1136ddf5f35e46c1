import type { Node } from "./ast.ts";
import { BUILTINS } from "./builtins.ts";
import { FormulaError } from "./tokens.ts";
import { goType, type Type } from "./values.ts";

/** Names in scope and their types. */
export type Scope = ReadonlyMap<string, Type>;

const ARITHMETIC: readonly string[] = ["-", "*", "/", "**", "^"];
const ORDER: readonly string[] = ["<", ">", "<=", ">="];
const LOGIC: readonly string[] = ["&&", "||", "and", "or"];
const TEXT: readonly string[] = ["contains", "startsWith", "endsWith", "matches"];

const isNumeric = (type: Type): boolean => type === "int" || type === "float" || type === "any";
const is = (type: Type, wanted: Type): boolean => type === wanted || type === "any";

/**
 * Type of a formula's value, as far as it can be known before it runs.
 * @throws FormulaError where the real compiler refuses the types
 */
export function checkTypes(node: Node, scope: Scope): Type {
  switch (node.kind) {
    case "int":
    case "float":
    case "string":
    case "bool":
    case "nil":
      return node.kind;
    case "pointer":
      return "any";
    case "name":
      return typeOfName(node.name, node.at, scope);
    case "unary":
      return checkUnary(node, scope);
    case "binary":
      return checkBinary(node, scope);
    case "conditional":
      return checkConditional(node, scope);
    case "array":
      for (const item of node.items) checkTypes(item, scope);
      return "array";
    case "map":
      for (const [key, value] of node.entries) [key, value].map((each) => checkTypes(each, scope));
      return "map";
    case "member":
      return checkMember(node, scope);
    case "slice":
      for (const bound of [node.from, node.to]) if (bound !== undefined) checkTypes(bound, scope);
      return checkTypes(node.object, scope);
    case "call":
      return checkCall(node, scope);
    case "callValue":
      throw new FormulaError(`${goType(checkTypes(node.callee, scope))} is not callable`, node.at);
    case "let":
      return checkTypes(node.body, new Map([...scope, [node.name, checkTypes(node.value, scope)]]));
  }
}

function typeOfName(name: string, at: number, scope: Scope): Type {
  if (name === "$env") return "map";
  const type = scope.get(name);
  if (type === undefined) throw new FormulaError(`unknown name ${name}`, at);
  return type;
}

function checkUnary({ operator, operand, at }: Extract<Node, { kind: "unary" }>, scope: Scope): Type {
  const type = checkTypes(operand, scope);
  const isNot = operator === "not" || operator === "!";
  if (isNot ? is(type, "bool") : isNumeric(type)) return isNot ? "bool" : type;
  throw new FormulaError(`invalid operation: ${operator} (mismatched type ${goType(type)})`, at);
}

function checkBinary({ operator, left, right, at }: Extract<Node, { kind: "binary" }>, scope: Scope): Type {
  const [a, b] = [checkTypes(left, scope), checkTypes(right, scope)];
  const refuse = (): never => {
    throw new FormulaError(`invalid operation: ${operator} (mismatched types ${goType(a)} and ${goType(b)})`, at);
  };
  if (operator === "??") return a === "nil" ? b : a === b ? a : "any";
  if (operator === "in") return "bool";
  if (operator === "..") return is(a, "int") && is(b, "int") ? "array" : refuse();
  if (operator === "%") return is(a, "int") && is(b, "int") ? "int" : refuse();
  if (LOGIC.includes(operator)) return is(a, "bool") && is(b, "bool") ? "bool" : refuse();
  if (TEXT.includes(operator)) return is(a, "string") && is(b, "string") ? "bool" : refuse();
  if (operator === "==" || operator === "!=") return isComparable(a, b) ? "bool" : refuse();
  if (ORDER.includes(operator)) return (isNumeric(a) && isNumeric(b)) || (is(a, "string") && is(b, "string")) ? "bool" : refuse();
  if (operator === "+" && is(a, "string") && is(b, "string")) return a === "any" || b === "any" ? "any" : "string";
  if (operator !== "+" && !ARITHMETIC.includes(operator)) return refuse();
  if (!isNumeric(a) || !isNumeric(b)) return refuse();
  if (operator === "/" || operator === "**" || operator === "^") return "float";
  if (a === "any" || b === "any") return "any";
  return a === "int" && b === "int" ? "int" : "float";
}

function isComparable(a: Type, b: Type): boolean {
  return a === b || a === "any" || b === "any" || a === "nil" || b === "nil" || (isNumeric(a) && isNumeric(b));
}

function checkConditional({ test, yes, no, at }: Extract<Node, { kind: "conditional" }>, scope: Scope): Type {
  const condition = checkTypes(test, scope);
  if (!is(condition, "bool")) throw new FormulaError(`non-bool expression (type ${goType(condition)}) used as condition`, at);
  const [a, b] = [checkTypes(yes, scope), checkTypes(no, scope)];
  return a === b ? a : "any";
}

function checkMember({ object, key }: Extract<Node, { kind: "member" }>, scope: Scope): Type {
  const type = checkTypes(object, scope);
  checkTypes(key, scope);
  if (type === "array" || type === "map" || type === "any") return "any";
  const name = key.kind === "string" ? key.value : "[]";
  throw new FormulaError(`type ${goType(type)} has no field ${name}`, key.at);
}

function checkCall({ name, args, at }: Extract<Node, { kind: "call" }>, scope: Scope): Type {
  const builtin = Object.hasOwn(BUILTINS, name) ? BUILTINS[name] : undefined;
  if (builtin === undefined) {
    const type = scope.get(name);
    throw new FormulaError(type === undefined ? `unknown name ${name}` : `${goType(type)} is not callable`, at);
  }
  if (args.length === 0 && builtin.least > 0 && builtin.most > builtin.least)
    throw new FormulaError(`not enough arguments to call ${name}`, at);
  if (args.length < builtin.least || args.length > builtin.most) {
    throw new FormulaError(`invalid number of arguments (expected ${builtin.least}, got ${args.length})`, at);
  }
  const types = args.map((arg) => checkTypes(arg, scope));
  const fault = builtin.check?.(types);
  // A list that is none is pointed at itself, all else at the call.
  if (fault !== undefined) throw new FormulaError(fault, fault.startsWith("builtin") ? (args[0]?.at ?? at) : at);
  return builtin.result;
}

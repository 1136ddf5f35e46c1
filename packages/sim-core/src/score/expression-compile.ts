import type { ConditionalNode, ConstantNode, FunctionNode, MathNode, OperatorNode, ParenthesisNode, RelationalNode } from "mathjs";
import { exp, ln, pow } from "../random/real.ts";
import { nameOf } from "./expression-check.ts";

/** A compiled formula or part of one; reads variables by index. */
export type Closure = (values: Float64Array) => number;

type Unary = (x: number) => number;
type Binary = (a: number, b: number) => number;

const truth = (value: boolean): number => (value ? 1 : 0);
/** As in mathjs: halves away from zero. */
const round: Unary = (x) => (x < 0 ? -Math.floor(0.5 - x) : Math.floor(x + 0.5));
/** As in mathjs: the result has the sign of the divisor; x mod 0 = x. */
const floorMod: Binary = (a, b) => (b === 0 ? a : a - b * Math.floor(a / b));

const UNARY: Readonly<Record<string, Unary>> = {
  unaryMinus: (x) => -x,
  unaryPlus: (x) => x,
  not: (x) => truth(x === 0),
  abs: Math.abs,
  ceil: Math.ceil,
  floor: Math.floor,
  round,
  sqrt: Math.sqrt,
  exp,
  log: ln,
};

const BINARY: Readonly<Record<string, Binary>> = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  pow,
  mod: floorMod,
  xor: (a, b) => truth((a !== 0) !== (b !== 0)),
  equal: (a, b) => truth(a === b),
  unequal: (a, b) => truth(a !== b),
  smaller: (a, b) => truth(a < b),
  larger: (a, b) => truth(a > b),
  smallerEq: (a, b) => truth(a <= b),
  largerEq: (a, b) => truth(a >= b),
};

/**
 * Turns a checked tree into closures over an array of values.
 * @param variables index of each name in that array
 * @throws TypeError on a node that {@link checkNode} refuses
 */
export function compileNode(node: MathNode, variables: ReadonlyMap<string, number>): Closure {
  const compile = (child: MathNode): Closure => compileNode(child, variables);
  switch (node.type) {
    case "ConstantNode": {
      const value = Number((node as ConstantNode).value);
      return () => value;
    }
    case "SymbolNode":
    case "AccessorNode":
      return variable(nameOf(node), variables);
    case "ParenthesisNode":
      return compile((node as ParenthesisNode).content);
    case "ConditionalNode": {
      const { condition, trueExpr, falseExpr } = node as ConditionalNode;
      const [test, yes, no] = [compile(condition), compile(trueExpr), compile(falseExpr)];
      return (values) => (test(values) !== 0 ? yes(values) : no(values));
    }
    case "RelationalNode":
      return chain(
        (node as unknown as { readonly conditionals: readonly string[] }).conditionals,
        (node as RelationalNode).params.map(compile),
      );
    case "OperatorNode":
      return apply((node as OperatorNode).fn, (node as OperatorNode).args.map(compile));
    case "FunctionNode":
      return apply(nameOf((node as FunctionNode).fn as unknown as MathNode) ?? "", (node as FunctionNode).args.map(compile));
    default:
      throw new TypeError(`refused node ${node.type}`);
  }
}

function variable(name: string | undefined, variables: ReadonlyMap<string, number>): Closure {
  const index = name === undefined ? undefined : variables.get(name);
  if (index === undefined) throw new TypeError(`unknown name ${name ?? ""}`);
  return (values) => values[index] as number; // the array holds a value for every name
}

/** `and` and `or` stop at the first operand that decides; min and max take any number of operands. */
function apply(name: string, operands: readonly Closure[]): Closure {
  if (name === "and") return (values) => truth(operands.every((operand) => operand(values) !== 0));
  if (name === "or") return (values) => truth(operands.some((operand) => operand(values) !== 0));
  if (name === "min") return (values) => operands.reduce((least, operand) => Math.min(least, operand(values)), Number.POSITIVE_INFINITY);
  if (name === "max") return (values) => operands.reduce((most, operand) => Math.max(most, operand(values)), Number.NEGATIVE_INFINITY);
  const [first, second] = operands;
  const unary = Object.hasOwn(UNARY, name) ? UNARY[name] : undefined;
  if (first !== undefined && second === undefined && unary !== undefined) return (values) => unary(first(values));
  const binary = Object.hasOwn(BINARY, name) ? BINARY[name] : undefined;
  if (first === undefined || second === undefined || operands.length > 2 || binary === undefined)
    throw new TypeError(`refused function ${name}`);
  return (values) => binary(first(values), second(values));
}

/** `a < b <= c`: every neighbouring pair must hold. */
function chain(conditions: readonly string[], operands: readonly Closure[]): Closure {
  const tests = conditions.map((condition, i) => apply(condition, [operands[i] as Closure, operands[i + 1] as Closure])); // one operand more than conditions
  return (values) => truth(tests.every((test) => test(values) !== 0));
}

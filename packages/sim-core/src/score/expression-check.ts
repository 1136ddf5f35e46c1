import type { AccessorNode, ConstantNode, FunctionNode, MathNode, OperatorNode, SymbolNode } from "mathjs";
import type { Issue } from "../errors.ts";
import { nearestNames } from "./nearest.ts";

/** Deepest tree accepted: the compiler and the closures recurse along it. */
const MAX_DEPTH = 100;

/** Operators by their mathjs function name. */
export const ALLOWED_OPERATORS: ReadonlySet<string> = new Set([
  ...["add", "subtract", "multiply", "divide", "pow", "mod", "unaryMinus", "unaryPlus"],
  ...["and", "or", "not", "xor", "equal", "unequal", "smaller", "larger", "smallerEq", "largerEq"],
]);

/** Functions and how many arguments they take. */
export const ALLOWED_FUNCTIONS: Readonly<Record<string, readonly [least: number, most: number]>> = {
  abs: [1, 1],
  ceil: [1, 1],
  floor: [1, 1],
  round: [1, 1],
  sqrt: [1, 1],
  exp: [1, 1],
  log: [1, 1],
  pow: [2, 2],
  min: [1, 16],
  max: [1, 16],
};

interface Check {
  readonly text: string;
  readonly names: readonly string[];
  readonly issues: Issue[];
}

/** Everything in a formula's tree that is not arithmetic over the given names. */
export function checkNode(root: MathNode, text: string, names: readonly string[]): readonly Issue[] {
  const check: Check = { text, names, issues: [] };
  visit(check, root, 0);
  return check.issues;
}

function visit(check: Check, node: MathNode, depth: number): void {
  if (depth > MAX_DEPTH) {
    if (!check.issues.some((issue) => issue.code === "expression_too_deep"))
      refuse(check, "expression_too_deep", "", { maximum: MAX_DEPTH });
    return;
  }
  if (!checkOne(check, node)) return;
  if (node.type === "FunctionNode") for (const argument of (node as FunctionNode).args) visit(check, argument, depth + 1);
  else
    node.forEach((child) => {
      visit(check, child, depth + 1);
    });
}

/** Checks a node itself; false when there is nothing below it to look at. */
function checkOne(check: Check, node: MathNode): boolean {
  switch (node.type) {
    case "ConstantNode":
      checkConstant(check, node as ConstantNode);
      return false;
    case "SymbolNode":
    case "AccessorNode":
      checkName(check, node);
      return false;
    case "FunctionNode":
      checkFunction(check, node as FunctionNode);
      return true;
    case "OperatorNode": {
      const { fn, op } = node as OperatorNode;
      if (!ALLOWED_OPERATORS.has(fn)) refuse(check, "expression_not_allowed", op, { construct: `operator ${op}` });
      return true;
    }
    case "ParenthesisNode":
    case "ConditionalNode":
    case "RelationalNode":
      return true;
    default:
      refuse(check, "expression_not_allowed", "", { construct: node.type });
      return false;
  }
}

function checkConstant(check: Check, { value }: ConstantNode): void {
  if (typeof value !== "number") refuse(check, "expression_not_allowed", String(value), { construct: `constant ${String(value)}` });
}

function checkName(check: Check, node: MathNode): void {
  const name = nameOf(node);
  if (name === undefined) refuse(check, "expression_not_allowed", "", { construct: "AccessorNode" });
  else if (!check.names.includes(name)) refuse(check, "unknown_metric", name, { metric: name, nearest: nearestNames(name, check.names) });
}

function checkFunction(check: Check, node: FunctionNode): void {
  const name = nameOf(node.fn as unknown as MathNode) ?? "";
  const arity = Object.hasOwn(ALLOWED_FUNCTIONS, name) ? ALLOWED_FUNCTIONS[name] : undefined;
  if (arity === undefined) {
    refuse(check, "unknown_function", name, { actual: name, allowed: Object.keys(ALLOWED_FUNCTIONS) });
  } else if (node.args.length < arity[0] || node.args.length > arity[1]) {
    refuse(check, "wrong_argument_count", name, { function: name, minimum: arity[0], maximum: arity[1], actual: node.args.length });
  }
}

function refuse({ text, issues }: Check, code: string, near: string, data: NonNullable<Issue["data"]>): void {
  const column = columnOf(text, near);
  issues.push({ code, path: [], ...(column === undefined ? {} : { column }), data });
}

/** Dotted name that a symbol or a chain of plain property accesses spells; undefined for anything computed. Never evaluated, only compared with the list of names. */
export function nameOf(node: MathNode): string | undefined {
  if (node.type === "SymbolNode") return (node as SymbolNode).name;
  if (node.type !== "AccessorNode") return undefined;
  const { object, index } = node as AccessorNode;
  if (!index.dotNotation) return undefined;
  const head = nameOf(object as MathNode);
  const property = (index.dimensions[0] as ConstantNode | undefined)?.value;
  return head === undefined || typeof property !== "string" ? undefined : `${head}.${property}`;
}

/** The parser keeps no positions, so what is refused is looked up in the text as a whole word. */
function columnOf(text: string, near: string): number | undefined {
  if (near === "") return undefined;
  for (let at = text.indexOf(near); at >= 0; at = text.indexOf(near, at + 1)) {
    const isWord = /\w/.test(near[0] as string);
    if (!isWord || (!/[\w.]/.test(text[at - 1] ?? "") && !/[\w]/.test(text[at + near.length] ?? ""))) return at + 1;
  }
  return undefined;
}

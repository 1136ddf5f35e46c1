import type { MathNode } from "mathjs";
import type { Issue } from "../errors.ts";
import { checkNode } from "./expression-check.ts";
import { type Closure, compileNode } from "./expression-compile.ts";

/** Longest formula accepted, characters. A formula of a scenario is a line; the limit keeps hostile input cheap. */
const MAX_CHARACTERS = 1000;
/** Deepest nesting of brackets accepted; the parser recurses some twenty calls per bracket. */
const MAX_NESTING = 32;

/** Checks and compiles the formulas of a scenario; made by {@link loadExpressions}. */
export interface ExpressionCompiler {
  /**
   * Everything that is wrong with a formula: syntax, constructs that are not arithmetic, unknown functions and names.
   * Issues have an empty path and a `column` within the text (1-based).
   * Codes: `expression_syntax`, `expression_not_allowed`, `expression_too_long`, `expression_too_deep`, `unknown_function`, `unknown_metric`, `wrong_argument_count`.
   */
  checkExpression(text: string, names: readonly string[]): readonly Issue[];
  /**
   * Compiles a formula over variables: `values[i]` holds the value of `names[i]`. Comparisons and logic yield 0 and 1.
   * @throws TypeError when {@link checkExpression} would have found something
   */
  compileExpression(text: string, names: readonly string[]): (values: Float64Array) => number;
}

/**
 * Loads the formula parser; slow, hence only when a scenario has formulas. Formulas are parsed by mathjs, admitted node by
 * node from a list, and compiled to closures: nothing of mathjs ever evaluates them.
 */
export async function loadExpressions(): Promise<ExpressionCompiler> {
  const { create, parseDependencies } = await import("mathjs/number");
  if (parseDependencies === undefined) throw new Error("mathjs offers no parser"); // its types allow that, its code does not
  const parse = create(parseDependencies).parse;

  const read = (text: string, names: readonly string[]): { readonly node?: MathNode; readonly issues: readonly Issue[] } => {
    const refused = checkShape(text);
    if (refused !== undefined) return { issues: [refused] };
    try {
      const node = parse(text);
      return { node, issues: checkNode(node, text, names) };
    } catch (error) {
      return { issues: [syntaxIssue(error)] };
    }
  };

  return {
    checkExpression: (text, names) => read(text, names).issues,
    compileExpression: (text, names) => {
      const { node, issues } = read(text, names);
      if (node === undefined || issues.length > 0) throw new TypeError(`refused formula: ${issues.map((issue) => issue.code).join(", ")}`);
      const closure: Closure = compileNode(node, new Map(names.map((name, index) => [name, index])));
      return (values) => Number(closure(values));
    },
  };
}

/** Limits that must hold before the text meets a recursive parser. */
function checkShape(text: string): Issue | undefined {
  if (text.trim() === "") return { code: "expression_syntax", path: [], column: 1, data: { message: "empty formula" } };
  if (text.length > MAX_CHARACTERS)
    return { code: "expression_too_long", path: [], data: { maximum: MAX_CHARACTERS, actual: text.length } };
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    if ("([{".includes(text[i] as string)) depth++;
    else if (")]}".includes(text[i] as string)) depth--;
    if (depth > MAX_NESTING) return { code: "expression_too_deep", path: [], column: i + 1, data: { maximum: MAX_NESTING } };
  }
  return undefined;
}

function syntaxIssue(error: unknown): Issue {
  // Chains without brackets ("- - - …") recurse too; an overflow of the parser is the writer's doing, not a defect.
  if (error instanceof RangeError) return { code: "expression_too_deep", path: [], data: { maximum: MAX_NESTING } };
  if (!(error instanceof Error)) throw error;
  const character = (error as { char?: unknown }).char;
  return {
    code: "expression_syntax",
    path: [],
    ...(typeof character === "number" ? { column: character } : {}),
    data: { message: error.message.replace(/ \(char \d+\)$/, "") },
  };
}

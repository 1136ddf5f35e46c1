import type { Issue } from "../errors.ts";
import type { ExpressionCompiler } from "./expression.ts";
import type { RunResult } from "./result.ts";
import { FORMULA_METRICS, readMetric } from "./result-metrics.ts";

/** The scenario's own formulas: `derive:` metrics and `costs:` lines (dollars per month), by name. */
export interface FormulaTexts {
  readonly derive: Readonly<Record<string, string>>;
  readonly costs: Readonly<Record<string, string>>;
}

/** One compiled formula; `evaluate` reads the values of all names that stood before it. */
interface FormulaLine {
  readonly section: "derive" | "costs";
  readonly name: string;
  readonly evaluate: (values: Float64Array) => number;
}

/** Compiled formulas in an order in which each finds what it reads. Compiling needs mathjs, applying does not: it is synchronous. */
export interface ResultExpressions {
  readonly lines: readonly FormulaLine[];
}

/** Compiled formulas of a scenario that has none. */
export const NO_EXPRESSIONS: ResultExpressions = { lines: [] };

/**
 * Compiles all formulas. Each may read the metrics of the run ({@link FORMULA_METRICS}) and every other formula, as
 * `derive.NAME` or `costs.NAME`, in any order as long as none reads itself in a circle.
 *
 * @returns the compiled formulas and every issue, with paths `["derive", NAME]`; codes of {@link ExpressionCompiler.checkExpression} and `expression_cycle`
 */
export function compileFormulas(
  compiler: ExpressionCompiler,
  texts: FormulaTexts,
): { readonly expressions: ResultExpressions; readonly issues: readonly Issue[] } {
  const entries = (["derive", "costs"] as const).flatMap((section) =>
    Object.entries(texts[section]).map(([name, text]) => ({ section, name, text, id: `${section}.${name}` })),
  );
  const everyName = [...FORMULA_METRICS, ...entries.map(({ id }) => id)];
  const issues = entries.flatMap(({ section, name, text }) =>
    compiler.checkExpression(text, everyName).map((issue): Issue => ({ ...issue, path: [section, name], data: { ...issue.data, text } })),
  );
  if (issues.length > 0) return { expressions: NO_EXPRESSIONS, issues };

  const lines: FormulaLine[] = [];
  const names = [...FORMULA_METRICS];
  let waiting = entries;
  while (waiting.length > 0) {
    const next = waiting.find(({ text }) => compiler.checkExpression(text, names).length === 0);
    if (next === undefined)
      return {
        expressions: NO_EXPRESSIONS,
        issues: waiting.map(({ section, name }) => ({ code: "expression_cycle", path: [section, name] })),
      };
    lines.push({ section: next.section, name: next.name, evaluate: compiler.compileExpression(next.text, names) });
    names.push(next.id);
    waiting = waiting.filter((entry) => entry !== next);
  }
  return { expressions: { lines }, issues };
}

/**
 * Evaluates the formulas on a run and returns the result with `derived` and `cost.extra` filled, in the order of evaluation. A formula
 * without a finite value for this run (0 ÷ 0, a latency nobody measured) is left out, so that no made-up number reaches a table.
 */
export function applyFormulas(result: RunResult, { lines }: ResultExpressions): RunResult {
  if (lines.length === 0) return result;
  const values = new Float64Array(FORMULA_METRICS.length + lines.length);
  FORMULA_METRICS.forEach((name, index) => {
    values[index] = readMetric(result, name) ?? Number.NaN;
  });
  const derived: Record<string, number> = {};
  const extra: Record<string, number> = {};
  lines.forEach(({ section, name, evaluate }, index) => {
    const value = evaluate(values);
    values[FORMULA_METRICS.length + index] = value;
    if (Number.isFinite(value)) (section === "derive" ? derived : extra)[name] = value;
  });
  return { ...result, derived: { ...result.derived, ...derived }, cost: { ...result.cost, extra: { ...result.cost.extra, ...extra } } };
}

import { checkTypes } from "./check.ts";
import { evaluate } from "./evaluate.ts";
import { parseFormula } from "./parse.ts";
import { FormulaError } from "./tokens.ts";
import type { Value } from "./values.ts";

/** A formula over the values of named triggers. */
export interface Formula {
  /**
   * @param values by trigger name; null for one that fails and has no fallback of its own
   * @returns null when the formula itself is nil
   * @throws FormulaError when it fails on these values
   */
  readonly evaluate: (values: Readonly<Record<string, number | null>>) => number | null;
}

/** What a formula is tried on when the object is admitted: one that fails there is refused. */
const TRIAL_VALUE = -1;

/**
 * Compiles `scalingModifiers.formula` as KEDA does: its value is made a float (unless it begins with `float(`), and it is run once with every trigger at −1.
 *
 * @param names of the triggers that it may use
 * @throws FormulaError with the real compiler's message and the column in the text that is compiled
 * @see keda v2.20 apis/keda/v1alpha1/scaledobject_webhook.go, validateScalingModifiersFormula
 */
export function compileFormula(text: string, names: readonly string[]): Formula {
  const isNilAllowed = text.includes("??");
  const compiled = isNilAllowed
    ? `let _kedaCompositeResult = (${text}); _kedaCompositeResult == nil ? nil : float(_kedaCompositeResult)`
    : text.startsWith("float(")
      ? text
      : `float(${text})`;
  const node = parseFormula(compiled);
  checkTypes(node, new Map(names.map((name) => [name, "float"])));
  const formula: Formula = {
    evaluate: (values) => {
      const environment = new Map<string, Value>(names.map((name) => [name, values[name] ?? null]));
      const value = evaluate(node, environment);
      if (value === null || typeof value === "number") return value;
      throw new FormulaError("the formula yields no number", 1);
    },
  };
  formula.evaluate(Object.fromEntries(names.map((name) => [name, TRIAL_VALUE])));
  return formula;
}

const SMALLEST_INT64 = -(1n << 63n);
/** From here on a float has no int64. */
const BEYOND_INT64 = Number(1n << 63n);

/** A composite value in thousandths: cut, not rounded, as Go converts a float; what has no int64 becomes the smallest one. */
export function compositeMilli(value: number): bigint {
  const thousandths = value * 1000;
  return Math.abs(thousandths) < BEYOND_INT64 ? BigInt(Math.trunc(thousandths)) : SMALLEST_INT64;
}

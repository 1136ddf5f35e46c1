import { compileFormula, compositeMilli } from "../../packages/policies/src/keda/formula/formula.ts";
import { FormulaError } from "../../packages/policies/src/keda/formula/tokens.ts";
import { mismatch } from "../mismatch.ts";
import { inputsOf, type VectorKind } from "../suite.ts";

interface FormulaCase {
  readonly name: string;
  readonly inputs: {
    readonly formula: string;
    readonly triggers: Readonly<Record<string, number | "failing">>;
    readonly target: string;
    readonly fallback?: { readonly replicas: number };
  };
  readonly expected: { readonly valueMilli?: number | string; readonly validationError?: string };
}

function check({ inputs, expected }: FormulaCase): string | undefined {
  const { formula, triggers, target, fallback } = inputs;
  const values = Object.fromEntries(Object.entries(triggers).map(([name, value]) => [name, value === "failing" ? null : value]));
  const [, refusal] = (expected.validationError ?? "").split("\n");
  try {
    const value = compileFormula(formula, Object.keys(triggers)).evaluate(values);
    const milli = value === null ? compositeMilli(Number(target)) * BigInt(fallback?.replicas ?? 0) : compositeMilli(value);
    return mismatch(["validationError", refusal, undefined], ["valueMilli", expected.valueMilli?.toString(), milli.toString()]);
  } catch (error) {
    if (!(error instanceof FormulaError)) throw error;
    return mismatch(["validationError", refusal, `${error.message} (1:${error.column})`]);
  }
}

/** `scalingModifiers.formula` → value or refusal. */
export const formula: VectorKind<FormulaCase> = { kind: "formula", recognises: (vector) => "formula" in inputsOf(vector), check };

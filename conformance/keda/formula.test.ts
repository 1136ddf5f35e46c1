import { expect, it } from "vitest";
import { compileFormula, compositeMilli } from "../../packages/policies/src/keda/formula/formula.ts";
import { FormulaError } from "../../packages/policies/src/keda/formula/tokens.ts";
import { failures, readVectors } from "../hpa/vectors.ts";

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

function passes({ inputs, expected }: FormulaCase): boolean {
  const { formula, triggers, target, fallback } = inputs;
  const values = Object.fromEntries(Object.entries(triggers).map(([name, value]) => [name, value === "failing" ? null : value]));
  try {
    const value = compileFormula(formula, Object.keys(triggers)).evaluate(values);
    const milli = value === null ? compositeMilli(Number(target)) * BigInt(fallback?.replicas ?? 0) : compositeMilli(value);
    return expected.validationError === undefined && milli.toString() === String(expected.valueMilli);
  } catch (error) {
    if (!(error instanceof FormulaError)) throw error;
    const [, reason] = (expected.validationError ?? "").split("\n");
    return reason === `${error.message} (1:${error.column})`;
  }
}

it("compiles, refuses and evaluates formulas as KEDA does, with its messages and columns", () => {
  const cases = readVectors<FormulaCase>("keda/formula.jsonl");
  expect(failures(cases, passes)).toEqual([]);
  expect(cases.length).toBe(252);
});

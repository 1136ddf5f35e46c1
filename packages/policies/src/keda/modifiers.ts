import type { FieldErrors } from "../manifest/field-errors.ts";
import { compileFormula } from "./formula/formula.ts";
import type { FormulaError } from "./formula/tokens.ts";
import type { RawScaledObjectSpec, RawTrigger } from "./raw.ts";
import type { ScalingModifiers } from "./spec.ts";
import type { StageErrors } from "./validate-cluster.ts";

const PATH = ["spec", "advanced", "scalingModifiers"] as const;
const METRIC_TYPES: readonly string[] = ["AverageValue", "Value"];
/** cpu and memory are the HPA's own: no formula sees them. */
const RESOURCES: readonly string[] = ["cpu", "memory"];

/**
 * Reads `scalingModifiers`: the formula is compiled and tried, as on admission; undefined when there are none or they were refused.
 *
 * @see keda v2.20 apis/keda/v1alpha1/scaledobject_webhook.go, verifyScaledObjects and ValidateAndCompileScalingModifiers
 */
export function readModifiers(raw: RawScaledObjectSpec, schema: FieldErrors, stages: StageErrors): ScalingModifiers | undefined {
  const { admission, both: errors } = stages;
  const { formula, target, activationTarget, metricType } = raw.advanced?.scalingModifiers ?? {};
  const isGiven = [formula, target, activationTarget, metricType].some((value) => value != null && value !== "");
  if (raw.fallback?.behavior === "scalingModifiers" && (formula ?? "") === "") {
    admission.invalid(
      ["spec", "fallback", "behavior"],
      "scalingModifiers",
      "scalingModifiers fallback behavior requires scalingModifiers.formula to be defined",
    );
  }
  if (!isGiven) return undefined;
  const count = (): number => schema.count + admission.count + errors.count;
  const before = count();
  const type = metricType == null || metricType === "" ? "AverageValue" : metricType;
  if (!METRIC_TYPES.includes(type)) schema.notSupported([...PATH, "metricType"], type, METRIC_TYPES);
  if ((formula ?? "") === "") admission.required([...PATH, "formula"], "it is mandatory");
  else tryFormula(formula as string, raw.triggers ?? [], errors);
  const number = toNumber(target);
  if (Number.isNaN(number) || number <= 0) errors.invalid([...PATH, "target"], target ?? "", "must be a number above 0");
  const activation = activationTarget == null || activationTarget === "" ? 0 : toNumber(activationTarget);
  // Admission lets any text through; the operator's loop then stops. To read it as a number that nothing exceeds comes to the same.
  const activationOrNever = Number.isNaN(activation) ? Number.MAX_VALUE : activation;
  if (count() > before) return undefined;
  return { formula: formula as string, target: number, activationTarget: activationOrNever, metricType: type };
}

function tryFormula(formula: string, triggers: readonly RawTrigger[], errors: FieldErrors): void {
  const names = triggers.flatMap(({ name, type }, index) =>
    name == null || name === "" || RESOURCES.includes(type ?? "") ? [] : [{ name, index }],
  );
  const seen = new Set<string>();
  for (const { name, index } of names) {
    if (seen.has(name)) errors.invalid(["spec", "triggers", index, "name"], name, "trigger names must be unique, the formula uses them");
    seen.add(name);
  }
  try {
    compileFormula(formula, [...seen]);
  } catch (error) {
    const { message, column } = error as FormulaError;
    errors.invalid([...PATH, "formula"], formula, `${message} (1:${column})`);
  }
}

/** @see Go strconv.ParseFloat, without hexadecimal */
function toNumber(text: string | null | undefined): number {
  return text == null || !/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text) ? Number.NaN : Number(text);
}

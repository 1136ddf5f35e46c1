import { type ExternalReading, type FallbackInput, fallbackValue } from "./fallback.ts";
import { compileFormula, compositeMilli } from "./formula/formula.ts";
import type { TriggerReading } from "./prometheus.ts";
import { roundToMilli } from "./round.ts";
import { COMPOSITE_METRIC, type ScalingModifiers } from "./spec.ts";

/** One external trigger as it was looked at. */
export interface ReadTrigger {
  /** Name in the formula; absent: the formula cannot use it. */
  readonly name: string | undefined;
  readonly read: TriggerReading;
  readonly reading: ExternalReading;
}

/**
 * The composite of all external triggers: the formula's value; an error as long as a trigger fails without a fallback in force; with one
 * in force its value, or the formula without the triggers that fail.
 *
 * @see keda v2.20 pkg/scaling/modifiers/modifiers.go, HandleScalingModifiers
 */
export function compositeReading(modifiers: ScalingModifiers, triggers: readonly ReadTrigger[], input: FallbackInput): ExternalReading {
  const failing = triggers.find(({ reading }) => !reading.ok);
  if (failing !== undefined) return { ok: false, error: `metric:${COMPOSITE_METRIC} encountered error` };
  const standsIn = triggers.some(({ reading }) => reading.ok && reading.fallback);
  if (standsIn && input.fallback?.behavior !== "scalingModifiers") return fallbackOf(modifiers, input);
  const values = Object.fromEntries(triggers.flatMap(({ name, read }) => (name === undefined ? [] : [[name, formulaValue(read)]])));
  let value: number | null;
  try {
    value = compileFormula(modifiers.formula, Object.keys(values)).evaluate(values);
  } catch (error) {
    return { ok: false, error: `error trying to run custom formula: ${(error as Error).message}` };
  }
  if (value === null) return fallbackOf(modifiers, input);
  const milli = compositeMilli(value);
  return { ok: true, valueMilli: milli < 0n ? 0n : milli, active: value > modifiers.activationTarget, fallback: standsIn };
}

/** What the trigger tells the HPA otherwise, rounded to thousandths; a trigger that fails is nil in the formula. */
function formulaValue(read: TriggerReading): number | null {
  return read.ok && Number.isFinite(read.value) ? Number(roundToMilli(read.value)) / 1000 : null;
}

function fallbackOf({ target, metricType, activationTarget }: ScalingModifiers, input: FallbackInput): ExternalReading {
  if (input.fallback === undefined) return { ok: false, error: "the formula yields nil and there is no fallback" };
  const reading = fallbackValue(roundToMilli(target), metricType, input.fallback, input);
  return reading.ok ? { ...reading, active: Number(reading.valueMilli) / 1000 > activationTarget } : reading;
}

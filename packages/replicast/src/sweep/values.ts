import { exp, ln } from "@replicast/sim-core";

/** Values an axis takes: those given, or all of a range. */
export type AxisValues =
  | { readonly kind: "list"; readonly texts: readonly string[] }
  /** Every number from `from` to `to`; for samples only. `unit` is written after the number. */
  | { readonly kind: "range"; readonly from: number; readonly to: number; readonly isLog: boolean; readonly unit: string };

/** Most values that one axis may list. */
export const AXIS_VALUES_MAX = 100_000;
/** Digits of computed values: enough to tell them apart, too few for the noise of binary fractions. */
const DIGITS = 12;
/** Digits of drawn values. */
const DRAWN_DIGITS = 6;
/** Slack for a last value that the step hits but for rounding. */
const STEP_SLACK = 1e-9;

const NUMBER = String.raw`[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?`;
const RANGE = new RegExp(String.raw`^(${NUMBER})([A-Za-z%/]*)\.\.(${NUMBER})([A-Za-z%/]*)(?::(.*))?$`);
const STEP = new RegExp(`^(${NUMBER})([A-Za-z%/]*)$`);

/** Reads `4,8,16`, `0..600:60`, `10s..60s:10s`, `1..1000:log4` (4 values at equal ratios), `1..1000:log` or `0..600`. A text: what is wrong. */
export function parseValues(text: string): AxisValues | string {
  const range = RANGE.exec(text.trim());
  if (range === null) return parseList(text);
  const [, fromText, fromUnit = "", toText, unit = "", step] = range;
  if (fromUnit !== unit && fromUnit !== "") return "both ends of a range have the same unit";
  const from = Number(fromText);
  const to = Number(toText);
  if (!(from < to && Number.isFinite(to - from))) return "a range goes up";
  if (step === undefined) return { kind: "range", from, to, isLog: false, unit };
  if (step.startsWith("log")) return logValues(from, to, unit, step.slice("log".length));
  const parsed = STEP.exec(step);
  if (parsed === null || (parsed[2] !== "" && parsed[2] !== unit))
    return "after the colon stands a step in the same unit, or log5 for 5 values";
  return steppedValues(from, to, unit, Number(parsed[1]));
}

/** The value at `share` (0 ≤ share < 1) of an axis: samples are drawn so. */
export function valueAt(values: AxisValues, share: number): string {
  if (values.kind === "list") return values.texts[Math.floor(share * values.texts.length)] as string; // share is below 1, and no list is empty
  const { from, to, isLog, unit } = values;
  const value = isLog ? from * exp(share * ln(to / from)) : from + share * (to - from);
  return writeNumber(value, unit, DRAWN_DIGITS);
}

function steppedValues(from: number, to: number, unit: string, step: number): AxisValues | string {
  if (!(step > 0)) return "a step is above 0";
  const count = Math.floor((to - from) / step + STEP_SLACK) + 1;
  if (count > AXIS_VALUES_MAX) return `these are ${count} values, more than ${AXIS_VALUES_MAX}`;
  return { kind: "list", texts: Array.from({ length: count }, (_, index) => writeNumber(from + index * step, unit, DIGITS)) };
}

function logValues(from: number, to: number, unit: string, countText: string): AxisValues | string {
  if (!(from > 0)) return "a range at equal ratios begins above 0";
  if (countText === "") return { kind: "range", from, to, isLog: true, unit };
  const count = Number(countText);
  if (!(Number.isInteger(count) && count >= 2 && count <= AXIS_VALUES_MAX)) return "after log stands how many values there are, 2 or more";
  const ratio = ln(to / from);
  const middle = (index: number): number => from * exp((ratio * index) / (count - 1));
  // The ends are given, not computed.
  const texts = Array.from({ length: count }, (_, index) =>
    index === 0 || index === count - 1
      ? writeNumber(index === 0 ? from : to, unit, DIGITS)
      : writeNumber(middle(index), unit, DRAWN_DIGITS),
  );
  return { kind: "list", texts };
}

function writeNumber(value: number, unit: string, digits: number): string {
  return `${Number(value.toPrecision(digits))}${unit}`;
}

/** Splits at commas that stand in no quotes and no brackets, so that a value may be a list itself. */
function parseList(text: string): AxisValues | string {
  const texts: string[] = [];
  let depth = 0;
  let quoted = "";
  let begin = 0;
  for (let at = 0; at <= text.length; at++) {
    const character = text.charAt(at);
    if (character === "" || (character === "," && depth === 0 && quoted === "")) {
      texts.push(text.slice(begin, at).trim());
      begin = at + 1;
    } else if (quoted !== "") {
      if (character === quoted) quoted = "";
    } else if (character === '"' || character === "'") quoted = character;
    else if ("[{".includes(character)) depth++;
    else if ("]}".includes(character)) depth--;
  }
  if (texts.some((value) => value === "")) return "a value is missing";
  if (new Set(texts).size < texts.length) return "a value stands there twice";
  return texts.length > AXIS_VALUES_MAX ? `these are ${texts.length} values, more than ${AXIS_VALUES_MAX}` : { kind: "list", texts };
}

/** True when every value is a plain number. */
export function valueNumbers(values: AxisValues): boolean {
  return values.kind === "range" ? values.unit === "" : values.texts.every((text) => PLAIN_NUMBER.test(text));
}

const PLAIN_NUMBER = new RegExp(`^${NUMBER}$`);

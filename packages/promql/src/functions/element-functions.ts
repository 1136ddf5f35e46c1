import { calendarOf } from "./calendar.ts";
import { exp, ln, log2, log10 } from "./real.ts";
import { acos, acosh, asin, asinh, atan, atanh, cos, cosh, sin, sinh, tan, tanh } from "./trigonometry.ts";

/** A function of one element's value and the function's scalar arguments. */
export type ElementFunction = (value: number, scalars: readonly number[]) => number;

/** Functions that map each element of a vector by itself, by name. */
export const ELEMENT_FUNCTIONS: ReadonlyMap<string, ElementFunction> = new Map<string, ElementFunction>([
  ["abs", Math.abs],
  ["ceil", Math.ceil],
  ["floor", Math.floor],
  ["sqrt", Math.sqrt],
  ["exp", exp],
  ["ln", ln],
  ["log2", log2],
  ["log10", log10],
  ["sgn", (value) => (value < 0 ? -1 : value > 0 ? 1 : value)],
  ["deg", (value) => (value * 180) / Math.PI],
  ["rad", (value) => (value * Math.PI) / 180],
  ["sin", sin],
  ["cos", cos],
  ["tan", tan],
  ["asin", asin],
  ["acos", acos],
  ["atan", atan],
  ["sinh", sinh],
  ["cosh", cosh],
  ["tanh", tanh],
  ["asinh", asinh],
  ["acosh", acosh],
  ["atanh", atanh],
  ["round", (value, [toNearest = 1]) => roundTo(value, toNearest)],
  ["clamp", (value, [min = Number.NaN, max = Number.NaN]) => larger(min, smaller(max, value))],
  ["clamp_min", (value, [min = Number.NaN]) => larger(min, value)],
  ["clamp_max", (value, [max = Number.NaN]) => smaller(max, value)],
]);

/** Functions of an instant (each element's value, or the evaluation time without an argument), by name. */
export const CALENDAR_FUNCTIONS: ReadonlyMap<string, ElementFunction> = new Map<string, ElementFunction>([
  ["minute", (value) => calendarOf(value).minute],
  ["hour", (value) => calendarOf(value).hour],
  ["day_of_week", (value) => calendarOf(value).dayOfWeek],
  ["day_of_month", (value) => calendarOf(value).day],
  ["day_of_year", (value) => calendarOf(value).dayOfYear],
  ["days_in_month", (value) => calendarOf(value).daysInMonth],
  ["month", (value) => calendarOf(value).month],
  ["year", (value) => calendarOf(value).year],
]);

/** Halves go up. Dividing by the inverse keeps decimal results decimal. */
function roundTo(value: number, toNearest: number): number {
  const inverse = 1 / toNearest;
  return Math.floor(value * inverse + 0.5) / inverse;
}

/** As Go's `math.Max`: infinity wins over NaN. */
function larger(left: number, right: number): number {
  if (left === Number.POSITIVE_INFINITY || right === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
  return Math.max(left, right);
}

/** As Go's `math.Min`: infinity wins over NaN. */
function smaller(left: number, right: number): number {
  if (left === Number.NEGATIVE_INFINITY || right === Number.NEGATIVE_INFINITY) return Number.NEGATIVE_INFINITY;
  return Math.min(left, right);
}

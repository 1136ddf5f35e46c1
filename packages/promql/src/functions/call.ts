import { type Call, type Expression, unwrap } from "../ast.ts";
import { dropName, type Evaluation, execError, requireDistinct } from "../evaluation.ts";
import { impliedLabels } from "../matcher.ts";
import { readInstantTimes, visitWindows } from "../selectors.ts";
import { toEpochSeconds } from "../time.ts";
import { emptyVector, push, type Vector } from "../value.ts";
import { CALENDAR_FUNCTIONS, ELEMENT_FUNCTIONS, type ElementFunction } from "./element-functions.ts";
import { histogramFraction, histogramQuantile } from "./histogram-functions.ts";
import { labelJoin, labelReplace } from "./label-functions.ts";
import { NAME_KEEPING, RANGE_FUNCTIONS, type RangeFunction } from "./range-functions.ts";
import { sortByLabels, sortByValue } from "./sort.ts";

/** Evaluates a call that gives a scalar. */
export function callScalar(call: Call, timeSeconds: number, evaluation: Evaluation): number {
  switch (call.name) {
    case "time":
      return toEpochSeconds(timeSeconds, evaluation.clock);
    case "pi":
      return Math.PI;
    case "scalar": {
      const { values } = evaluation.vector(argument(call, 0), timeSeconds);
      return values.length === 1 ? (values[0] ?? Number.NaN) : Number.NaN;
    }
    default:
      throw new Error(`no scalar function: ${call.name}`);
  }
}

/** Evaluates a call that gives an instant vector. */
export function callVector(call: Call, timeSeconds: number, evaluation: Evaluation): Vector {
  const rangeFunction = RANGE_FUNCTIONS.get(call.name);
  if (rangeFunction) return applyToRange(call, rangeFunction, timeSeconds, evaluation);
  const elementFunction = ELEMENT_FUNCTIONS.get(call.name);
  if (elementFunction) return applyToElements(call, elementFunction, timeSeconds, evaluation);
  const calendarFunction = CALENDAR_FUNCTIONS.get(call.name);
  if (calendarFunction) return applyToInstants(call, calendarFunction, timeSeconds, evaluation);
  return callOther(call, timeSeconds, evaluation);
}

function callOther(call: Call, timeSeconds: number, evaluation: Evaluation): Vector {
  const vectorAt = (index: number): Vector => evaluation.vector(argument(call, index), timeSeconds);
  const scalarAt = (index: number): number => evaluation.scalar(argument(call, index), timeSeconds);
  switch (call.name) {
    case "vector":
      return { labels: [evaluation.query.store.intern({})], values: [scalarAt(0)] };
    case "absent":
      return absent(call, vectorAt(0).values.length > 0, evaluation);
    case "absent_over_time":
      return absent(call, hasSamples(call, timeSeconds, evaluation), evaluation);
    case "timestamp":
      return timestamps(call, timeSeconds, evaluation);
    case "sort":
    case "sort_desc":
      return sortByValue(vectorAt(0), call.name === "sort_desc");
    case "sort_by_label":
    case "sort_by_label_desc":
      return sortByLabels(vectorAt(0), call.args.slice(1).map(textOf), call.name === "sort_by_label_desc");
    case "label_replace":
      return labelReplace(call, vectorAt(0), call.args.slice(1).map(textOf), evaluation);
    case "label_join":
      return labelJoin(call, vectorAt(0), call.args.slice(1).map(textOf), evaluation);
    case "histogram_quantile":
      return histogramQuantile(scalarAt(0), vectorAt(1), evaluation);
    case "histogram_fraction":
      return histogramFraction({ lower: scalarAt(0), upper: scalarAt(1) }, vectorAt(2), evaluation);
    default:
      // What is left reads native histograms, of which there are none here.
      return emptyVector();
  }
}

function applyToRange(call: Call, apply: RangeFunction, timeSeconds: number, evaluation: Evaluation): Vector {
  const scalars = scalarArguments(call, timeSeconds, evaluation);
  if (call.name === "double_exponential_smoothing") requireFactors(call, scalars);
  const context = { scalars, timeSeconds, clock: evaluation.clock };
  const keepsName = NAME_KEEPING.has(call.name);
  const result = emptyVector();
  visitWindows(rangeArgument(call), timeSeconds, evaluation, (labels, window) => {
    const value = apply(window, context);
    if (value !== undefined) push(result, keepsName ? labels : dropName(evaluation, labels), value);
  });
  return keepsName ? result : requireDistinct(result, call);
}

export function requireFactors(call: Call, [smoothing = Number.NaN, trend = Number.NaN]: readonly number[]): void {
  if (!(smoothing > 0 && smoothing < 1)) throw execError(`invalid smoothing factor. Expected: 0 < sf < 1, got: ${smoothing}`, call);
  if (!(trend > 0 && trend < 1)) throw execError(`invalid trend factor. Expected: 0 < tf < 1, got: ${trend}`, call);
}

function applyToElements(call: Call, apply: ElementFunction, timeSeconds: number, evaluation: Evaluation): Vector {
  const scalars = scalarArguments(call, timeSeconds, evaluation);
  const [min = 0, max = 0] = scalars;
  if (call.name === "clamp" && max < min) return emptyVector();
  return mapValues(call, evaluation.vector(argument(call, 0), timeSeconds), (value) => apply(value, scalars), evaluation);
}

function applyToInstants(call: Call, apply: ElementFunction, timeSeconds: number, evaluation: Evaluation): Vector {
  if (call.args.length > 0) return applyToElements(call, apply, timeSeconds, evaluation);
  return { labels: [evaluation.query.store.intern({})], values: [apply(toEpochSeconds(timeSeconds, evaluation.clock), [])] };
}

function mapValues(call: Call, { labels, values }: Vector, map: (value: number) => number, evaluation: Evaluation): Vector {
  const mapped = emptyVector();
  for (let element = 0; element < labels.length; element++) {
    push(mapped, dropName(evaluation, labels[element] ?? {}), map(values[element] ?? Number.NaN));
  }
  return requireDistinct(mapped, call);
}

/** Times of the samples themselves for a plain selector, the evaluation time for anything computed. */
function timestamps(call: Call, timeSeconds: number, evaluation: Evaluation): Vector {
  const inner = unwrap(argument(call, 0));
  const { clock } = evaluation;
  if (inner.kind === "selector") {
    return mapValues(call, readInstantTimes(inner, timeSeconds, evaluation), (seconds) => toEpochSeconds(seconds, clock), evaluation);
  }
  return mapValues(call, evaluation.vector(inner, timeSeconds), () => toEpochSeconds(timeSeconds, clock), evaluation);
}

function absent(call: Call, present: boolean, evaluation: Evaluation): Vector {
  if (present) return emptyVector();
  const inner = unwrap(argument(call, 0));
  const selector = inner.kind === "selector" ? inner : inner.kind === "range" ? inner.selector : undefined;
  return { labels: [evaluation.query.store.intern(selector ? impliedLabels(selector) : {})], values: [1] };
}

function hasSamples(call: Call, timeSeconds: number, evaluation: Evaluation): boolean {
  let found = false;
  visitWindows(rangeArgument(call), timeSeconds, evaluation, () => {
    found = true;
  });
  return found;
}

export function argument(call: Call, index: number): Expression {
  const expression = call.args[index];
  if (!expression) throw new Error(`${call.name} lacks argument ${index}`);
  return expression;
}

export function rangeArgument(call: Call): Extract<Expression, { kind: "range" | "subquery" }> {
  for (const expression of call.args) {
    const inner = unwrap(expression);
    if (inner.kind === "range" || inner.kind === "subquery") return inner;
  }
  throw new Error(`${call.name} lacks a range vector`);
}

/** Values of the arguments of a function that takes one vector and otherwise scalars. */
export function scalarArguments(call: Call, timeSeconds: number, evaluation: Evaluation): number[] {
  const vector = call.name === "quantile_over_time" ? 1 : 0;
  return call.args.filter((_, index) => index !== vector).map((expression) => evaluation.scalar(expression, timeSeconds));
}

function textOf(expression: Expression): string {
  const inner = unwrap(expression);
  return inner.kind === "string" ? inner.value : "";
}

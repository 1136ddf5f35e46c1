import type { Aggregate, Binary, Expression, ValueType, VectorSelector } from "./ast.ts";
import { checkTypes } from "./check.ts";
import { LabelStore, METRIC_NAME, type Selection } from "./labels.ts";
import { type CompiledSelector, compileSelector, selectedNames } from "./matcher.ts";
import { parseExpression } from "./parse.ts";

/** Which language to accept. */
export interface ParseOptions {
  /** Accept functions that Prometheus has behind `--enable-feature=promql-experimental-functions`. Default: false. */
  readonly experimentalFunctions?: boolean;
}

/** The labels by which the two sides of a binary expression are matched. */
export interface Matching {
  readonly key: Selection;
  /** Labels of the result of a one-to-one filter: as the key, but `ignoring` keeps the metric name. */
  readonly filtered: Selection;
}

/** How vectors are matched when a query says nothing: on all labels but the metric name. */
export const NO_MATCHING: Matching = { key: { keep: false, names: [METRIC_NAME] }, filtered: { keep: false, names: [] } };

/**
 * A parsed query, to be evaluated as often as needed. It remembers label sets it has built between evaluations,
 * which changes nothing but the time they take.
 */
export interface Query {
  readonly text: string;
  readonly expression: Expression;
  readonly type: ValueType;
  readonly selectors: ReadonlyMap<VectorSelector, CompiledSelector>;
  readonly matchings: ReadonlyMap<Binary, Matching>;
  /** Labels that each aggregation groups by. */
  readonly groupings: ReadonlyMap<Aggregate, Selection>;
  readonly store: LabelStore;
}

/**
 * Parses a query and checks its types.
 * @throws PromqlError of kind `parse`, with position, where Prometheus would refuse the query.
 */
export function parseQuery(text: string, { experimentalFunctions = false }: ParseOptions = {}): Query {
  const expression = parseExpression(text);
  const type = checkTypes(expression, text, experimentalFunctions);
  const parts = partsOf(expression);
  const selectors = new Map(parts.filter((part) => part.kind === "selector").map((part) => [part, compileSelector(part)]));
  const matchings = new Map(parts.filter((part) => part.kind === "binary").map((part) => [part, planMatching(part)]));
  const groupings = new Map(parts.filter((part) => part.kind === "aggregate").map((part) => [part, planGrouping(part)]));
  return { text, expression, type, selectors, matchings, groupings, store: new LabelStore() };
}

function planMatching({ matching }: Binary): Matching {
  if (!matching) return NO_MATCHING;
  const { on, labels } = matching;
  const key = on ? { keep: true, names: labels } : { keep: false, names: [METRIC_NAME, ...labels] };
  return { key, filtered: { keep: on, names: labels } };
}

function planGrouping({ without, grouping }: Aggregate): Selection {
  return without ? { keep: false, names: [METRIC_NAME, ...grouping] } : { keep: true, names: grouping };
}

/** Names of the metrics a query can read, each once, in order of appearance; undefined when it may read any. */
export function querySeries(query: Query): string[] | undefined {
  const names = new Set<string>();
  for (const selector of query.selectors.keys()) {
    const selected = selectedNames(selector);
    if (!selected) return undefined;
    for (const name of selected) names.add(name);
  }
  return [...names];
}

/** An expression and all within it, in order of appearance. */
export function partsOf(expression: Expression): Expression[] {
  switch (expression.kind) {
    case "range":
      return [expression, expression.selector];
    case "subquery":
    case "parenthesis":
    case "unary":
      return [expression, ...partsOf(expression.expression)];
    case "binary":
      return [expression, ...partsOf(expression.left), ...partsOf(expression.right)];
    case "aggregate":
      return [expression, ...(expression.parameter ? partsOf(expression.parameter) : []), ...partsOf(expression.expression)];
    case "call":
      return [expression, ...expression.args.flatMap(partsOf)];
    default:
      return [expression];
  }
}

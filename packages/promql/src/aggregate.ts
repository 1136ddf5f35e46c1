import type { Aggregate } from "./ast.ts";
import { type Evaluation, execError } from "./evaluation.ts";
import { quantileOf } from "./functions/quantile.ts";
import { KahanSum, meanOf } from "./functions/sums.ts";
import { populationVariance } from "./functions/variance.ts";
import { formatNumber } from "./literals.ts";
import { rankGroup } from "./rank.ts";
import type { Labels } from "./series.ts";
import { emptyVector, push, type Vector } from "./value.ts";

/** Evaluates an aggregation: one element for each group, or some elements of each group for `topk` and its like. */
export function aggregate(node: Aggregate, timeSeconds: number, evaluation: Evaluation): Vector {
  const { operator } = node;
  const vector = evaluation.vector(node.expression, timeSeconds);
  switch (operator) {
    case "topk":
    case "bottomk":
    case "limitk":
      return pick(node, vector, readCount(node, timeSeconds, evaluation), evaluation);
    case "count_values":
      return countValues(node, vector, evaluation);
    case "limit_ratio":
      throw new Error("limit_ratio is refused when the query is parsed");
    case "quantile": {
      const quantile = node.parameter ? evaluation.scalar(node.parameter, timeSeconds) : Number.NaN;
      return summarise(node, vector, evaluation, (values) => quantileOf(quantile, values));
    }
    default:
      return summarise(node, vector, evaluation, SUMMARIES[operator]);
  }
}

type SummaryOperator = "sum" | "avg" | "count" | "min" | "max" | "group" | "stddev" | "stdvar";

const SUMMARIES: Readonly<Record<SummaryOperator, (values: readonly number[]) => number>> = {
  sum: (values) => {
    const sum = new KahanSum();
    for (const value of values) sum.add(value);
    return sum.total;
  },
  avg: (values) => meanOf(values, 0, values.length),
  count: (values) => values.length,
  group: () => 1,
  min: (values) => extreme(values, (value, best) => value < best),
  max: (values) => extreme(values, (value, best) => value > best),
  stddev: (values) => Math.sqrt(populationVariance(values)),
  stdvar: (values) => populationVariance(values),
};

/** The best value; numbers are better than NaN. */
function extreme(values: readonly number[], isBetter: (value: number, best: number) => boolean): number {
  let best = values[0] ?? Number.NaN;
  for (const value of values) if (isBetter(value, best) || Number.isNaN(best)) best = value;
  return best;
}

interface Group {
  readonly labels: Labels;
  readonly values: number[];
  /** Positions of its elements in the vector. */
  readonly elements: number[];
}

function groupBy(node: Aggregate, { labels, values }: Vector, { query }: Evaluation): Group[] {
  const selection = query.groupings.get(node);
  if (!selection) throw new Error("aggregation of another query");
  const groups = new Map<Labels, Group>();
  for (let element = 0; element < labels.length; element++) {
    const key = query.store.project(labels[element] ?? {}, selection);
    let group = groups.get(key);
    if (!group) {
      group = { labels: key, values: [], elements: [] };
      groups.set(key, group);
    }
    group.values.push(values[element] ?? Number.NaN);
    group.elements.push(element);
  }
  return [...groups.values()];
}

function summarise(node: Aggregate, vector: Vector, evaluation: Evaluation, summary: (values: readonly number[]) => number): Vector {
  const result = emptyVector();
  for (const group of groupBy(node, vector, evaluation)) push(result, group.labels, summary(group.values));
  return result;
}

function pick(node: Aggregate, vector: Vector, count: number, evaluation: Evaluation): Vector {
  const result = emptyVector();
  if (count < 1) return result;
  for (const { values, elements } of groupBy(node, vector, evaluation)) {
    const chosen = node.operator === "limitk" ? elements.keys() : rankGroup(values, count, node.operator === "topk");
    for (const position of chosen) {
      if (node.operator === "limitk" && position >= count) break;
      push(result, vector.labels[elements[position] ?? 0] ?? {}, values[position] ?? Number.NaN);
    }
  }
  return result;
}

/** 2⁶³: counts at or beyond it are no 64-bit integers. */
const INT64_LIMIT = Number(1n << 63n);

function readCount({ parameter, ...where }: Aggregate, timeSeconds: number, evaluation: Evaluation): number {
  const count = parameter ? evaluation.scalar(parameter, timeSeconds) : Number.NaN;
  if (Number.isNaN(count)) throw execError("Parameter value is NaN", where);
  if (count >= INT64_LIMIT) throw execError(`Scalar value ${count} overflows int64`, where);
  if (count < -INT64_LIMIT) throw execError(`Scalar value ${count} underflows int64`, where);
  return Math.trunc(count);
}

function countValues(node: Aggregate, vector: Vector, evaluation: Evaluation): Vector {
  const label = node.parameter?.kind === "string" ? node.parameter.value : "";
  if (label === "") throw execError(`invalid label name "${label}"`, node);
  const counts = new Map<Labels, number>();
  for (const { labels, values } of groupBy(node, vector, evaluation)) {
    for (const value of values) {
      const set = evaluation.query.store.intern({ ...labels, [label]: formatNumber(value) });
      counts.set(set, (counts.get(set) ?? 0) + 1);
    }
  }
  return { labels: [...counts.keys()], values: [...counts.values()] };
}

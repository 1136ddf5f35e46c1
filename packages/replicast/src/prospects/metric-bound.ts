import { parseQuery, type Query } from "@replicast/promql";

type Expression = Query["expression"];
type Part<Kind extends Expression["kind"]> = Extract<Expression, { readonly kind: Kind }>;

/** The most a query can yield. */
export interface Bound {
  /** `pod`: for each pod; `total`: so much for each replica, added up; `single`: as one value, however many replicas there are. */
  readonly of: "pod" | "total" | "single";
  readonly most: number;
}

/** Largest values of metrics that have one; `maxSequences` is a replica's. */
export interface MetricLimits {
  readonly maxSequences: number | undefined;
}

/** Functions over time whose result is no larger than what they read. @see Prometheus, querying functions */
const KEEPING_FUNCTIONS: readonly string[] = ["avg_over_time", "min_over_time", "max_over_time", "last_over_time", "quantile_over_time"];
const SINGLE_OPERATORS: readonly string[] = ["avg", "min", "max", "quantile"];

/** Upper bound of a query; undefined when nothing bounds it, or nothing is known. */
export function queryBound(text: string, limits: MetricLimits): Bound | undefined {
  return boundOf(parseQuery(text).expression, limits);
}

function boundOf(expression: Expression, limits: MetricLimits): Bound | undefined {
  switch (expression.kind) {
    case "selector":
      return selectorBound(expression, limits);
    case "range":
      return selectorBound(expression.selector, limits);
    case "subquery":
    case "parenthesis":
      return boundOf(expression.expression, limits);
    case "call": {
      const argument = expression.args.at(-1);
      return argument !== undefined && KEEPING_FUNCTIONS.includes(expression.name) ? boundOf(argument, limits) : undefined;
    }
    case "aggregate":
      return aggregateBound(expression, limits);
    case "binary":
      return binaryBound(expression, limits);
    default:
      return undefined;
  }
}

function selectorBound({ matchers }: Part<"selector">, { maxSequences }: MetricLimits): Bound | undefined {
  const name = matchers.find((matcher) => matcher.name === "__name__" && matcher.op === "=")?.value;
  switch (name) {
    case "vllm:num_requests_running":
      return maxSequences === undefined ? undefined : { of: "pod", most: maxSequences };
    case "vllm:kv_cache_usage_perc":
    case "vllm:gpu_cache_usage_perc":
      return { of: "pod", most: 1 };
    case "DCGM_FI_DEV_GPU_UTIL":
      return { of: "pod", most: 100 };
    default:
      return undefined;
  }
}

/** Groups of pods that are added up are bounded by all of them; a group for each pod holds that pod's one series. */
function aggregateBound({ operator, expression, without, grouping }: Part<"aggregate">, limits: MetricLimits): Bound | undefined {
  const inner = boundOf(expression, limits);
  if (inner === undefined) return undefined;
  const isGroupPerPod = grouping.includes("pod") !== without;
  if (isGroupPerPod && (operator === "sum" || SINGLE_OPERATORS.includes(operator))) return inner;
  if (operator === "sum") return inner.of === "pod" ? { of: "total", most: inner.most } : inner;
  return SINGLE_OPERATORS.includes(operator) ? { of: inner.of === "pod" ? "single" : inner.of, most: inner.most } : undefined;
}

/** A bound times or divided by a number above 0. */
function binaryBound({ operator, left, right }: Part<"binary">, limits: MetricLimits): Bound | undefined {
  const factor = numberOf(right);
  if (factor !== undefined && factor > 0 && (operator === "*" || operator === "/")) {
    const bound = boundOf(left, limits);
    return bound && { ...bound, most: operator === "*" ? bound.most * factor : bound.most / factor };
  }
  const first = numberOf(left);
  if (first === undefined || first <= 0 || operator !== "*") return undefined;
  const bound = boundOf(right, limits);
  return bound && { ...bound, most: bound.most * first };
}

function numberOf(expression: Expression): number | undefined {
  if (expression.kind === "parenthesis") return numberOf(expression.expression);
  return expression.kind === "number" ? expression.value : undefined;
}

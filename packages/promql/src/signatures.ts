import type { ValueType } from "./ast.ts";

/** Types of a function's arguments and of its result. */
export interface Signature {
  readonly args: readonly ValueType[];
  /** How many of the last arguments may be left out or, when infinite, repeated (none at all included). */
  readonly optional: number;
  readonly returns: ValueType;
  /** Refused unless experimental functions are enabled. */
  readonly experimental: boolean;
}

const S: ValueType = "scalar";
const T: ValueType = "string";
const V: ValueType = "instant vector";
const R: ValueType = "range vector";

function signature(args: readonly ValueType[], more: Partial<Signature> = {}): Signature {
  return { args, optional: 0, returns: V, experimental: false, ...more };
}

function all(names: string, value: Signature): [string, Signature][] {
  return names.split(" ").map((name) => [name, value]);
}

const EXPERIMENTAL = { experimental: true } as const;

/** Functions by name. @see https://prometheus.io/docs/prometheus/3.16/querying/functions/ */
export const SIGNATURES: ReadonlyMap<string, Signature> = new Map([
  ...all("abs ceil floor exp sqrt ln log2 log10 sgn deg rad absent sort sort_desc timestamp", signature([V])),
  ...all("sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh", signature([V])),
  ...all("histogram_count histogram_sum histogram_avg histogram_stddev histogram_stdvar", signature([V])),
  ...all("minute hour day_of_week day_of_month day_of_year days_in_month month year", signature([V], { optional: 1 })),
  ...all("rate increase delta irate idelta deriv changes resets", signature([R])),
  ...all("avg_over_time sum_over_time min_over_time max_over_time count_over_time last_over_time", signature([R])),
  ...all("first_over_time stddev_over_time stdvar_over_time present_over_time absent_over_time", signature([R])),
  ...all("mad_over_time ts_of_min_over_time ts_of_max_over_time ts_of_last_over_time ts_of_first_over_time", signature([R], EXPERIMENTAL)),
  ["quantile_over_time", signature([S, R])],
  ["predict_linear", signature([R, S])],
  ["double_exponential_smoothing", signature([R, S, S], EXPERIMENTAL)],
  ["histogram_quantile", signature([S, V])],
  ["histogram_fraction", signature([S, S, V])],
  ["clamp", signature([V, S, S])],
  ["clamp_min", signature([V, S])],
  ["clamp_max", signature([V, S])],
  ["round", signature([V, S], { optional: 1 })],
  ["label_replace", signature([V, T, T, T, T])],
  ["label_join", signature([V, T, T, T], { optional: Number.POSITIVE_INFINITY })],
  ...all("sort_by_label sort_by_label_desc", signature([V, T], { optional: Number.POSITIVE_INFINITY, ...EXPERIMENTAL })),
  ["scalar", signature([V], { returns: S })],
  ["vector", signature([S])],
  ...all("time pi", signature([], { returns: S })),
]);

export { PromqlError, type PromqlErrorKind, type Span } from "./error.ts";
export { type EvaluateOptions, evaluate, type QueryResult, type VectorElement } from "./evaluate.ts";
export { matcherTest } from "./matcher.ts";
export { type PreparedQuery, prepareQuery } from "./prepared/prepare.ts";
export { type ParseOptions, parseQuery, type Query, querySeries } from "./query.ts";
export { queryReachSeconds } from "./reach.ts";
export type { LabelMatcher, Labels, SeriesHistory, SeriesReader, SeriesSlice } from "./series.ts";
export type { RangeSeries } from "./value.ts";

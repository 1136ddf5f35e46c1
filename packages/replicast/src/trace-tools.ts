export { detectFormat } from "./trace/detect-format.ts";
export type { BurstinessFigures } from "./trace/fit-arrivals.ts";
export { type FitOptions, fitFlow, type StreamFit, type StreamMatch, type TraceFit } from "./trace/fit-flow.ts";
export type { LengthMatch } from "./trace/fit-lengths.ts";
export { fitYaml } from "./trace/fit-yaml.ts";
export { type GeneratedTrace, generatedFlow } from "./trace/generated-flow.ts";
export { type OpenFlowOptions, openFlow } from "./trace/open-flow.ts";
export { readRateSeries, totalOf } from "./trace/rate-series.ts";
export { type FlowShape, mergeFlows, shapeFlow, withTenant } from "./trace/shape-flow.ts";
export { type LengthSummary, type Share, summarizeFlow, type TraceSummary } from "./trace/summarize.ts";
export { summaryText } from "./trace/summary-text.ts";
export {
  collectRows,
  inBatches,
  memoryTrace,
  type ReportIssue,
  TRACE_FORMATS,
  TRACE_MARKS,
  type TraceBytes,
  type TraceFlow,
  type TraceFormat,
  type TraceInput,
  type TraceMark,
} from "./trace/trace-flow.ts";
export { parquetPieces } from "./trace/write-parquet.ts";
export { csvPieces, jsonPieces } from "./trace/write-text.ts";

export type * from "@replicast/sim-core";
export {
  allIssueCodes,
  definePolicy,
  describeIssue,
  formatDuration,
  formatIssues,
  InputError,
  LimitError,
  parseDuration,
  SimError,
  scenarioJsonSchema,
  simulate,
} from "@replicast/sim-core";
export { chooseBatchLimits, describeBatchLimit } from "./batch-limit.ts";
export { type BatchSweepOptions, sweepBatchLimits } from "./batch-sweep.ts";
export { type BenchmarkFile, peakConcurrency, readBenchmark, splitRun } from "./calibrate/benchmark-files.ts";
export { type CalibratedRun, type Calibration, calibrate, judgeRun } from "./calibrate/calibrate.ts";
export * from "./calibrate/measured-run.ts";
export { type Server, serveRun, withLatency } from "./calibrate/serve-run.ts";
export { type CapacityOptions, type CapacityProgress, capacity } from "./capacity.ts";
export { type CompareOptions, compare } from "./compare.ts";
export { memoryFiles, type ScenarioFiles, scenarioPath } from "./files.ts";
export { type AnyPolicy, type LoadedScenario, type LoadOptions, load } from "./load.ts";
export { createMetricSource } from "./metric-source.ts";
export { type Progress, type RunOptions, run } from "./run.ts";
export { validateFiles } from "./validate.ts";

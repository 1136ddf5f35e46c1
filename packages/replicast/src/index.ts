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
export { type CalibratedRun, type Calibration, calibrate, type Evidence, judgeRun } from "./calibrate/calibrate.ts";
export { checkRuns } from "./calibrate/check-runs.ts";
export { describeServer, type ServerDescription } from "./calibrate/describe-server.ts";
export { linearStart } from "./calibrate/linear-start.ts";
export * from "./calibrate/measured-run.ts";
export { type CalibratedSteps, judgeSteps } from "./calibrate/measured-steps.ts";
export { readMeasurements } from "./calibrate/read/read-measurements.ts";
export { peakConcurrency, splitRun, splitSteps } from "./calibrate/run-parts.ts";
export { type Server, serveRun, withLatency } from "./calibrate/serve-run.ts";
export { type CapacityOptions, type CapacityProgress, capacity } from "./capacity.ts";
export { type CompareOptions, compare, comparisonOf } from "./compare.ts";
export { memoryFiles, type ScenarioFiles, scenarioPath } from "./files.ts";
export type { ForesightDepth, ForesightOptions } from "./foresight/foresight.ts";
export { type ForkOptions, type ForkPlace, forkAt, forkEvery } from "./fork/fork.ts";
export type { ForkChange } from "./fork/other-decision.ts";
export type * from "./fork/result.ts";
export { type AnyPolicy, type LoadedScenario, type LoadOptions, load } from "./load.ts";
export { createMetricSource } from "./metric-source.ts";
export { guardPolicy } from "./policy-code/guard-policy.ts";
export type { PolicyCode } from "./policy-code/policy-code.ts";
export { PolicyTimeLimitError } from "./policy-code/policy-time-limit.ts";
export type { PolicyChannel } from "./policy-code/process-policy.ts";
export { type Progress, planUnder, type RunOptions, run } from "./run.ts";
export type { StatisticsOptions } from "./statistics/options.ts";
export {
  type ReplicationJob,
  type ReplicationOutcome,
  type RunReplications,
  replicationSeed,
  runReplication,
} from "./statistics/replication.ts";
export * from "./sweep/index.ts";
export * from "./trace-tools.ts";
export { validateFiles } from "./validate.ts";
export { wallClock } from "./wall-clock.ts";

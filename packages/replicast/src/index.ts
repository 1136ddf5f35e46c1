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
export { type Calibration, type CalibrationError, type CalibrationSetup, calibrate } from "./calibrate/calibrate.ts";
export type { FittedLatency } from "./calibrate/coefficients.ts";
export type { FitErrors, RequestErrors, StepErrors } from "./calibrate/errors.ts";
export { type MeasuredRequests, type MeasuredRow, type MeasuredRun, type MeasuredSteps, measuredRequests } from "./calibrate/measured.ts";
export { readMeasurements } from "./calibrate/read/read-measurements.ts";
export { describeServer, type ServerDescription } from "./calibrate/server.ts";
export { type CapacityOptions, type CapacityProgress, capacity } from "./capacity.ts";
export { type CompareOptions, compare } from "./compare.ts";
export { memoryFiles, type ScenarioFiles, scenarioPath } from "./files.ts";
export { type AnyPolicy, type LoadedScenario, type LoadOptions, load } from "./load.ts";
export { createMetricSource } from "./metric-source.ts";
export { type Progress, type RunOptions, run } from "./run.ts";
export { validateFiles } from "./validate.ts";

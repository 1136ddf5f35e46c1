import {
  createLatencyModel,
  type EngineConfig,
  type GpuSheet,
  genericLatency,
  InputError,
  type Issue,
  type LatencyModel,
  type ModelShape,
  replayRequests,
} from "@replicast/sim-core";
import { type Coefficients, coefficientsOf, type FittedLatency, factorsOn, linearStart } from "./coefficients.ts";
import { type FitErrors, type RowRange, requestErrors, stepErrors } from "./errors.ts";
import { leastSquares, type Minimum } from "./least-squares.ts";
import type { MeasuredRun } from "./measured.ts";
import { createResiduals } from "./residuals.ts";
import { isSaturated } from "./saturation.ts";

/** The server that was measured, and how to fit it. */
export interface CalibrationSetup {
  readonly model: ModelShape;
  readonly gpu: GpuSheet;
  /** GPUs of one replica, ≥ 1. */
  readonly gpusPerReplica: number;
  /** Limits the server ran with; its warm-up curve is not applied. */
  readonly engine: EngineConfig;
  /** Default: roofline. */
  readonly form?: "roofline" | "linear";
  /** Where the search starts, and what it keeps where the runs say nothing. Default: the generic roofline of model and GPU. */
  readonly start?: FittedLatency;
  /** What is kept out of the fit: the last part of every run's time, or the last of the runs. Default: time. */
  readonly hold?: "time" | "runs";
  /** Share kept out, 0…1 (0: nothing). Default 0.3. */
  readonly heldShare?: number;
  /** Runs that are only checked. */
  readonly checks?: readonly MeasuredRun[];
  /** Most evaluations of the model over all runs. Default 400. */
  readonly maxEvaluations?: number;
  /** Called after each evaluation; may throw to end the search. */
  readonly onProgress?: (evaluations: number) => void;
}

/** Errors of one run, or of a part of it. */
export interface CalibrationError {
  readonly run: string;
  /** `fit`: the search saw it; `held`: it did not. */
  readonly part: "fit" | "held";
  readonly errors: FitErrors;
}

export interface Calibration {
  readonly latency: FittedLatency;
  readonly errors: readonly CalibrationError[];
  /** Each coefficient over its start. */
  readonly factors: Readonly<Record<string, number>>;
  /** Coefficients that were fitted; the others are the start's. */
  readonly fitted: readonly string[];
  readonly warnings: readonly Issue[];
  readonly evaluations: number;
}

const DEFAULT_HELD_SHARE = 0.3;
const DEFAULT_EVALUATIONS = 400;
/** Price of moving a coefficient: keeps those that the runs do not determine near where they started. */
const RESTRAINT = 0.005;
/** A group of requests that deviates by more than this, over the root of their number, is taken for an outlier. */
const ROBUST_FROM = 0.02;
/** Steps of the derivatives, wide ones first: they see the slope beyond the jumps that the scheduler makes. */
const DERIVATIVE_STEPS = [0.1, 0.03];
const TOLERANCE = 1e-4;
/** Digits that are written; more would claim what no measurement knows. */
const DIGITS = 5;

interface Split {
  readonly run: MeasuredRun;
  readonly fit: RowRange;
  readonly held: RowRange;
}

/**
 * Fits a latency model to measured runs of one server: runs of requests are simulated over their own arrivals, steps are compared
 * directly; the deviation from what was measured is minimised over the logarithms of the coefficients. Deterministic.
 *
 * @throws InputError `no_measurements` when nothing is left to fit
 */
export function calibrate(runs: readonly MeasuredRun[], setup: CalibrationSetup): Calibration {
  const splits = splitRuns(runs, setup);
  const fitted = splits.filter(({ fit }) => fit.to > fit.from);
  if (fitted.length === 0) throw new InputError([{ code: "no_measurements", path: [], data: { runs: runs.length } }]);
  const start = setup.start ?? startOf(setup);
  const coefficients = coefficientsOf(start, { hasRequests: fitted.some(({ run }) => run.kind === "requests") });
  const { point, evaluations } = search(fitted, coefficients, setup);
  const latency = rounded(coefficients.at(point));
  return {
    latency,
    errors: measureErrors(splits, latency, setup),
    factors: factorsOn(start, latency),
    fitted: coefficients.names,
    warnings: findWarnings(splits, setup),
    evaluations,
  };
}

function startOf({ model, gpu, gpusPerReplica, form = "roofline" }: CalibrationSetup): FittedLatency {
  const roofline = genericLatency(model, gpu, gpusPerReplica);
  return form === "linear" ? linearStart(roofline) : roofline;
}

function search(splits: readonly Split[], coefficients: Coefficients, setup: CalibrationSetup): Minimum {
  const residualsOf = createResiduals(
    splits.map(({ run, fit }) => ({ run, rows: fit })),
    setup.engine,
  );
  let evaluations = 0;
  const residuals = (point: readonly number[]): Float64Array => {
    evaluations++;
    setup.onProgress?.(evaluations);
    const measured = residualsOf(coefficients.at(point));
    const all = new Float64Array(measured.length + point.length);
    all.set(measured);
    point.forEach((value, axis) => {
      all[measured.length + axis] = RESTRAINT * value;
    });
    return all;
  };
  const maxEvaluations = Math.ceil((setup.maxEvaluations ?? DEFAULT_EVALUATIONS) / DERIVATIVE_STEPS.length);
  let found: Minimum = { point: coefficients.names.map(() => 0), loss: Number.POSITIVE_INFINITY, evaluations: 0 };
  for (const derivativeStep of DERIVATIVE_STEPS) {
    found = leastSquares(residuals, found.point, { robustFrom: ROBUST_FROM, derivativeStep, tolerance: TOLERANCE, maxEvaluations });
  }
  return { ...found, evaluations };
}

function errorsOf(run: MeasuredRun, model: LatencyModel, range: RowRange, engine: EngineConfig): FitErrors {
  if (run.kind === "steps") return stepErrors(run, model, range);
  // All requests are served, whichever are judged: those that came later slowed the earlier ones down.
  return requestErrors(run, replayRequests(run, model, engine), range);
}

function measureErrors(splits: readonly Split[], latency: FittedLatency, { engine }: CalibrationSetup): readonly CalibrationError[] {
  const model = createLatencyModel(latency);
  return splits.flatMap(({ run, fit, held }) =>
    (["fit", "held"] as const).flatMap((part) => {
      const range = part === "fit" ? fit : held;
      return range.to > range.from ? [{ run: run.name, part, errors: errorsOf(run, model, range, engine) }] : [];
    }),
  );
}

function splitRuns(
  runs: readonly MeasuredRun[],
  { hold = "time", heldShare = DEFAULT_HELD_SHARE, checks = [] }: CalibrationSetup,
): readonly Split[] {
  const heldRuns = hold === "runs" && runs.length > 1 ? Math.max(heldShare > 0 ? 1 : 0, Math.floor(heldShare * runs.length)) : 0;
  const isHeld = (index: number): boolean => index >= runs.length - heldRuns;
  return [
    ...runs.map((run, index): Split => {
      const count = rowsOf(run);
      const cut = isHeld(index) ? 0 : hold === "runs" ? count : cutOf(run, heldShare);
      return { run, fit: { from: 0, to: cut }, held: { from: cut, to: count } };
    }),
    ...checks.map((run): Split => ({ run, fit: { from: 0, to: 0 }, held: { from: 0, to: rowsOf(run) } })),
  ];
}

function rowsOf(run: MeasuredRun): number {
  return run.kind === "steps" ? run.stepSeconds.length : run.arrivalSeconds.length;
}

/** First row that is kept out: requests by the time of arrival, steps by their number. */
function cutOf(run: MeasuredRun, heldShare: number): number {
  if (run.kind === "steps") return Math.ceil((1 - heldShare) * rowsOf(run));
  const lastSeconds = run.arrivalSeconds.at(-1) ?? 0;
  const cut = run.arrivalSeconds.findIndex((seconds) => seconds > (1 - heldShare) * lastSeconds);
  return cut < 0 || heldShare === 0 ? rowsOf(run) : cut;
}

function findWarnings(splits: readonly Split[], { engine }: CalibrationSetup): readonly Issue[] {
  const warnings: Issue[] = [];
  const requests = splits.flatMap(({ run, fit }) => (run.kind === "requests" && fit.to > 0 ? [run] : []));
  if (requests.length > 0 && !requests.some((run) => isSaturated(run, engine))) {
    warnings.push({ code: "no_saturated_run", severity: "warning", path: [], data: { maxSequences: engine.maxSequences } });
  }
  const limit = Math.min(engine.maxModelTokens, engine.kvBlocks * engine.blockTokens);
  for (const { run } of splits) {
    if (run.kind === "steps") continue;
    const count = run.promptTokens.filter((prompt, i) => prompt + (run.outputTokens[i] as number) > limit).length;
    if (count > 0) warnings.push({ code: "measured_too_long", severity: "warning", path: [], file: run.name, data: { count, limit } });
  }
  return warnings;
}

function rounded(latency: FittedLatency): FittedLatency {
  const entries = Object.entries(latency).map(([name, value]) => [
    name,
    typeof value === "number" ? Number(value.toPrecision(DIGITS)) : value,
  ]);
  return Object.fromEntries(entries) as FittedLatency;
}

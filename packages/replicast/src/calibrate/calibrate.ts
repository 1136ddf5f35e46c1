import { exp, InputError, type LatencyConfig, ln } from "@replicast/sim-core";
import { COMPARED_LATENCIES, FIGURE_NAMES, type MeasuredRun, type MeasuredSteps, type RunFigures, runFigures } from "./measured-run.ts";
import { type CalibratedSteps, judgeSteps, squaredLogsOfSteps } from "./measured-steps.ts";
import { type Minimum, nelderMead } from "./nelder-mead.ts";
import { type Server, serveRun, withLatency } from "./serve-run.ts";

/** Relative error of each figure, simulated ÷ measured − 1; NaN where nothing was measured. */
export type RunErrors = RunFigures;

export interface CalibratedRun {
  readonly name: string;
  readonly measured: RunFigures;
  readonly simulated: RunFigures;
  readonly errors: RunErrors;
  readonly requests: number;
}

export interface Calibration {
  /** The fitted model, with the coefficients that were not fitted as they were. */
  readonly latency: LatencyConfig;
  /** The fitted runs, under the fitted model. */
  readonly fitted: readonly CalibratedRun[];
  /** Runs kept out of the fit, under the fitted model. */
  readonly heldOut: readonly CalibratedRun[];
  /** Measured steps that were fitted, and those kept out of the fit. */
  readonly fittedSteps: readonly CalibratedSteps[];
  readonly heldOutSteps: readonly CalibratedSteps[];
  /** Root of the mean squared logarithmic error over the fitted figures and steps. */
  readonly rootMeanSquare: number;
  readonly evaluations: number;
}

/** What a model can be fitted to: requests as clients saw them, steps as the engine made them. */
export type Evidence = MeasuredRun | MeasuredSteps;

/** A group of coefficients that is scaled as one: what runs of a server cannot tell apart. */
type Group = readonly string[];

/**
 * Step overhead and weight read are both a constant of a decode step; the share of each comes from the start. The prompt-attention
 * coefficient is left as it is: only very long prompts would tell it.
 */
const GROUPS: Readonly<Record<LatencyConfig["kind"], readonly Group[]>> = {
  roofline: [
    ["stepOverheadSeconds", "weightReadSeconds", "expertReadSeconds"],
    ["perTokenComputeSeconds"],
    ["perDecodeSequenceSeconds"],
    ["perContextTokenSeconds"],
    ["requestOverheadSeconds"],
  ],
  linear: [
    ["stepSeconds"],
    ["perPromptTokenSeconds"],
    ["perDecodeSequenceSeconds"],
    ["perContextTokenSeconds"],
    ["requestOverheadSeconds"],
  ],
  // its points are measurements already
  curve: [["requestOverheadSeconds"]],
  // what no kernel shows: the host, the exchange between GPUs
  table: [["stepOverheadSeconds"], ["perTokenSeconds"], ["requestOverheadSeconds"]],
  function: [],
};

/**
 * Weight of a coefficient's squared logarithmic distance from its start, beside squared errors of figures: a factor e costs as much as
 * an error of 2 % in one of a run's twelve figures. It decides what the runs leave open (such as sequences against their context when all prompts are
 * of one length), and hardly moves what they tell.
 */
const START_WEIGHT = 4e-4 / 12;
const SEARCH = { step: 0.3, tolerance: 1e-3, maxEvaluations: 200 } as const;
/** A simplex that has become flat stops short of the minimum; a fresh one from there goes on. */
const RESTARTS = 3;
/** A figure of zero has no logarithm; nothing measured is faster than this. */
const SHORTEST_SECONDS = 1e-6;

/**
 * Fits a latency model to measurements of one replica: simulates each run with the engine's limits and moves the coefficients until
 * mean, median, P90 and P99 of TTFT, TPOT and E2E agree, in the sense of least squared logarithms; measured steps are compared directly.
 *
 * @param server limits of the engine, and the model that the search starts from (a preset's, or `generic`)
 * @param evidence at least one run or series of steps, with a run near saturation if the model is to hold there
 * @param heldOut only judged by
 * @throws InputError `no_measurements` without evidence, `no_coefficients` for a model that has none, such as a function
 */
export function calibrate(server: Server, evidence: readonly Evidence[], heldOut: readonly Evidence[] = []): Calibration {
  const start = server.deployment.serving.latency;
  const runs = evidence.filter(isRun);
  const steps = evidence.filter(isSteps);
  const groups = groupsOf(start, runs.length > 0);
  if (evidence.length === 0) throw new InputError([{ code: "no_measurements", path: [] }]);
  if (groups.length === 0) throw new InputError([{ code: "no_coefficients", path: [], data: { kind: start.kind } }]);
  const measured = runs.map(({ requests }) => runFigures(requests));
  const errorOf = (latency: LatencyConfig): number => {
    const errors = runs.map(({ requests }, i) =>
      squaredLogs(measured[i] as RunFigures, runFigures(serveRun(withLatency(server, latency), requests))),
    );
    errors.push(...steps.map((each) => squaredLogsOfSteps(latency, each)));
    return errors.reduce((sum, error) => sum + error, 0) / errors.length;
  };
  const cost = (point: readonly number[]): number =>
    errorOf(scaled(start, groups, point)) + START_WEIGHT * point.reduce((sum, x) => sum + x * x, 0);
  let found: Minimum = { point: groups.map(() => 0), value: Number.POSITIVE_INFINITY, evaluations: 0 };
  for (let i = 0; i <= RESTARTS; i++) {
    const { evaluations } = found;
    found = nelderMead(cost, found.point, SEARCH);
    found = { ...found, evaluations: found.evaluations + evaluations };
  }
  const latency = scaled(start, groups, found.point);
  const judge = (run: MeasuredRun): CalibratedRun => judgeRun(withLatency(server, latency), run);
  return {
    latency,
    fitted: runs.map(judge),
    heldOut: heldOut.filter(isRun).map(judge),
    fittedSteps: steps.map((each) => judgeSteps(latency, each)),
    heldOutSteps: heldOut.filter(isSteps).map((each) => judgeSteps(latency, each)),
    rootMeanSquare: Math.sqrt(errorOf(latency)),
    evaluations: found.evaluations,
  };
}

function isRun(evidence: Evidence): evidence is MeasuredRun {
  return "requests" in evidence;
}

function isSteps(evidence: Evidence): evidence is MeasuredSteps {
  return "steps" in evidence;
}

/** Groups that are there to be scaled; steps say nothing about what a request spends outside them. */
function groupsOf(start: LatencyConfig, hasRuns: boolean): readonly Group[] {
  return GROUPS[start.kind].filter(
    (group) => group.some((key) => coefficient(start, key) > 0) && (hasRuns || group[0] !== "requestOverheadSeconds"),
  );
}

/** Simulates a run and compares it with what was measured. */
export function judgeRun(server: Server, { name, requests }: MeasuredRun): CalibratedRun {
  const measured = runFigures(requests);
  const simulated = runFigures(serveRun(server, requests));
  return { name, measured, simulated, errors: relativeErrors(measured, simulated), requests: requests.length };
}

/** simulated ÷ measured − 1 of every figure. */
export function relativeErrors(measured: RunFigures, simulated: RunFigures): RunErrors {
  const errorsOf = (latency: keyof RunFigures): RunFigures["ttft"] => {
    const of = (figure: keyof RunFigures["ttft"]): number => simulated[latency][figure] / measured[latency][figure] - 1;
    return { mean: of("mean"), p50: of("p50"), p90: of("p90"), p99: of("p99") };
  };
  return { ttft: errorsOf("ttft"), tpot: errorsOf("tpot"), e2e: errorsOf("e2e") };
}

/** Mean squared logarithm of simulated ÷ measured over the figures that both have. */
function squaredLogs(measured: RunFigures, simulated: RunFigures): number {
  let sum = 0;
  let count = 0;
  for (const latency of COMPARED_LATENCIES) {
    for (const figure of FIGURE_NAMES) {
      const [wanted, found] = [measured[latency][figure], simulated[latency][figure]];
      if (Number.isNaN(wanted) || Number.isNaN(found)) continue;
      const error = ln(Math.max(found, SHORTEST_SECONDS) / Math.max(wanted, SHORTEST_SECONDS));
      sum += error * error;
      count++;
    }
  }
  return count === 0 ? Number.POSITIVE_INFINITY : sum / count;
}

function coefficient(latency: LatencyConfig, key: string): number {
  const value = (latency as unknown as Readonly<Record<string, unknown>>)[key];
  return typeof value === "number" ? value : 0;
}

/** The model with each group multiplied by the exponential of its coordinate. */
function scaled(latency: LatencyConfig, groups: readonly Group[], point: readonly number[]): LatencyConfig {
  const changes = groups.flatMap((group, i) => group.map((key) => [key, coefficient(latency, key) * exp(point[i] as number)] as const));
  return { ...latency, ...Object.fromEntries(changes) };
}

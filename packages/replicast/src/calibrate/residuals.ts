import { createLatencyModel, type EngineConfig, type ReplayAnswers, replayRequests } from "@replicast/sim-core";
import type { FittedLatency } from "./coefficients.ts";
import { predictSteps, type RowRange } from "./errors.ts";
import type { MeasuredRequests, MeasuredRun, MeasuredSteps } from "./measured.ts";

/** A run and the rows of it that the search may see. */
export interface FittedRows {
  readonly run: MeasuredRun;
  readonly rows: RowRange;
}

/** Deviations of a run's parts, as the search sees them. */
interface Comparison {
  readonly size: number;
  /** @param into as long as `size` */
  fill(latency: FittedLatency, into: Float64Array): void;
}

/** Requests of a group, at least, and groups of each kind, at most. */
const GROUP_REQUESTS = 10;
const MAX_GROUPS = 30;
/** Weight of TTFT beside E2E and decode time: much of it passes before and after the steps and grows with load, which no coefficient says. */
const TTFT_WEIGHT = 0.1;

/**
 * Deviations of a model from the measurements. Single requests jump by whole steps when a coefficient moves a little, and would lead a
 * search astray; so requests are compared as groups: of neighbours in time, between which the load differs, and of similar prompts,
 * between which the work does. Each run counts alike.
 */
export function createResiduals(fitted: readonly FittedRows[], engine: EngineConfig): (latency: FittedLatency) => Float64Array {
  const comparisons = fitted.map(({ run, rows }) => (run.kind === "steps" ? compareSteps(run, rows) : compareRequests(run, rows, engine)));
  const total = comparisons.reduce((sum, { size }) => sum + size, 0);
  return (latency) => {
    const residuals = new Float64Array(total);
    let at = 0;
    for (const { size, fill } of comparisons) {
      fill(latency, residuals.subarray(at, at + size));
      at += size;
    }
    return residuals;
  };
}

function compareSteps(run: MeasuredSteps, rows: RowRange): Comparison {
  const size = rows.to - rows.from;
  const weight = 1 / Math.sqrt(size);
  return {
    size,
    fill: (latency, into) => {
      const predicted = predictSteps(run, createLatencyModel(latency), rows);
      for (let i = 0; i < size; i++) into[i] = weight * deviation(predicted[i] as number, run.stepSeconds[rows.from + i] as number);
    },
  };
}

function compareRequests(run: MeasuredRequests, rows: RowRange, engine: EngineConfig): Comparison {
  const groups = [...groupsOf(rows, () => 0), ...groupsOf(rows, (row) => run.promptTokens[row] as number)];
  const weight = 1 / Math.sqrt(groups.length);
  return {
    size: 3 * groups.length,
    fill: (latency, into) => {
      const answers = replayRequests(run, createLatencyModel(latency), engine);
      groups.forEach((group, i) => {
        const simulated = sumUp(group, answers, answers);
        const measured = sumUp(group, run, answers);
        into[3 * i] = TTFT_WEIGHT * weight * deviation(simulated.ttft, measured.ttft);
        into[3 * i + 1] = weight * deviation(simulated.e2e - simulated.ttft, measured.e2e - measured.ttft);
        into[3 * i + 2] = weight * deviation(simulated.e2e, measured.e2e);
      });
    },
  };
}

/** Groups of neighbours in the order of a key, rows of equal key in their own order. */
function groupsOf({ from, to }: RowRange, key: (row: number) => number): readonly Int32Array[] {
  const rows = Int32Array.from({ length: to - from }, (_, i) => from + i).sort((a, b) => key(a) - key(b) || a - b);
  const count = Math.max(1, Math.min(MAX_GROUPS, Math.floor(rows.length / GROUP_REQUESTS)));
  return Array.from({ length: count }, (_, i) =>
    rows.subarray(Math.floor((i * rows.length) / count), Math.floor(((i + 1) * rows.length) / count)),
  );
}

/** Sums over a group, without requests the engine refuses. */
function sumUp(group: Int32Array, of: ReplayAnswers, answers: ReplayAnswers): { readonly ttft: number; readonly e2e: number } {
  let ttft = 0;
  let e2e = 0;
  for (const row of group) {
    if (Number.isNaN(answers.e2eSeconds[row] as number)) continue;
    ttft += of.ttftSeconds[row] as number;
    e2e += of.e2eSeconds[row] as number;
  }
  return { ttft, e2e };
}

/** Relative deviation, the same both ways: twice too long and twice too short weigh alike. */
function deviation(simulated: number, measured: number): number {
  return simulated === measured ? 0 : (2 * (simulated - measured)) / (simulated + measured);
}

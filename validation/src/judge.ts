import { createLatencyModel } from "@replicast/sim-core";
import {
  calibrate,
  FIGURE_NAMES,
  type LatencyConfig,
  type MeasuredRequest,
  type RunFigures,
  runFigures,
  type Server,
  serveRun,
  withLatency,
} from "replicast";
import type { CaseMeasured, CaseRun, ValidationCase } from "./cases.ts";
import { presetOf, serverOf } from "./server.ts";
import { readWorkload, type Workload, withoutHits } from "./workload.ts";

/** Where the latency model of a run comes from. */
export type ModelSource = "fitted" | "preset" | "generic";

export interface Figure {
  /** Seconds. */
  readonly measured: number;
  readonly simulated: number;
  /** simulated ÷ measured − 1 */
  readonly error: number;
}

/** Figures by latency and name; without those that nobody measured. */
export type Figures = Readonly<Record<"ttft" | "tpot" | "e2e", Readonly<Partial<Record<keyof RunFigures["ttft"], Figure>>>>>;

/** One run under one latency model. */
export interface JudgedRun {
  readonly case: string;
  readonly run: string;
  readonly model: ModelSource;
  /** The run was used in the fit of this model, here or when the preset was made. */
  readonly isFitted: boolean;
  /** What became of the known prefix hits of its prompts; `none`: the workload knows of none. */
  readonly prefixHits: "none" | "counted" | "left out";
  readonly requests: number;
  readonly figures: Figures;
  /** |simulated ÷ measured − 1| of E2E request by request: mean and median; NaN without rows. */
  readonly perRequestE2e: { readonly mean: number; readonly median: number };
  /** Requests per second from the first arrival to the last token. */
  readonly throughput: Figure;
  /**
   * The constant time before the scheduler with which mean TTFT would agree, seconds: where it grows from run to run, the model's
   * constant is what is wrong. NaN without a measured TTFT, and where latencies are the engine's own.
   */
  readonly impliedOverheadSeconds: number;
}

/** A case under each latency model that applies to it; where prefix hits are known, with them and without. */
export async function judgeCase(it: ValidationCase): Promise<readonly JudgedRun[]> {
  const server = await serverOf(it);
  const loaded = it.runs.map((run) => ({ run, workload: readWorkload(run.workload) }));
  const judged: JudgedRun[] = [];
  const judgeAll = (model: ModelSource, latency: LatencyConfig, isFitted: (run: CaseRun) => boolean): void => {
    for (const { run, workload } of loaded) {
      const judging = { model, latency, server, isFitted: isFitted(run) };
      if (!workload.hasHits) judged.push(judge(it, run, workload, { ...judging, prefixHits: "none" }));
      else {
        if (cachesPrefixes(it)) judged.push(judge(it, run, workload, { ...judging, prefixHits: "counted" }));
        judged.push(judge(it, run, withoutHits(workload), { ...judging, prefixHits: "left out" }));
      }
    }
  };
  const training = loaded.filter(({ run }) => run.role === "calibrate");
  if (training.length > 0) {
    const runs = training.map(({ run, workload }) => ({
      name: nameOf(run),
      requests: (cachesPrefixes(it) ? workload : withoutHits(workload)).requests,
    }));
    judgeAll("fitted", calibrate(server, runs).latency, ({ role }) => role === "calibrate");
  } else {
    const preset = presetOf(it);
    // A preset of this very server was made from such public runs; it counts as fitted, whichever of them it was.
    if (preset !== undefined) judgeAll("preset", preset.latency, () => true);
  }
  judgeAll("generic", server.deployment.serving.latency, () => false);
  return judged;
}

/** `on` unless the case says otherwise: it is the server's default. @see vLLM --enable-prefix-caching */
function cachesPrefixes({ engine: { prefix_caching: caching = true } }: ValidationCase): boolean {
  return typeof caching === "boolean" ? caching : !/^(off|no|false|disabled)\b/i.test(caching);
}

interface Judging extends Pick<JudgedRun, "model" | "isFitted" | "prefixHits"> {
  readonly latency: LatencyConfig;
  readonly server: Server;
}

function judge(it: ValidationCase, run: CaseRun, { requests, isEngineSide }: Workload, { latency, server, ...labels }: Judging): JudgedRun {
  const clocked = isEngineSide ? { ...latency, requestOverheadSeconds: 0 } : latency;
  const served = serveRun(withLatency(server, clocked), requests);
  // Only what was measured is compared.
  const compared = served.filter((_, i) => !Number.isNaN((requests[i] as MeasuredRequest).e2eSeconds));
  const errors = requests
    .map((request, i) => Math.abs((served[i] as MeasuredRequest).e2eSeconds / request.e2eSeconds - 1))
    .filter((error) => !Number.isNaN(error))
    .sort((a, b) => a - b);
  const figures = figuresOf(run.measured, runFigures(compared));
  const { mean: ttft } = figures.ttft;
  return {
    case: it.id,
    run: nameOf(run),
    ...labels,
    requests: requests.length,
    figures,
    perRequestE2e: { mean: errors.reduce((sum, error) => sum + error, 0) / errors.length, median: median(errors) },
    throughput: figure(measuredThroughput(run.measured, requests), throughputOf(served)),
    impliedOverheadSeconds:
      ttft === undefined || isEngineSide ? Number.NaN : createLatencyModel(latency).requestOverheadSeconds + ttft.measured - ttft.simulated,
  };
}

/** Measured figures, milliseconds, beside simulated ones, seconds. */
export function figuresOf(measured: Pick<CaseMeasured, "ttft_ms" | "tpot_ms" | "e2e_ms">, simulated: RunFigures): Figures {
  const of = (latency: "ttft" | "tpot" | "e2e"): Figures["e2e"] =>
    Object.fromEntries(
      FIGURE_NAMES.flatMap((name) => {
        const milliseconds = measured[`${latency}_ms`]?.[name];
        return milliseconds === undefined ? [] : [[name, figure(milliseconds / 1000, simulated[latency][name])]];
      }),
    );
  return { ttft: of("ttft"), tpot: of("tpot"), e2e: of("e2e") };
}

function figure(measured: number, simulated: number): Figure {
  return { measured, simulated, error: simulated / measured - 1 };
}

function measuredThroughput({ requests: count, makespan_s: makespan }: CaseMeasured, requests: readonly MeasuredRequest[]): number {
  return makespan === undefined ? throughputOf(requests) : count / makespan;
}

function throughputOf(requests: readonly MeasuredRequest[]): number {
  const ends = requests.map(({ arrivalSeconds, e2eSeconds }) => arrivalSeconds + e2eSeconds).filter((end) => !Number.isNaN(end));
  const last = ends.reduce((latest, end) => Math.max(latest, end), Number.NEGATIVE_INFINITY);
  return ends.length / (last - (requests[0]?.arrivalSeconds ?? Number.NaN));
}

/** Of values in ascending order. */
export function median(sorted: readonly number[]): number {
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Median of the magnitudes of those values that there are. */
export function medianMagnitude(values: readonly (number | undefined)[]): number {
  const there = values.filter((value): value is number => value !== undefined && !Number.isNaN(value));
  return median(there.map(Math.abs).sort((a, b) => a - b));
}

function nameOf({ workload }: CaseRun): string {
  return (workload.split("/").at(-1) as string).replace(/\.csv(\.gz)?$/, ""); // a path has a last part
}

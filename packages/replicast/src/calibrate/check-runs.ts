import type { EngineConfig, Issue } from "@replicast/sim-core";
import type { MeasuredRequest, MeasuredRun } from "./measured-run.ts";
import { peakConcurrency } from "./run-parts.ts";
import type { Server } from "./serve-run.ts";

/** Share of the places that must be taken for the server to count as full. */
const FULL_SHARE = 0.9;
/** Share of a run's time for which it must be full. */
const SATURATED_TIME_SHARE = 0.05;

/**
 * Warnings about the runs that a latency model is to be fitted to: `no_saturated_run` when in none of them the server was full for some
 * time (only that tells how step times grow with the batch), `measured_too_long` for requests that the engine described would refuse.
 */
export function checkRuns({ deployment }: Server, runs: readonly MeasuredRun[]): readonly Issue[] {
  const { engine } = deployment.serving;
  const warnings: Issue[] = [];
  if (runs.length > 0 && !runs.some((run) => isSaturated(run, engine))) {
    const data = { peak: Math.max(...runs.map(peakConcurrency)), places: Math.min(...runs.map((run) => placesFor(run.requests, engine))) };
    warnings.push({ code: "no_saturated_run", severity: "warning", path: [], data });
  }
  const limit = Math.min(engine.maxModelTokens, engine.kvBlocks * engine.blockTokens);
  for (const { name, requests } of runs) {
    const count = requests.filter(({ promptTokens, outputTokens }) => promptTokens + outputTokens > limit).length;
    if (count > 0) warnings.push({ code: "measured_too_long", severity: "warning", path: [], file: name, data: { count, limit } });
  }
  return warnings;
}

function isSaturated({ requests }: MeasuredRun, engine: EngineConfig): boolean {
  const measured = requests.filter(({ e2eSeconds }) => !Number.isNaN(e2eSeconds));
  const { fullSeconds, totalSeconds } = timeWith(measured, FULL_SHARE * placesFor(measured, engine));
  return fullSeconds >= SATURATED_TIME_SHARE * totalSeconds;
}

/** Requests of this kind that the server computes at once: places of the batch, or as many as the KV cache holds halfway through their answers. */
function placesFor(requests: readonly MeasuredRequest[], { maxSequences, kvBlocks, blockTokens }: EngineConfig): number {
  const tokens = requests.reduce((sum, { promptTokens, outputTokens }) => sum + promptTokens + outputTokens / 2, 0);
  return Math.min(maxSequences, Math.floor((kvBlocks * blockTokens * requests.length) / tokens));
}

/** How long at least `inFlight` requests were in flight. */
function timeWith(requests: readonly MeasuredRequest[], inFlight: number): { readonly fullSeconds: number; readonly totalSeconds: number } {
  const ends = Float64Array.from(requests, ({ arrivalSeconds, e2eSeconds }) => arrivalSeconds + e2eSeconds).sort();
  let fullSeconds = 0;
  let now = 0;
  let arrived = 0;
  let ended = 0;
  while (ended < ends.length) {
    const arrival = requests[arrived]?.arrivalSeconds ?? Number.POSITIVE_INFINITY;
    const isArrival = arrival < (ends[ended] as number);
    const next = isArrival ? arrival : (ends[ended] as number);
    if (arrived - ended >= inFlight) fullSeconds += next - now;
    now = next;
    if (isArrival) arrived++;
    else ended++;
  }
  return { fullSeconds, totalSeconds: now };
}

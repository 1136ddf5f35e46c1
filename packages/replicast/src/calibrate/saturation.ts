import type { EngineConfig } from "@replicast/sim-core";
import type { MeasuredRequests } from "./measured.ts";

/** Share of the places that must be taken for the server to count as full. */
const FULL_SHARE = 0.9;
/** Share of the time for which it must be full. */
const SATURATED_TIME_SHARE = 0.05;

/**
 * Whether the run showed what the server does when it is full: its requests took most of the batch's places, or of the KV cache, for
 * some of the time. Only such a run tells how step times grow with the batch.
 */
export function isSaturated(run: MeasuredRequests, engine: EngineConfig): boolean {
  const places = Math.min(engine.maxSequences, (engine.kvBlocks * engine.blockTokens) / meanContextTokens(run));
  const { fullSeconds, totalSeconds } = timeWith(run, FULL_SHARE * places);
  return fullSeconds >= SATURATED_TIME_SHARE * totalSeconds;
}

/** Tokens a request holds on average over its answer: its prompt and half of the answer. */
function meanContextTokens({ promptTokens, outputTokens }: MeasuredRequests): number {
  let sum = 0;
  for (let i = 0; i < promptTokens.length; i++) sum += (promptTokens[i] as number) + (outputTokens[i] as number) / 2;
  return sum / promptTokens.length;
}

/** How long at least `inFlight` requests were in flight. */
function timeWith(run: MeasuredRequests, inFlight: number): { readonly fullSeconds: number; readonly totalSeconds: number } {
  const ends = run.arrivalSeconds.map((arrival, i) => arrival + (run.e2eSeconds[i] as number)).sort();
  const totalSeconds = ends.at(-1) ?? 0;
  let fullSeconds = 0;
  let now = 0;
  let arrived = 0;
  let ended = 0;
  while (ended < ends.length) {
    const arrival = run.arrivalSeconds[arrived] ?? Number.POSITIVE_INFINITY;
    const isArrival = arrival < (ends[ended] as number);
    const next = isArrival ? arrival : (ends[ended] as number);
    if (arrived - ended >= inFlight) fullSeconds += next - now;
    now = next;
    if (isArrival) arrived++;
    else ended++;
  }
  return { fullSeconds, totalSeconds };
}

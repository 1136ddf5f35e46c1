import type { WarmUpStatistics } from "@replicast/sim-core";
import { mser5 } from "./mser.ts";
import type { StatisticsOptions } from "./options.ts";
import type { ReplicationOutcome } from "./replication.ts";

const MINUTE_SECONDS = 60;

/**
 * How much of the beginning to leave out; undefined: nothing was asked for. Found by MSER-5, it is where the slowest policy's requests in
 * flight, averaged over the replications, have settled: the same for all, or they would be compared over different hours.
 */
export function warmUpOf(
  { warmUp }: StatisticsOptions,
  byPolicy: readonly (readonly ReplicationOutcome[])[],
): WarmUpStatistics | undefined {
  if (warmUp === undefined) return undefined;
  if (warmUp !== "auto") return { method: "given", seconds: warmUp, isSettled: true };
  const cuts = byPolicy.map((outcomes) => mser5(meanSeries(outcomes.map(({ minutes }) => minutes?.inFlight ?? []))));
  return {
    method: "mser5",
    seconds: MINUTE_SECONDS * Math.max(...cuts.map(({ values }) => values)),
    isSettled: cuts.every(({ isSettled }) => isSettled),
  };
}

function meanSeries(all: readonly (readonly number[])[]): readonly number[] {
  return (all[0] ?? []).map((_, minute) => all.reduce((sum, series) => sum + (series[minute] ?? 0), 0) / all.length);
}

/** An outcome without its first minutes: attainment and violations of the requests that arrived later. The bill stays whole. */
export function withoutWarmUp(outcome: ReplicationOutcome, warmUp: WarmUpStatistics | undefined): ReplicationOutcome {
  const { minutes } = outcome;
  if (warmUp === undefined || minutes === undefined) return outcome;
  const from = warmUp.seconds / MINUTE_SECONDS;
  const total = (series: readonly number[]): number => series.slice(from).reduce((sum, value) => sum + value, 0);
  const arrivals = total(minutes.arrivals);
  const violations = total(minutes.violations);
  return { ...outcome, violations, attainment: arrivals === 0 ? null : 1 - violations / arrivals };
}

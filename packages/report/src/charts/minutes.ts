import type { ComparisonResult, RunResult } from "@replicast/sim-core";
import { rankedRuns } from "../summary.ts";

/** Per-minute figures of one run, all deployments together, gathered in bins of whole minutes. */
export interface MinuteBin {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly arrivals: number;
  readonly violations: number;
  /** Worst minute of the bin and its worst deployment; null where nothing was recorded. */
  readonly ttftP95Seconds: number | null;
  /** Requests waiting, at the gateway and at replicas; the longest queue of the bin. */
  readonly queued: number;
}

/** Minutes per bin so that a run has at most `maxBins` of them. */
export function binMinutes(durationSeconds: number, maxBins: number): number {
  const minutes = Math.max(1, Math.ceil(durationSeconds / 60));
  for (const width of [1, 2, 3, 5, 10, 15, 20, 30, 60, 120, 180, 360, 720]) if (minutes / width <= maxBins) return width;
  return Math.ceil(minutes / maxBins);
}

/** Sums and worst values of a run's minutes per bin. */
export function minuteBins(run: RunResult, widthMinutes: number): readonly MinuteBin[] {
  const minutes = Math.max(0, ...run.deployments.map((deployment) => deployment.perMinute.arrivals.length));
  const bins: MinuteBin[] = [];
  for (let first = 0; first < minutes; first += widthMinutes) {
    const end = Math.min(minutes, first + widthMinutes);
    bins.push({
      startSeconds: first * 60,
      endSeconds: Math.min(end * 60, run.scenario.durationSeconds),
      arrivals: sum(run, first, end, (minute) => minute.arrivals),
      violations: sum(run, first, end, (minute) => minute.violations),
      ttftP95Seconds: worstTtft(run, first, end),
      queued: longestQueue(run, first, end),
    });
  }
  return bins;
}

type PerMinute = RunResult["deployments"][number]["perMinute"];

function sum(run: RunResult, first: number, end: number, pick: (minute: PerMinute) => readonly number[]): number {
  let total = 0;
  for (const { perMinute } of run.deployments) for (const value of pick(perMinute).slice(first, end)) total += value;
  return total;
}

function worstTtft(run: RunResult, first: number, end: number): number | null {
  let worst: number | null = null;
  for (const { perMinute } of run.deployments) {
    for (const value of perMinute.ttftP95Seconds.slice(first, end)) if (value !== null && (worst === null || value > worst)) worst = value;
  }
  return worst;
}

function longestQueue(run: RunResult, first: number, end: number): number {
  let longest = 0;
  for (let minute = first; minute < end; minute++) {
    let queued = 0;
    for (const { perMinute } of run.deployments) queued += (perMinute.gatewayQueueDepth[minute] ?? 0) + (perMinute.waiting[minute] ?? 0);
    longest = Math.max(longest, queued);
  }
  return longest;
}

/** The policies of a comparison in the scenario's order: the order of colours and legends. */
export function policyNames(result: ComparisonResult): readonly string[] {
  return result.runs.map((run) => run.policy);
}

/** The policies best first: the order of rows. */
export function rankedNames(result: ComparisonResult): readonly string[] {
  return rankedRuns(result).map((run) => run.policy);
}

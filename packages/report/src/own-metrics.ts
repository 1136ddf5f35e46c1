import type { RunResult } from "@replicast/sim-core";
import { formatNumber, formatUsd } from "./format.ts";

/** A formula of the scenario as a column: its name, and what it came to in a run. */
export interface OwnMetric {
  readonly heading: string;
  readonly cell: (run: RunResult) => string;
}

/** The scenario's own `costs:` lines that any of the runs has, dollars per month. */
export function costLines(runs: readonly RunResult[]): readonly OwnMetric[] {
  return namesOf(runs.map((run) => run.cost.extra)).map((name) => ({
    heading: `${name} $/month`,
    cell: (run) => formatUsd(readOwn(run.cost.extra, name)),
  }));
}

/** The scenario's own `derive:` metrics that any of the runs has. */
export function derivedMetrics(runs: readonly RunResult[]): readonly OwnMetric[] {
  return namesOf(runs.map((run) => run.derived)).map((name) => ({
    heading: name,
    cell: (run) => formatNumber(readOwn(run.derived, name)),
  }));
}

function namesOf(records: readonly Readonly<Record<string, number>>[]): readonly string[] {
  return [...new Set(records.flatMap((record) => Object.keys(record)))];
}

function readOwn(record: Readonly<Record<string, number>>, name: string): number | null {
  return Object.hasOwn(record, name) ? (record[name] ?? null) : null;
}

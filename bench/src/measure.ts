import { spawnSync } from "node:child_process";
import { simulate } from "@replicast/sim-core";
import { buildReferenceReplica, NO_METRICS } from "@replicast/sim-core/testing";
import type { BenchCase } from "./cases.ts";

export type Engine = "fast" | "reference";

/** One process's worth of runs. */
export interface Measurement {
  readonly requests: number;
  /** CPU seconds (user + system, every thread) of each run, in order; the first is cold. */
  readonly cpuSeconds: readonly number[];
  readonly peakBytes: number;
  readonly stepsPerRequest: number;
  readonly eventsPerRequest: number;
}

/** Simulates a case several times in this process. */
export function measure(
  { plan, openTrace, policy = "fixed", controllers = [], metricSource = NO_METRICS }: BenchCase,
  engine: Engine,
  runs: number,
): Measurement {
  const cpuSeconds: number[] = [];
  let requests = 0;
  let steps = 0;
  let events = 0;
  for (let run = 0; run < runs; run++) {
    const before = process.cpuUsage();
    const result = simulate(plan, {
      policy,
      controllers,
      metricSource,
      ...(openTrace === undefined ? {} : { openTrace }),
      ...(engine === "reference" ? { buildReplica: buildReferenceReplica } : {}),
    });
    const { user, system } = process.cpuUsage(before);
    cpuSeconds.push((user + system) / 1e6);
    requests = result.requests.arrived;
    steps = result.engine.steps;
    events = result.engine.events;
  }
  return {
    requests,
    cpuSeconds,
    peakBytes: process.resourceUsage().maxRSS * 1024,
    stepsPerRequest: steps / requests,
    eventsPerRequest: events / requests,
  };
}

/** Measures in a process of its own, so that compilation and memory start from nothing. */
export function measureApart(script: string, name: string, engine: Engine, runs: number): Measurement {
  const child = spawnSync(process.execPath, [script, "--child", name, engine, String(runs)], {
    encoding: "utf8",
    maxBuffer: 1e8,
    timeout: 900_000,
  });
  if (child.status !== 0) throw new Error(`${name} on the ${engine} engine failed:\n${child.stderr}`);
  return JSON.parse(child.stdout) as Measurement;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

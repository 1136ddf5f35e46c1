import type { RunResult } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { compareScenario } from "../tools/golden.mjs";

/** What each scenario of the gallery is there to teach, besides its exact figures. */
function runsOf(name: string, ...options: readonly string[]): Readonly<Record<string, RunResult>> {
  return Object.fromEntries(compareScenario(name, options).comparison.runs.map((run) => [run.policy, run]));
}

function run(runs: Readonly<Record<string, RunResult>>, policy: string): RunResult {
  const found = runs[policy];
  if (found === undefined) throw new Error(`no policy ${policy}`);
  return found;
}

/** Changes of what is asked for, as [seconds, replicas after it]. */
function changes({ decisions }: RunResult): readonly (readonly [number, number])[] {
  return decisions
    .filter(({ specReplicas, desiredReplicas }) => specReplicas !== desiredReplicas)
    .map(({ timeSeconds, desiredReplicas }) => [timeSeconds, desiredReplicas]);
}

describe("ten-minute-descent", () => {
  it("gives a recommender that is always one below one step per window", () => {
    const runs = runsOf("ten-minute-descent");
    expect(changes(run(runs, "5 minutes"))).toEqual([
      [345, 3],
      [645, 2],
    ]);
    expect(changes(run(runs, "no behavior")).map(([seconds]) => seconds)).toEqual([360, 675]);
    expect(changes(run(runs, "1 minute")).map(([seconds]) => seconds)).toEqual([105, 165, 225]);
  });
});

describe("dead-band", () => {
  it("ends at exactly ten percent in older releases, and just above it in newer ones", () => {
    const runs = runsOf("dead-band");
    // 36 tasks for ten pods from minute 11, 44 from minute 27, 45 from minute 41, 46 from minute 51
    expect(changes(run(runs, "1.32"))).toEqual([[1642.5, 11]]);
    expect(changes(run(runs, "1.37"))).toEqual([[2482.5, 12]]);
    expect(changes(run(runs, "1.37, tolerance 0.05")).map(([, replicas]) => replicas)).toEqual([9, 10, 11]);
  });
});

describe("zero-and-back", () => {
  const runs = runsOf("zero-and-back");

  it("goes to zero a cooldown after the last activity, and comes back at the first look after somebody asks", () => {
    const cycle = changes(run(runs, "to zero, one at most"));
    expect(cycle.map(([, replicas]) => replicas)).toEqual([0, 1, 0, 1, 0, 1, 0]);
    // Requests end at 15 min and begin at 45 min; looks are 15 s apart, and a request in flight keeps a trigger active.
    const [gone, back] = cycle.map(([seconds]) => seconds);
    expect(gone).toBeGreaterThanOrEqual(900 + 300 - 15);
    expect(gone).toBeLessThanOrEqual(900 + 300 + 30);
    expect(back).toBeGreaterThan(2700);
    expect(back).toBeLessThanOrEqual(2700 + 30);
  });

  it("pays for the way back: the backlog of a cold start asks for replicas that nobody needs", () => {
    const [zero, one, keep] = ["to zero", "to zero, one at most", "keep one"].map((policy) => run(runs, policy)) as [
      RunResult,
      RunResult,
      RunResult,
    ];
    expect(zero.deployments[0]?.replicasMax).toBe(4);
    expect(zero.cost.monthlyUsd).toBeGreaterThan(keep.cost.monthlyUsd);
    expect(one.cost.monthlyUsd).toBeLessThan(0.6 * keep.cost.monthlyUsd);
    expect([zero, one, keep].map(({ slo }) => slo.met)).toEqual([false, false, true]);
    expect(one.latency.ttft.maxSeconds).toBeGreaterThan(150);
  });
});

describe("prometheus-dies-at-noon", () => {
  /** Replicas asked for at the end of the outage. */
  const atOne = ({ deployments }: RunResult): number | undefined => deployments[0]?.desired.findLast(([seconds]) => seconds < 7200)?.[1];

  it("holds the fleet where it was when queries fail, unless a fallback takes over", () => {
    const runs = runsOf("prometheus-dies-at-noon");
    expect(["KEDA", "HPA", "KEDA with fallback", "KEDA, null is an error"].map((policy) => atOne(run(runs, policy)))).toEqual([5, 5, 8, 8]);
    expect(["KEDA", "HPA", "KEDA with fallback"].map((policy) => run(runs, policy).slo.met)).toEqual([false, false, true]);
    // Four failures, of polls and of syncs: more than the threshold of three.
    expect(changes(run(runs, "KEDA with fallback"))).toContainEqual([3622.5, 8]);
  });

  it("takes an empty answer for zero load, which no fallback notices, unless null is an error", () => {
    const runs = runsOf("prometheus-dies-at-noon", "--set", "faults.0.answer=empty");
    expect(["KEDA", "HPA", "KEDA with fallback", "KEDA, null is an error"].map((policy) => atOne(run(runs, policy)))).toEqual([2, 5, 2, 8]);
    expect(run(runs, "KEDA with fallback").lostRequests).toBeGreaterThan(10_000);
    expect(run(runs, "KEDA").undecided).toEqual({});
  });
});

import { createStreams, ln, type Observer, type Plan, type PlanDeployment, type RunResult, type WorkWeights } from "@replicast/sim-core";
import {
  createTrialJudge,
  loadPlan,
  poissonLoad,
  simulateTrial,
  type TrialLoad,
  type TrialTraffic,
  type TrialVerdict,
} from "./capacity-trial.ts";
import type { Lengths } from "./capacity-work.ts";

export const JUDGED_SHARE = 0.8;

export interface TrialSetting {
  readonly plan: Plan;
  readonly deployment: PlanDeployment;
  readonly weights: WorkWeights;
  readonly observers: readonly Observer[];
}

/** Gives the load of a trial at a rate of all its replicas together. */
export type LoadAt = (requestsPerSecond: number) => TrialLoad;

/** Serves the traffic on a fixed fleet at a rate of all its replicas together. */
export function runTrial(
  { plan, deployment, weights, observers }: TrialSetting,
  replicas: number,
  loadAt: LoadAt,
  requestsPerSecond: number,
): { readonly verdict: TrialVerdict; readonly result: RunResult } {
  const load = loadAt(requestsPerSecond);
  const judge = createTrialJudge(plan.slo, weights, load);
  const result = simulateTrial(loadPlan(plan, deployment, replicas, load), load.openTrace, [judge.observer, ...observers]);
  return { verdict: judge.verdict(result), result };
}

/** Poisson arrivals of requests that are drawn from a mix, one by one. */
export function mixedLoad(mix: readonly Lengths[], judged: number, deployment: PlanDeployment): LoadAt {
  const traffic = trialTraffic(mix, judged);
  return (requestsPerSecond) => poissonLoad(traffic, deployment, requestsPerSecond);
}

/** Draws requests from the mix and Poisson arrivals at one per second. The n-th request is the same for every number of replicas. */
export function trialTraffic(mix: readonly Lengths[], judged: number): TrialTraffic {
  const streams = createStreams("capacity");
  const gaps = streams.get("arrivals");
  const picks = streams.get("lengths");
  const lengths: Lengths[] = [];
  const arrivals: number[] = [];
  let seconds = 0;
  for (let i = 0; i < Math.ceil(judged / JUDGED_SHARE); i++) {
    seconds -= ln(1 - gaps.uniform());
    arrivals.push(seconds);
    lengths.push(mix[Math.floor(picks.uniform() * mix.length)] as Lengths); // the mix is not empty
  }
  return { lengths, arrivals };
}

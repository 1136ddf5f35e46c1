import { createStreams, ln, type Observer, type Plan, type PlanDeployment, type RunResult, type WorkWeights } from "@replicast/sim-core";
import { createTrialJudge, simulateTrial, type TrialTraffic, type TrialVerdict, trialPlan, trialTrace } from "./capacity-trial.ts";
import type { Lengths } from "./capacity-work.ts";

export const JUDGED_SHARE = 0.8;

export interface TrialSetting {
  readonly plan: Plan;
  readonly deployment: PlanDeployment;
  readonly weights: WorkWeights;
  readonly observers: readonly Observer[];
}

/** Serves the traffic on a fixed fleet at a rate of all its replicas together. */
export function runTrial(
  { plan, deployment, weights, observers }: TrialSetting,
  replicas: number,
  traffic: TrialTraffic,
  requestsPerSecond: number,
): { readonly verdict: TrialVerdict; readonly result: RunResult } {
  const judge = createTrialJudge(plan.slo, weights, traffic, requestsPerSecond);
  const trial = trialPlan(plan, deployment, replicas, traffic, requestsPerSecond);
  const result = simulateTrial(trial, trialTrace(traffic), [judge.observer, ...observers]);
  return { verdict: judge.verdict(result), result };
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
